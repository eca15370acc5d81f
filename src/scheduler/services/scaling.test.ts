import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { calm, decideScale, servicePolicy, type ScalingState } from "./scaling.ts";

/** One decision a second over `loads`; the wanted instances are always ready. */
function decide(loads: readonly number[]): number[] {
  let state: ScalingState = calm;
  let ready = 1;
  return loads.map((inFlight, second) => {
    const decision = decideScale(servicePolicy, state, { now: second * 1_000, inFlight, ready });
    ({ state } = decision);
    ready = decision.desired;
    return decision.desired;
  });
}

function steady(seconds: number, load: number): number[] {
  return Array.from({ length: seconds }, () => load);
}

describe("scaling a service", () => {
  it("keeps one instance without load, and one up to the target", () => {
    assert.deepEqual(decide(steady(3, 0)), [1, 1, 1]);
    assert.deepEqual(decide(steady(3, 100)), [1, 1, 1]);
  });

  it("follows a sudden load within seconds, and leaves only after a calm minute", () => {
    const desired = decide([...steady(60, 10), ...steady(10, 900), ...steady(130, 0)]);
    assert.ok((desired[67] ?? 0) >= 8);
    assert.ok((desired[75] ?? 0) >= 8, "no shrinking in a panic");
    assert.equal(desired.at(-1), 1);
  });

  it("follows a slow load without panic", () => {
    const desired = decide(Array.from({ length: 300 }, (_, second) => second));
    assert.equal(desired.at(-1), 3);
  });

  it("stays within its bounds, whatever the load", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 100_000 }), { maxLength: 200 }), (loads) => {
        for (const desired of decide(loads)) {
          assert.ok(Number.isInteger(desired) && desired >= servicePolicy.min && desired <= servicePolicy.max);
        }
      }),
    );
  });
});
