import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { poolTarget, withClaim, type SecondOfClaims } from "./pool-target.ts";

const bounds = { least: 2, most: 40 };

/** So many claims a second, evenly, from `fromMs` to `toMs`. */
function steady(perSecond: number, fromMs: number, toMs: number): readonly SecondOfClaims[] {
  let history: readonly SecondOfClaims[] = [];
  for (let at = fromMs; at < toMs; at += 1_000 / perSecond) history = withClaim(history, at);
  return history;
}

describe("the target of a pool", () => {
  it("is its least while claims are few, and none where none is to be kept", () => {
    assert.equal(poolTarget([], 0, bounds), 2);
    assert.equal(poolTarget(steady(1, 0, 20_000), 20_000, bounds), 2);
    assert.equal(poolTarget(steady(16, 0, 9_000), 9_000, { least: 0, most: 40 }), 0);
  });

  it("grows with the first second of a burst, to two seconds' worth of claims", () => {
    const targets = [1_000, 2_000, 5_000, 9_000].map((ms) => poolTarget(steady(16, 0, ms), ms, bounds));
    assert.deepEqual(targets, [6, 12, 32, 32]);
  });

  it("is never more than the host has room for", () => {
    assert.equal(poolTarget(steady(100, 0, 5_000), 5_000, bounds), 40);
    assert.equal(poolTarget(steady(100, 0, 5_000), 5_000, { least: 8, most: 4 }), 8);
  });

  it("stays through a pause of a minute, and is back at its least after quiet minutes", () => {
    const history = steady(16, 0, 9_000);
    assert.equal(poolTarget(history, 69_000, bounds), 32);
    assert.equal(poolTarget(history, 130_000, bounds), 2);
  });

  it("keeps two minutes of history, however long claims go on", () => {
    assert.ok(steady(2, 0, 600_000).length <= 120);
  });
});
