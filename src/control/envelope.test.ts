import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { newRequestId } from "../core/index.ts";
import { errorEnvelope, successEnvelope } from "./envelope.ts";

const requestId = newRequestId();

describe("the reply's envelope", () => {
  it("has the fields and the request id in Response", async () => {
    const text = await successEnvelope({ FunctionVersion: "1", Gone: undefined }, requestId);
    assert.deepEqual(JSON.parse(text), { Response: { FunctionVersion: "1", RequestId: requestId } });
  });

  it("has code and message of an error", () => {
    const text = errorEnvelope("InvalidAction", 'There is no action "X".', requestId);
    assert.deepEqual(JSON.parse(text), {
      Response: { Error: { Code: "InvalidAction", Message: 'There is no action "X".' }, RequestId: requestId },
    });
  });

  it("is the same JSON for long text as JSON.stringify's, wherever the pieces end", async () => {
    const long = fc.string({ unit: "binary", minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(long, fc.jsonValue({ maxDepth: 3 }), async (unit, other) => {
        const reply = { Result: { RetMsg: unit.repeat(Math.ceil(300_000 / unit.length)), other }, empty: [], none: {} };
        const text = await successEnvelope(reply, requestId);
        assert.deepEqual(
          JSON.parse(text),
          JSON.parse(JSON.stringify({ Response: { ...reply, RequestId: requestId } })),
        );
      }),
      { numRuns: 10 },
    );
  });

  it("does not hold the event loop for a reply of 6 MB", async () => {
    const body = JSON.stringify(Array.from({ length: 300_000 }, (_, id) => ({ id, n: "a" })));
    const reply = { Result: { RetMsg: body } };
    await successEnvelope(reply, requestId);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await successEnvelope(reply, requestId);
    delay.disable();
    assert.ok(delay.percentile(90) < 15e6, `90 % of the turns under 15 ms, not ${delay.percentile(90) / 1e6} ms`);
  });
});
