import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InvocationResult } from "../core/index.ts";
import type { FakeCall } from "./testing/fake-driver.ts";
import { entry, eventTo, settle, spec, version } from "./testing/fakes.ts";
import { startScheduler, type TestScheduler } from "./testing/start-scheduler.ts";

const never = new AbortController().signal;

function hello(changes = {}) {
  return entry([version("event", { spec: spec("event", changes) })]);
}

function invoke(test: TestScheduler, name = "hello"): Promise<InvocationResult> {
  return test.scheduler.invoker.invoke(eventTo(name), { signal: never });
}

function answerWith(json: string): (call: FakeCall) => void {
  return (call) => setImmediate(() => call.result(json));
}

describe("when an instance is not free", () => {
  it("answers a burst of 100 calls, with as many instances as they need", async () => {
    await using test = await startScheduler([hello()], { maxInstances: 200 });
    test.driver.onCall = answerWith("1");
    const results = await Promise.all(Array.from({ length: 100 }, () => invoke(test)));
    assert.ok(results.every(({ record }) => record.status === 200));
    assert.ok(test.driver.assigned.length <= 100);
    assert.equal(test.scheduler.status().concurrency.usedMb, 0);
  });

  it("queues the call until an instance is free, and says how long it waited", async () => {
    await using test = await startScheduler([hello()], { maxInstances: 1 });
    const first = invoke(test);
    await settle();
    const second = invoke(test);
    await test.pass(500);
    assert.equal(test.scheduler.status().versions[0]?.waiting, 1);
    test.driver.lastCall.result("1");
    await first;
    await settle();
    test.driver.lastCall.result("2");
    assert.equal((await second).body, "2");
    assert.equal((await second).record.queueUs, 500_000);
    assert.equal((await second).record.isCold, false);
  });

  it("refuses with 429 what waited too long for this host's instances", async () => {
    await using test = await startScheduler([hello({ timeoutS: 60 })], { maxInstances: 1, queueWaitS: 2 });
    const first = invoke(test);
    await settle();
    const second = invoke(test);
    await test.pass(2_000);
    const { record, errorMessage } = await second;
    assert.equal(record.status, 429);
    assert.match(errorMessage, /this host runs its 1 instances/);
    test.driver.lastCall.result("1");
    await first;
  });

  it("refuses with 432 what waited too long for the account's concurrency", async () => {
    await using test = await startScheduler([hello({ timeoutS: 60, memoryMb: 128_000 })], { queueWaitS: 2 });
    const first = invoke(test);
    await settle();
    const second = invoke(test);
    await test.pass(2_000);
    assert.equal((await second).record.status, 432);
    test.driver.lastCall.result("1");
    await first;
  });

  it("refuses what finds the queue full", async () => {
    await using test = await startScheduler([hello()], { maxInstances: 1, queueLength: 1 });
    const first = invoke(test);
    await settle();
    const second = invoke(test);
    assert.equal((await invoke(test)).record.status, 429);
    test.driver.onCall = answerWith("2");
    test.driver.lastCall.result("1");
    assert.deepEqual([(await first).body, (await second).body], ["1", "2"]);
  });

  it("lets a canceled call leave the queue, with 499 on record", async () => {
    await using test = await startScheduler([hello()], { maxInstances: 1 });
    const first = invoke(test);
    await settle();
    const gone = new AbortController();
    const second = test.scheduler.invoker.invoke(eventTo("hello"), { signal: gone.signal });
    await settle();
    gone.abort();
    assert.equal((await second).record.status, 499);
    assert.equal(test.scheduler.status().versions[0]?.waiting, 0);
    test.driver.lastCall.result("1");
    await first;
    assert.equal(test.driver.calls.length, 1);
  });

  it("keeps the start of a caller that stays when others leave in one turn", async () => {
    await using test = await startScheduler([hello()], { maxParallelBoots: 1 });
    test.driver.onCall = answerWith("1");
    const boots: (() => void)[] = [];
    test.driver.boot = () => new Promise((resolve) => boots.push(resolve));
    const leavers = [new AbortController(), new AbortController()];
    const stays = invoke(test);
    const left = leavers.map((gone) => test.scheduler.invoker.invoke(eventTo("hello"), { signal: gone.signal }));
    await settle();
    for (const gone of leavers) gone.abort();
    await Promise.all(left);
    const { starting } = test.scheduler.status().versions[0]?.instances ?? assert.fail();
    assert.equal(starting, 1);
    for (const boot of boots) boot();
    assert.equal((await stays).body, "1", "without a tick");
  });

  it("stops the longest idle instance of another function to make room", async () => {
    const other = entry([version("event", { name: "other" })]);
    await using test = await startScheduler([hello(), other], { maxInstances: 1 });
    test.driver.onCall = answerWith("1");
    await invoke(test);
    const [idle] = test.driver.assigned;
    assert.equal((await invoke(test, "other")).record.status, 200);
    assert.notEqual(idle?.exit, null);
  });

  it("gives room that one function leaves to another that waits for it", async () => {
    const other = entry([version("event", { name: "other" })]);
    await using test = await startScheduler([hello(), other], { maxInstances: 1 });
    const first = invoke(test);
    await settle();
    const second = invoke(test, "other");
    await settle();
    test.driver.onCall = answerWith("2");
    test.driver.lastCall.result("1");
    await first;
    await test.pass(200);
    assert.equal((await second).body, "2");
  });
});
