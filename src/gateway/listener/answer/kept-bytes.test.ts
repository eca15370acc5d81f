import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keepBytes } from "./kept-bytes.ts";

const bytes = 65_536;

describe("gateway: bytes that outlive their read", () => {
  it("have memory to themselves until they are written, and only then is it used again", () => {
    const read = Buffer.alloc(bytes, "a");
    const first = keepBytes(read);
    const second = keepBytes(read.fill("b"));
    read.fill("c");
    assert.equal(first.bytes.toString(), "a".repeat(bytes));
    assert.equal(second.bytes.toString(), "b".repeat(bytes));
    const memory = first.bytes.buffer;
    first.written?.();
    const third = keepBytes(read.subarray(0, 20_000));
    assert.equal(third.bytes.buffer, memory);
    assert.equal(third.bytes.toString(), "c".repeat(20_000));
    assert.equal(second.bytes.toString(), "b".repeat(bytes));
  });

  it("leave their memory alone when writing failed: the system may still hold it", () => {
    const failed = keepBytes(Buffer.alloc(bytes));
    const memory = failed.bytes.buffer;
    failed.written?.(new Error("the connection is gone"));
    assert.notEqual(keepBytes(Buffer.alloc(bytes)).bytes.buffer, memory);
  });

  it("are a copy where they are few or very many, too", () => {
    for (const length of [1, 5_000, bytes + 1]) {
      const read = Buffer.alloc(length, "x");
      const kept = keepBytes(read);
      read.fill("y");
      assert.equal(kept.bytes.toString(), "x".repeat(length));
    }
  });
});
