import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RuntimeFailure } from "../../src/sandbox/index.ts";
import { BoxMaker, eventually, type MakeDriver } from "./box-maker.ts";
import { collect, httpHead, request } from "./channel-requests.ts";

const violations = [
  "length",
  "short",
  "type",
  "platform-type",
  "big-data",
  "data-before-head",
  "second-head",
  "status",
  "odd-pairs",
  "string-length",
  "credit",
  "window",
  "json",
  "ready",
  "initialized",
  "log-lines",
];

/** A runtime that breaks PROTOCOL.md costs its own calls and its box, nothing else. */
export function hostileCases(makeDriver: MakeDriver): void {
  describe("a runtime that breaks the protocol", () => {
    for (const how of violations) {
      it(`by ${how} is killed, and its calls fail once`, async () => {
        await using maker = await BoxMaker.make(makeDriver);
        const { box } = await maker.ready();
        const failures: RuntimeFailure[] = [];
        const { receiver } = collect({ onData: () => undefined, onError: (failure) => void failures.push(failure) });
        box.channel.open(httpHead("/hang", ""), receiver);
        box.channel.open(httpHead(`/violate?how=${how}`, ""), receiver);
        const { reason, message } = await box.channel.closed;
        assert.equal(reason, "protocol", message);
        assert.equal((await box.ended).kind, "killed");
        assert.deepEqual(
          failures.map((failure) => failure.kind),
          ["protocol", "protocol"],
        );
      });
    }

    it("does not disturb another", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const good = await maker.ready();
      const bad = await maker.ready();
      const { receiver } = collect();
      bad.box.channel.open(httpHead("/violate?how=length", ""), receiver);
      await bad.box.ended;
      assert.equal((await request(good.box.channel, "/echo", "still here")).body.toString(), "still here");
      await eventually(
        () => bad.box.channel.activeCalls === 0,
        () => "calls of the bad one stay open",
      );
    });
  });
}
