import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PlatformError } from "../core/index.ts";
import type { HttpCall } from "./invoker.ts";
import { failureOf, type FakeCall } from "./testing/fake-driver.ts";
import { entry, FakeReceiver, requestTo, settle, spec, version } from "./testing/fakes.ts";
import { startScheduler, type TestScheduler } from "./testing/start-scheduler.ts";

function web(changes = {}) {
  return entry([version("http", { name: "web", spec: spec("http", changes) })]);
}

function start(test: TestScheduler, changes = {}): { call: HttpCall; receiver: FakeReceiver } {
  const receiver = new FakeReceiver();
  return { call: test.scheduler.invoker.startHttp(requestTo("web", changes), receiver), receiver };
}

/** One answered call, so that an instance is ready. */
async function warmUp(test: TestScheduler): Promise<void> {
  start(test);
  await settle();
  test.driver.lastCall.respond(200, "warm");
  await settle();
}

describe("calling an HTTP function", () => {
  it("reaches a ready instance before startHttp returns", async () => {
    await using test = await startScheduler([web()]);
    await warmUp(test);
    const before = test.driver.calls.length;
    start(test, { method: "POST", path: "/a?b", rawHeaders: ["x", "y"], body: "in" });
    assert.equal(test.driver.calls.length, before + 1);
    const { head } = test.driver.lastCall;
    assert.deepEqual([head.method, head.target, head.pairs, head.body], ["POST", "/a?b", ["x", "y"], "in"]);
    test.driver.lastCall.respond(200, "");
  });

  it("ends an answer of one piece only when its record is on disk", async () => {
    await using test = await startScheduler([web()]);
    await warmUp(test);
    const { receiver } = start(test);
    test.driver.lastCall.respond(201, "made");
    assert.deepEqual([receiver.status, receiver.isEnded], [201, false]);
    await settle();
    assert.deepEqual([receiver.status, receiver.body, receiver.isEnded], [201, "made", true]);
    const record = test.store.written.at(-1);
    assert.deepEqual([record?.status, record?.httpStatus, record?.bytesOut, record?.isCold], [200, 201, 4, false]);
  });

  it("fails a call whose answer no client can get, for its owner to see", async () => {
    await using test = await startScheduler([web()]);
    await warmUp(test);
    const { receiver } = start(test);
    receiver.problem = new PlatformError("UserCodeException", "The answer has a header without a value");
    test.driver.lastCall.respond(200, "never seen");
    await settle();
    assert.equal(receiver.isEnded, false);
    assert.deepEqual(receiver.error?.code, "UserCodeException");
    const record = test.store.written.at(-1);
    assert.deepEqual([record?.status, record?.httpStatus], [receiver.problem.status, 0]);
    assert.match(test.logs.invocations.at(-1)?.returnMessage ?? "", /a header without a value/);
    start(test);
    test.driver.lastCall.respond(200, "");
  });

  it("passes a streamed answer on as it comes, and its end when the record is on disk", async () => {
    await using test = await startScheduler([web()]);
    await warmUp(test);
    const { call, receiver } = start(test);
    const running = test.driver.lastCall;
    running.receiver.onHead(200, [], null);
    running.receiver.onData(Buffer.from("one "));
    assert.deepEqual([receiver.status, receiver.body], [200, "one "]);
    call.grant(4);
    assert.equal(running.granted, 4);
    running.receiver.onData(Buffer.from("two"));
    running.receiver.onEnd(null);
    assert.equal(receiver.isEnded, false);
    await settle();
    assert.deepEqual([receiver.body, receiver.isEnded], ["one two", true]);
    assert.equal(test.store.written.at(-1)?.bytesOut, 7);
  });

  for (const [what, send] of [
    ["a piece", (call: FakeCall) => call.receiver.onData(Buffer.from("too long"))],
    ["the end", (call: FakeCall) => call.receiver.onEnd(null)],
  ] as const) {
    it(`fails a streamed answer that its receiver finds wrong at ${what}, on record`, async () => {
      await using test = await startScheduler([web()]);
      await warmUp(test);
      const { receiver } = start(test);
      test.driver.lastCall.receiver.onHead(200, [], null);
      receiver.bodyProblem = new PlatformError("UserCodeException", "The answer is not as long as it said");
      send(test.driver.lastCall);
      await settle();
      assert.deepEqual([receiver.isEnded, receiver.error?.message], [false, receiver.bodyProblem.message]);
      const record = test.store.written.at(-1);
      assert.deepEqual([record?.status, record?.httpStatus], [receiver.bodyProblem.status, 200]);
      assert.equal(test.logs.invocations.at(-1)?.returnMessage, receiver.bodyProblem.message);
    });
  }

  it("is a WebSocket from 101 to its end, on one record", async () => {
    await using test = await startScheduler([web()]);
    await warmUp(test);
    for (const [status, end] of [
      [200, (running: FakeCall) => running.receiver.onEnd(null)],
      [455, (running: FakeCall, call: HttpCall) => (call.cancel(455), running.fail({ kind: "user" }))],
    ] as const) {
      const { call, receiver } = start(test, { body: "", isUpgrade: true });
      const running = test.driver.lastCall;
      assert.equal(running.head.isUpgrade, true);
      running.receiver.onHead(101, [], null);
      assert.equal(receiver.status, 101);
      assert.equal(call.write(Buffer.from("from the client")), true);
      running.receiver.onData(Buffer.from("from the function"));
      end(running, call);
      await settle();
      const record = test.store.written.at(-1);
      assert.deepEqual([record?.status, record?.httpStatus], [status, 101]);
      assert.deepEqual([record?.bytesIn, record?.bytesOut], [15, 17]);
    }
  });

  it("keeps what the client sends while the call waits, and then asks for more", async () => {
    await using test = await startScheduler([web()]);
    const { call, receiver } = start(test, { body: undefined });
    assert.equal(call.write(Buffer.from("early")), false);
    await settle();
    assert.deepEqual(test.driver.lastCall.written.map(String), ["early"]);
    assert.equal(receiver.drains, 1);
    assert.equal(call.write(Buffer.from(" late")), true);
    call.end();
    assert.equal(test.driver.lastCall.hasEnded, true);
    test.driver.lastCall.respond(200, "");
    await settle();
    assert.equal(test.store.written.at(-1)?.bytesIn, 10);
  });

  it("puts as many calls into an instance as it takes, and starts another beyond", async () => {
    await using test = await startScheduler([web({ concurrencyPerInstance: 2 })]);
    const calls = [start(test), start(test), start(test)];
    await settle();
    assert.equal(test.driver.assigned.length, 2);
    assert.deepEqual(
      test.driver.assigned.map((sandbox) => sandbox.calls.size).toSorted((a, b) => a - b),
      [1, 2],
    );
    for (const call of test.driver.calls) call.respond(200, call.head.requestId);
    await settle();
    assert.ok(calls.every(({ receiver }) => receiver.isEnded));
  });

  it("answers 1,000 overlapping calls with the right answer each", async () => {
    await using test = await startScheduler([web()]);
    const sent = Array.from({ length: 1_000 }, (_, number) => start(test, { path: `/${number}` }));
    await settle();
    for (const call of test.driver.calls) call.respond(200, call.head.target ?? "");
    await settle();
    assert.deepEqual(
      sent.map(({ receiver }) => receiver.body),
      sent.map((_, number) => `/${number}`),
    );
    assert.equal(test.driver.assigned.length, 10);
  });
});

