import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FreeAddresses } from "./free-addresses.ts";

const range = { base: 0x0a_00_00_00, prefix: 28 };

describe("free addresses", () => {
  it("are all between the platform's own and the last one, each once", () => {
    const addresses = new FreeAddresses(range, { restMs: 100, seed: 5 });
    const taken = Array.from({ length: addresses.size }, () => addresses.take(0));
    assert.deepEqual(taken, [13, 14, 8, 9, 10, 11, 12]);
    assert.equal(addresses.take(0), null);
  });

  it("rest when they are given back, and come again oldest first", () => {
    const addresses = new FreeAddresses(range, { restMs: 100, seed: 0 });
    while (addresses.take(0) !== null);
    addresses.giveBack(10, 1_000);
    addresses.giveBack(9, 1_050);
    assert.equal(addresses.take(1_099), null);
    assert.equal(addresses.take(1_100), 10);
    assert.equal(addresses.take(1_100), null);
    assert.equal(addresses.take(1_150), 9);
  });

  it("that were never used come before those that rested", () => {
    const addresses = new FreeAddresses(range, { restMs: 0, seed: 0 });
    assert.equal(addresses.take(0), 8);
    addresses.giveBack(8, 0);
    assert.equal(addresses.take(10), 9);
  });
});
