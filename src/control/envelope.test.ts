import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { anyCharacter } from "../../tests/any-character.ts";
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
    const long = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 40 });
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
    const turns: number[] = [];
    let isOver = false;
    let used = process.threadCpuUsage();
    const onTurn = (): void => {
      const { user, system } = process.threadCpuUsage(used);
      turns.push((user + system) / 1_000);
      used = process.threadCpuUsage();
      if (!isOver) setImmediate(onTurn);
    };
    setImmediate(onTurn);
    await successEnvelope(reply, requestId);
    isOver = true;
    assert.ok(turns.length > body.length / 262_144, `${turns.length} turns of the loop`);
    const slow = turns.toSorted((one, other) => one - other)[Math.floor(turns.length * 0.9)];
    assert.ok(Number(slow) < 15, `90 % of the turns take the processor for under 15 ms, not ${slow} ms`);
  });
});
