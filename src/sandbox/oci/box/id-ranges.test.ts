import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PlatformError } from "../../../core/index.ts";
import { idsPerBox, IdRanges } from "./id-ranges.ts";

describe("ranges of ids", () => {
  it("belong to one live box each, within what systemd leaves free", () => {
    const ranges = new IdRanges("ffffff");
    const taken = Array.from({ length: 4_096 }, () => ranges.take());
    const starts = taken.map(({ hostId }) => hostId).toSorted((a, b) => a - b);
    assert.equal(starts[0], 0x7000_0000);
    assert.equal((starts.at(-1) ?? 0) + idsPerBox, 0x8000_0000);
    assert.equal(new Set(starts).size, 4_096);
    assert.throws(() => ranges.take(), PlatformError);
    const back = taken[7];
    back?.[Symbol.dispose]();
    assert.equal(ranges.take().hostId, back?.hostId);
  });

  it("begin elsewhere for another installation", () => {
    assert.notEqual(new IdRanges("000001").take().hostId, new IdRanges("000800").take().hostId);
  });
});
