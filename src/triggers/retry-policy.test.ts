import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FunctionId, RequestId } from "../core/index.ts";
import type { QueuedEvent } from "../store/index.ts";
import { decideRetry } from "./retry-policy.ts";

const minute = 60_000;

function event(changes: Partial<QueuedEvent> = {}): QueuedEvent {
  return {
    requestId: "r" as RequestId,
    functionId: "lam-hello" as FunctionId,
    namespace: "default",
    name: "hello",
    qualifier: "$DEFAULT",
    payload: "{}",
    variables: {},
    routingKey: null,
    acceptedAt: 0,
    expiresAt: 360 * minute,
    retry: 0,
    maxRetries: 2,
    ...changes,
  };
}

describe("the fate of a delivered event", () => {
  it("is sealed by success", () => {
    assert.deepEqual(decideRetry(event(), 200, "", 0), { kind: "done" });
  });

  it("is maxRetries tries more, a minute apart, when the function fails", () => {
    for (const status of [407, 430, 433, 434, 437, 439, 443, 445, 450]) {
      assert.deepEqual(decideRetry(event(), status, "no", 5), { kind: "retry", at: 5 + minute, countsAsRetry: true });
      assert.deepEqual(decideRetry(event({ retry: 2 }), status, "no", 5), { kind: "dead", message: "no" });
    }
  });

  it("is a try every minute until it expires when there is no room, or its instance was lost to another call", () => {
    for (const status of [405, 429, 432, 438, 449]) {
      const verdict = decideRetry(event({ retry: 2 }), status, "full", minute);
      assert.deepEqual(verdict, { kind: "retry", at: 2 * minute, countsAsRetry: false });
      assert.equal(decideRetry(event(), status, "full", 359.5 * minute).kind, "dead");
    }
  });

  it("is pauses that double up to five minutes when the platform fails", () => {
    const pauses: number[] = [];
    for (let now = 0; now < 60 * minute;) {
      const verdict = decideRetry(event({ retry: 2 }), 500, "broken", now);
      if (verdict.kind !== "retry") return assert.fail();
      pauses.push((verdict.at - now) / 1_000);
      now = verdict.at;
    }
    assert.deepEqual(pauses.slice(0, 10), [1, 1, 2, 4, 8, 16, 32, 64, 128, 256]);
    assert.deepEqual(pauses.at(-1), 300);
  });

  it("is sealed by what the caller got wrong", () => {
    for (const status of [400, 406, 435, 436, 442]) {
      assert.deepEqual(decideRetry(event(), status, "no such function", 0), {
        kind: "dead",
        message: "no such function",
      });
    }
  });

  it("names its age and its last failure when it expires", () => {
    const verdict = decideRetry(event({ expiresAt: minute }), 430, "user code exception caught", 30_000);
    assert.deepEqual(verdict, {
      kind: "dead",
      message: "The event expired 60 s after it was accepted; last failure: user code exception caught",
    });
  });
});
