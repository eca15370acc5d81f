import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatRange, parseRange, type AddressRange } from "../address-range.ts";
import { candidates, findConflict } from "./claim-range.ts";

function range(text: string): AddressRange {
  const parsed = parseRange(text);
  assert.ok(parsed, text);
  return parsed;
}

describe("the choice of an address range", () => {
  it("begins elsewhere for each installation, and tries every candidate once", () => {
    const [first, second] = [candidates(0), candidates(70)];
    assert.equal(formatRange(first[0] ?? range("0.0.0.0/0")), "100.64.0.0/16");
    assert.equal(formatRange(second[0] ?? range("0.0.0.0/0")), "100.70.0.0/16");
    for (const list of [first, second]) assert.equal(new Set(list.map(formatRange)).size, 64 + 128);
    assert.deepEqual(first.slice(64).map(formatRange).at(-1), "10.255.0.0/16");
  });

  it("meets every route but its own claim", () => {
    const claim = { range: range("100.64.0.0/16"), leadsTo: "unreachable", metric: 7 };
    const lan = { range: range("10.200.3.0/24"), leadsTo: "eth0", metric: 7 };
    assert.equal(findConflict(range("100.64.0.0/16"), 7, [claim, lan]), null);
    assert.equal(findConflict(range("100.64.0.0/16"), 8, [claim, lan]), claim, "another installation's");
    assert.equal(findConflict(range("10.200.0.0/16"), 7, [claim, lan]), lan);
  });
});
