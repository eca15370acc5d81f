import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { newFunctionId, type Clock, type RequestId } from "../../core/index.ts";
import { openDatabase, type Database } from "../database/connection.ts";
import { databaseKinds, KeptLog, newEvent, openFreshStore, type StoreUnderTest } from "../store-under-test.ts";
import type { EventQueue, QueuedEvent } from "../store.ts";
import { eventQueue } from "./event-queue.ts";

for (const kind of databaseKinds) {
  describe(`event queue on ${kind}`, () => {
    const time = { now: Date.now() };
    const clock: Clock = { now: () => time.now, monotonic: () => time.now };
    let tested: StoreUnderTest;
    let database: Database;
    let queue: EventQueue;
    before(async () => {
      tested = await openFreshStore(kind, { clock });
      const place = { name: "under test", isDiskFull: async () => false, describeFullDisk: async () => "full" };
      database = openDatabase({ kind: "url", url: tested.url }, place, new KeptLog());
      queue = tested.store.events;
    });
    after(async () => {
      await database.destroy();
      await tested[Symbol.asyncDispose]();
    });

    it("hands an accepted event on as it came, and tells where it stands", async () => {
      let wakes = 0;
      queue.onAccepted = () => wakes++;
      const event = {
        ...newEvent(newFunctionId(), time.now),
        payload: '{"a":"\\u0000 函数"}',
        routingKey: { user: "a" },
      };
      assert.equal(await queue.accept(event), "accepted");
      assert.equal(wakes, 1);
      assert.equal((await queue.status(event.requestId))?.state, "waiting");
      assert.deepEqual(await queue.claim(10, 1_000), [{ ...event, retry: 0 }]);
      assert.deepEqual(await queue.status(event.requestId), {
        state: "running",
        functionId: event.functionId,
        retry: 0,
        acceptedAt: event.acceptedAt,
      });
      assert.deepEqual(await queue.claim(10, 1_000), []);
      await queue.finish(event.requestId, { kind: "dead", status: 430, message: "boom" });
      assert.equal((await queue.status(event.requestId))?.state, "dead");
      assert.equal(await queue.nextDueAt(), null);
      assert.equal(await queue.status(newEvent(event.functionId, 0).requestId), null);
    });

    it("makes an event due again when its lease ends, unless it was extended", async () => {
      const event = newEvent(newFunctionId(), time.now);
      await queue.accept(event);
      await queue.claim(1, 1_000);
      time.now += 900;
      await queue.extend([event.requestId], 1_000);
      time.now += 900;
      assert.deepEqual(await queue.claim(1, 1_000), []);
      assert.equal(await queue.nextDueAt(), time.now + 100);
      time.now += 100;
      assert.equal((await queue.claim(1, 1_000)).length, 1);
      await queue.finish(event.requestId, { kind: "done", status: 200, message: "" });
    });

    it("counts a retry only when told to, and waits until its time", async () => {
      const event = newEvent(newFunctionId(), time.now);
      await queue.accept(event);
      await queue.claim(1, 1_000);
      await queue.retryAt(event.requestId, time.now + 60_000, true, "failed");
      assert.deepEqual(await queue.claim(1, 1_000), []);
      time.now += 60_000;
      assert.equal((await queue.claim(1, 1_000))[0]?.retry, 1);
      await queue.retryAt(event.requestId, time.now, false, "throttled");
      assert.equal((await queue.claim(1, 1_000))[0]?.retry, 1);
      await queue.finish(event.requestId, { kind: "done", status: 200, message: "" });
    });

    it("accepts no more of one function than may wait, and others still", async () => {
      const small = eventQueue(database, clock, 3);
      const functionId = newFunctionId();
      const events = Array.from({ length: 5 }, () => newEvent(functionId, time.now));
      const outcomes = await Promise.all(events.map((event) => small.accept(event)));
      assert.deepEqual(outcomes, ["accepted", "accepted", "accepted", "full", "full"]);
      assert.equal(await small.accept(newEvent(newFunctionId(), time.now)), "accepted");
      for (const { requestId } of await small.claim(10, 1_000)) {
        await small.finish(requestId, { kind: "done", status: 200, message: "" });
      }
      time.now += 2_000;
      assert.equal(await small.accept(newEvent(functionId, time.now)), "accepted");
      for (const { requestId } of await small.claim(10, 1_000)) {
        await small.finish(requestId, { kind: "done", status: 200, message: "" });
      }
    });

    it("gives 10,000 events to two claimers, each event to one, and loses none", async () => {
      const functionId = newFunctionId();
      const events = Array.from({ length: 10_000 }, () => newEvent(functionId, time.now));
      const outcomes = await Promise.all(events.map((event) => queue.accept(event)));
      assert.ok(outcomes.every((outcome) => outcome === "accepted"));
      const other = eventQueue(database, clock);
      const [one, two] = await Promise.all([claimAll(queue), claimAll(other)]);
      assert.ok(one.length > 0 && two.length > 0);
      assert.equal(one.length + two.length, 10_000);
      assert.equal(new Set([...one, ...two]).size, 10_000);
      assert.equal(await queue.nextDueAt(), null);
      const statuses = await Promise.all(events.slice(0, 50).map(({ requestId }) => queue.status(requestId)));
      assert.ok(statuses.every((status) => status?.state === "done"));
    });
  });
}

async function claimAll(queue: EventQueue): Promise<RequestId[]> {
  const taken: RequestId[] = [];
  for (;;) {
    const events: readonly QueuedEvent[] = await queue.claim(200, 60_000);
    if (events.length === 0) return taken;
    taken.push(...events.map(({ requestId }) => requestId));
    await Promise.all(
      events.map(({ requestId }) => queue.finish(requestId, { kind: "done", status: 200, message: "" })),
    );
  }
}
