import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { RepeatedHeaders } from "./repeated-headers.ts";
import { makeStringList, writeStringList } from "./string-list.ts";

function frameOf(strings: readonly string[]): { buffer: Buffer; bytes: number } {
  const list = makeStringList(strings);
  assert.ok(list !== null);
  const buffer = Buffer.alloc(list.bytes + 8, 0xee);
  writeStringList(buffer, 8, list);
  return { buffer, bytes: list.bytes };
}

function read(headers: RepeatedHeaders, strings: readonly string[]): readonly string[] {
  const { buffer, bytes } = frameOf(strings);
  const list = headers.read(buffer, 8, bytes);
  buffer.fill(0); // what is remembered must be its own
  return list;
}

it("gives every list as it was sent, whatever came before", () => {
  const strings = fc.array(fc.constantFrom("", "a", "b", "content-type", "text/html", "x".repeat(600)), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(fc.array(strings, { maxLength: 30 }), (lists) => {
      const headers = new RepeatedHeaders();
      for (const list of lists) assert.deepEqual(read(headers, list), list);
    }),
  );
});

it("gives a list that repeats as the same object, which nobody can change", () => {
  const headers = new RepeatedHeaders();
  const first = read(headers, ["a", "b"]);
  assert.equal(Object.isFrozen(first), false);
  assert.equal(read(headers, ["a", "b"]), first);
  assert.equal(Object.isFrozen(first), true);
  assert.notEqual(read(headers, ["a", "c"]), first);
});

it("remembers again after many different ones", () => {
  const headers = new RepeatedHeaders();
  for (let i = 0; i < 100; i++) read(headers, ["x-id", String(i)]);
  const lists = Array.from({ length: 20 }, () => read(headers, ["x-id", "same"]));
  assert.equal(lists.at(-1), lists.at(-2));
});
