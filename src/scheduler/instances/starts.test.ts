import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Start, StartOutcome } from "./start-instance.ts";
import { Starts } from "./starts.ts";

/** Starts that end when they are called off. */
function begin(count: number) {
  const [starts, begun, outcomes]: [Starts, Start[], StartOutcome[]] = [new Starts(), [], []];
  const work = (start: Start): Promise<StartOutcome> => {
    begun.push(start);
    return new Promise((resolve) => {
      start.control.signal.addEventListener("abort", () => setImmediate(() => resolve({ kind: "canceled" })));
    });
  };
  for (let left = count; left > 0; left--) starts.begin(work, (outcome) => outcomes.push(outcome));
  return { starts, begun, outcomes, calledOff: () => begun.map((start) => start.control.signal.aborted) };
}

describe("starts under way", () => {
  it("are called off once each, the youngest first, when callers leave in one turn", () => {
    const { starts, calledOff } = begin(3);
    starts.keep(2);
    starts.keep(1);
    assert.deepEqual([calledOff(), starts.size], [[false, true, true], 1]);
  });

  it("go on when they have a sandbox already", () => {
    const { starts, begun, calledOff } = begin(3);
    for (const start of begun.slice(1)) start.hasSandbox = true;
    starts.keep(1);
    assert.deepEqual([calledOff(), starts.size], [[true, false, false], 2]);
  });

  it("are over only when those called off have ended too", async () => {
    const { starts, outcomes } = begin(2);
    starts.cancel();
    assert.deepEqual([starts.size, starts.isOver], [0, false]);
    await starts.ended();
    assert.deepEqual([starts.isOver, outcomes.length], [true, 2]);
  });
});