describe("an HTTP call that fails", () => {
  it("tells the error with its version, after the record", async () => {
    await using test = await startScheduler([web()]);
    await warmUp(test);
    const { receiver } = start(test);
    test.driver.lastCall.fail({ errorType: "TypeError", message: "no" });
    await settle();
    assert.deepEqual([receiver.error?.code, receiver.error?.message], ["UserCodeException", "TypeError: no"]);
    assert.equal(test.store.written.at(-1)?.status, 430);
  });

  it("answers a function that is not there, without a record", async () => {
    await using test = await startScheduler([]);
    const { receiver } = start(test);
    const before = receiver.error;
    await settle();
    assert.deepEqual([before, receiver.error?.code], [null, "FunctionNotFound"]);
    assert.equal(test.store.written.length, 0);
  });

  it("reaches its time limit alone: the other calls of the instance go on", async () => {
    await using test = await startScheduler([web({ timeoutS: 1 })]);
    await warmUp(test);
    const slow = start(test);
    const slowCall = test.driver.lastCall;
    await test.pass(500);
    const other = start(test);
    await test.pass(500);
    assert.equal(slow.receiver.error?.code, "TimeLimitReached");
    assert.deepEqual([slowCall.canceled, slowCall.isAbandoned], ["deadline", true]);
    test.driver.lastCall.respond(200, "fine");
    await settle();
    assert.equal(other.receiver.body, "fine");
    assert.equal(test.driver.assigned.length, 1);
  });

  it("ends an instance whose event loop is blocked; its other calls fail by 439", async () => {
    await using test = await startScheduler([web({ timeoutS: 1 })]);
    await warmUp(test);
    test.driver.onPing = async () => Promise.reject(new Error("no answer"));
    const slow = start(test);
    await test.pass(500);
    const other = start(test);
    await test.pass(500);
    assert.equal(slow.receiver.error?.code, "TimeLimitReached");
    assert.equal(other.receiver.error?.code, "ProcessExited");
    assert.equal(test.driver.assigned.length, 0);
    assert.equal(test.scheduler.status().concurrency.usedMb, 0);
  });

  it("sends no call to an instance that has not yet proved that its event loop turns", async () => {
    await using test = await startScheduler([web({ timeoutS: 1 })]);
    await warmUp(test);
    const ping = Promise.withResolvers<number>();
    test.driver.onPing = () => ping.promise;
    start(test);
    await test.pass(1_000);
    const next = start(test);
    await settle();
    assert.equal(test.driver.assigned.length, 2);
    test.driver.lastCall.respond(200, "elsewhere");
    ping.resolve(1);
    await settle();
    assert.equal(next.receiver.body, "elsewhere");
  });

  it("fails by 434 in all its calls when the host ended the instance for its memory", async () => {
    await using test = await startScheduler([web()]);
    await warmUp(test);
    const calls = [start(test), start(test)];
    test.driver.assigned[0]?.die({ kind: "memory", code: null, signal: "SIGKILL" });
    await settle();
    assert.deepEqual(
      calls.map(({ receiver }) => receiver.error?.code),
      ["MemoryLimitReached", "MemoryLimitReached"],
    );
  });

  it("fails by 405 when another call took its instance down, and has nothing of that call's stack", async () => {
    await using test = await startScheduler([web()]);
    await warmUp(test);
    const culprit = start(test);
    const uncaught = test.driver.lastCall;
    const innocent = start(test);
    const [sandbox] = test.driver.assigned;
    sandbox?.onFailure({ ...failureOf("exit", "another call …"), errorType: "AnotherCall", stackTrace: "request 1" });
    uncaught.fail({ kind: "user", errorType: "RangeError", message: "boom" });
    sandbox?.die({ kind: "exited", code: 1, signal: null });
    await settle();
    assert.equal(culprit.receiver.error?.code, "UserCodeException");
    assert.equal(innocent.receiver.error?.code, "InstanceCrashed");
    assert.match(innocent.receiver.error.message, /Another call of this function crashed the instance/);
    assert.deepEqual(
      test.store.written.slice(-2).map(({ status }) => status),
      [430, 405],
    );
    assert.equal(test.logs.invocations.at(-1)?.returnMessage, "request 1");
  });

  it("fails alone when the channel takes no such call, and gives its slot back", async () => {
    await using test = await startScheduler([web()]);
    await warmUp(test);
    test.driver.onCall = () => {
      throw new PlatformError("RequestTooLarge", "The request head does not fit");
    };
    const { receiver } = start(test);
    await settle();
    assert.equal(receiver.error?.code, "RequestTooLarge");
    assert.equal(test.store.written.at(-1)?.status, 406);
    test.driver.onCall = () => undefined;
    const next = start(test);
    test.driver.lastCall.respond(200, "");
    await settle();
    assert.equal(next.receiver.isEnded, true);
  });

  it("fails all waiting calls with the failure of the start", async () => {
    await using test = await startScheduler([web()]);
    test.driver.onInit = async () => ({ kind: "failed", failure: failureOf("handler-missing", "no default export") });
    const calls = [start(test), start(test)];
    await settle();
    assert.ok(calls.every(({ receiver }) => receiver.error?.code === "HandlerNotFound"));
    assert.equal(test.store.written.length, 2);
  });
});

