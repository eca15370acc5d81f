import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatRange, parseRange, rangesOverlap, type AddressRange } from "./address-range.ts";

function range(text: string): AddressRange {
  const parsed = parseRange(text);
  assert.ok(parsed, text);
  return parsed;
}

describe("an address range", () => {
  it("is read with its host bits cleared, an address alone as one of its own", () => {
    assert.equal(formatRange(range("10.1.2.3/16")), "10.1.0.0/16");
    assert.equal(formatRange(range("255.255.255.255")), "255.255.255.255/32");
    assert.equal(formatRange(range("0.0.0.0/0")), "0.0.0.0/0");
  });

  it("is nothing else", () => {
    for (const text of ["default", "10.1.2", "10.1.2.256", "10.0.0.0/33", "::1", "10.0.0.0/8 ", "-1.0.0.0"]) {
      assert.equal(parseRange(text), null, text);
    }
  });

  it("overlaps what shares an address with it", () => {
    assert.ok(rangesOverlap(range("10.0.0.0/8"), range("10.255.255.255")));
    assert.ok(rangesOverlap(range("10.1.0.0/16"), range("10.0.0.0/8")));
    assert.ok(!rangesOverlap(range("10.1.0.0/16"), range("10.2.0.0/16")));
    assert.ok(rangesOverlap(range("0.0.0.0/0"), range("255.255.255.255")));
  });
});
