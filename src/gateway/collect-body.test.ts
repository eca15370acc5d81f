import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limits } from "../core/index.ts";
import type { Answerer } from "./listener/answer/answerer.ts";
import type { Exchange } from "./listener/exchange.ts";
import type { Refusal } from "./listener/refusal.ts";
import { collectBody, type BodyBudget } from "./collect-body.ts";

/** The part of an exchange that bodies are collected from. */
class FakeExchange {
  readonly head = { bodyLength: limits.payload.syncBytes };
  answerer: Answerer | null = null;
  refused: string | null = null;

  own(answerer: Answerer): void {
    this.answerer = answerer;
  }

  readBody(): void {}

  refuse({ code }: Pick<Refusal, "code">): void {
    this.refused = code;
  }
}

describe("bodies that are read whole", () => {
  const collect = (budget: BodyBudget): FakeExchange => {
    const exchange = new FakeExchange();
    collectBody(exchange as unknown as Exchange, budget, () => undefined); // all that is used of it
    return exchange;
  };

  it("are small ones of everybody, while large ones fill the memory that there is for them", () => {
    const budget = { bytes: 0 };
    const piece = Buffer.alloc(limits.payload.syncBytes);
    const slow = Array.from({ length: 32 }, () => collect(budget));
    for (const { answerer } of slow) answerer?.onBody(piece);
    const [small, large] = [collect(budget), collect(budget)];
    small.answerer?.onBody(piece.subarray(0, 60_000));
    large.answerer?.onBody(piece.subarray(0, 70_000));
    assert.deepEqual([small.refused, large.refused], [null, "InsufficientResources"]);
    for (const { answerer } of [...slow, small]) answerer?.onClientGone();
    assert.equal(budget.bytes, 0);
  });

  it("are not waited for for ever, however they trickle", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const budget = { bytes: 0 };
    const [slow, done] = [collect(budget), collect(budget)];
    done.answerer?.onBodyEnd([]);
    for (let second = 0; second < 120; second++) {
      slow.answerer?.onBody(Buffer.alloc(1_000));
      t.mock.timers.tick(1_000);
    }
    assert.deepEqual([slow.refused, budget.bytes], [null, 120_000]);
    t.mock.timers.tick(30_000);
    assert.deepEqual([slow.refused, done.refused, budget.bytes], ["BodyTimeout", null, 0]);
  });
});
