import assert from "node:assert/strict";
import { it } from "node:test";
import { GrowingPause } from "./growing-pause.ts";

it("doubles from failure to failure up to its bound, and begins again after a success", () => {
  const pause = new GrowingPause({ firstMs: 100, longestMs: 350 });
  assert.equal(pause.ms, 0);
  assert.deepEqual([pause.grow(), pause.grow(), pause.grow(), pause.grow()], [100, 200, 350, 350]);
  assert.equal(pause.ms, 350);
  pause.reset();
  assert.deepEqual([pause.ms, pause.grow()], [0, 100]);
});