describe("a client that goes away", () => {
  it("leaves 499 on record and hears nothing more; the slot is free when the function ended", async () => {
    await using test = await startScheduler([web({ concurrencyPerInstance: 1 })], { maxInstances: 1 });
    await warmUp(test);
    const { call, receiver } = start(test);
    const running = test.driver.lastCall;
    call.cancel();
    call.cancel();
    assert.equal(running.canceled, "caller-gone");
    await settle();
    assert.equal(test.store.written.at(-1)?.status, 499);
    const next = start(test);
    await settle();
    assert.equal(test.driver.lastCall, running);
    running.respond(200, "late");
    await settle();
    assert.deepEqual([receiver.body, receiver.isEnded, receiver.error], ["", false, null]);
    test.driver.lastCall.respond(200, "next");
    await settle();
    assert.equal(next.receiver.body, "next");
    assert.equal(test.store.written.length, 3);
  });

  it("leaves the queue", async () => {
    await using test = await startScheduler([web()]);
    let boot = (): void => undefined;
    test.driver.boot = () => new Promise((resolve) => (boot = resolve));
    const { call } = start(test);
    await settle();
    call.cancel();
    await settle();
    assert.equal(test.store.written.at(-1)?.status, 499);
    assert.equal(test.scheduler.status().versions.length, 0);
    boot();
    await settle();
    assert.equal(test.driver.calls.length, 0);
  });
});
