import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InvocationResult } from "../../core/index.ts";
import type { InitMessage, InitOutcome } from "../../sandbox/index.ts";
import { failureOf, type FakeSandbox } from "../testing/fake-driver.ts";
import { entry, eventTo, FakeReceiver, requestTo, settle, spec, version } from "../testing/fakes.ts";
import { startScheduler, type TestScheduler } from "../testing/start-scheduler.ts";

interface Loading {
  readonly sandbox: FakeSandbox;
  readonly finish: (outcome?: InitOutcome) => void;
}

const failed: InitOutcome = { kind: "failed", failure: failureOf("code", "SyntaxError") };

/** A scheduler whose handlers are loaded when the test says so; calls are answered by their payload at once. */
async function startLoading(form: "event" | "http" = "event", options = {}) {
  const test = await startScheduler([entry([version(form, { spec: spec(form) })])], options);
  const loads: Loading[] = [];
  test.driver.onInit = (sandbox: FakeSandbox, message: InitMessage) =>
    new Promise((resolve) => {
      const outcome: InitOutcome = { kind: "initialized", handler: message.form, port: null };
      loads.push({ sandbox, finish: (other = outcome) => resolve(other) });
    });
  test.driver.onCall = (call) => setImmediate(() => call.result(String(call.head.body)));
  return { test, loads };
}

function invoke(
  test: TestScheduler,
  payload: string,
  signal = new AbortController().signal,
): Promise<InvocationResult> {
  return test.scheduler.invoker.invoke(eventTo("hello", { payload }), { signal });
}

describe("the first call of an instance", () => {
  it("goes to it before its handler is loaded, and begins when that is", async () => {
    const { test, loads } = await startLoading();
    await using _ = test;
    const call = invoke(test, "1");
    await settle();
    assert.equal(test.driver.sentAhead[0]?.head.body, "1");
    assert.equal(test.scheduler.status().versions[0]?.waiting, 1);
    assert.equal(test.driver.calls.length, 0);
    loads[0]?.finish();
    const { body, record } = await call;
    assert.deepEqual([body, record.status, record.isCold], ["1", 200, true]);
    assert.equal(test.driver.calls.length, 1);
  });

  it("fails as its start does", async () => {
    const { test, loads } = await startLoading();
    await using _ = test;
    const call = invoke(test, "1");
    await settle();
    loads[0]?.finish(failed);
    assert.equal((await call).record.status, 443);
    assert.equal(test.driver.calls.length, 0);
  });

  it("goes to another one when the platform lost its sandbox", async () => {
    const { test, loads } = await startLoading();
    await using _ = test;
    const call = invoke(test, "1");
    await settle();
    loads[0]?.sandbox.die({ kind: "lost", code: null, signal: null });
    loads[0]?.finish({ kind: "failed", failure: failureOf("exit") });
    await settle(20);
    assert.equal(test.driver.sentAhead.length, 2);
    loads[1]?.finish();
    assert.equal((await call).body, "1");
    assert.equal(test.driver.calls.length, 1);
  });

  it("hears the end of an instance that fails as soon as it is loaded", async () => {
    const { test, loads } = await startLoading();
    await using _ = test;
    test.driver.onCall = () => undefined;
    const call = invoke(test, "1");
    await settle();
    loads[0]?.finish();
    loads[0]?.sandbox.onFailure(failureOf("exit", "broken"));
    await settle();
    loads[0]?.sandbox.die({ kind: "exited", code: 1, signal: null });
    const { record, errorMessage } = await call;
    assert.equal(record.status, 439);
    assert.match(errorMessage, /broken/);
  });

  it("is served by its own instance alone, and holds up no other call", async () => {
    const { test, loads } = await startLoading();
    await using _ = test;
    const first = invoke(test, "1");
    await settle();
    const second = invoke(test, "2");
    await settle();
    assert.equal(test.driver.sentAhead.length, 1, "the first may be free sooner than the second has started");
    loads[1]?.finish();
    assert.equal((await second).body, "2");
    assert.equal((await invoke(test, "3")).body, "3", "the idle instance is not kept from others");
    loads[0]?.finish();
    assert.equal((await first).body, "1");
    assert.deepEqual(
      test.driver.calls.map(({ head }) => head.body),
      ["2", "3", "1"],
    );
    assert.equal(test.driver.assigned.length, 2);
  });

  it("waits for another instance when its own did not start", async () => {
    const { test, loads } = await startLoading();
    await using _ = test;
    const first = invoke(test, "1");
    await settle();
    const second = invoke(test, "2");
    await settle();
    loads[1]?.finish();
    await second;
    loads[0]?.finish(failed);
    assert.equal((await first).body, "1");
  });

  it("keeps its slot until it has ended when its caller has gone before", async () => {
    const { test, loads } = await startLoading("event", { maxInstances: 1 });
    await using _ = test;
    test.driver.onCall = () => undefined;
    const gone = new AbortController();
    const call = invoke(test, "1", gone.signal);
    await settle();
    gone.abort();
    const { record } = await call;
    assert.deepEqual([record.status, record.runUs, record.initUs], [499, 0, 0]);
    assert.equal(test.driver.sentAhead[0]?.isCanceled, true);
    loads[0]?.finish();
    await settle();
    const second = invoke(test, "2");
    await settle();
    assert.equal(test.driver.calls.length, 1, "one at a time");
    test.driver.lastCall.fail(failureOf("user"));
    await settle();
    test.driver.lastCall.result("2");
    assert.equal((await second).body, "2");
    assert.equal(test.store.written.length, 2);
  });

  it("keeps its body for the instance when that is still to come", async () => {
    const { test, loads } = await startLoading("http");
    await using _ = test;
    test.driver.onCall = () => undefined;
    const receiver = new FakeReceiver();
    const { body: __, ...streamed } = requestTo("hello");
    const call = test.scheduler.invoker.startHttp(streamed, receiver);
    await settle();
    assert.equal(test.driver.sentAhead.length, 0);
    call.write(Buffer.from("part"));
    loads[0]?.finish();
    await settle();
    assert.equal(String(test.driver.lastCall.written[0]), "part");
    test.driver.lastCall.respond(200, "done");
    await settle();
    assert.equal(receiver.body, "done");
  });

  it("of an HTTP function that its client has left goes to nobody", async () => {
    const { test, loads } = await startLoading("http");
    await using _ = test;
    const receiver = new FakeReceiver();
    const call = test.scheduler.invoker.startHttp(requestTo("hello"), receiver);
    await settle();
    call.cancel();
    await settle();
    assert.equal(test.store.written[0]?.status, 499);
    assert.equal(test.driver.sentAhead[0]?.isCanceled, true);
    test.driver.onCall = (begun) => setImmediate(() => begun.respond(200, "late"));
    loads[0]?.finish();
    await settle();
    assert.deepEqual([receiver.body, receiver.isEnded, receiver.error], ["", false, null]);
    assert.equal(test.store.written.length, 1);
  });
});
