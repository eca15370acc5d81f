import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InvocationResult } from "../core/index.ts";
import type { SandboxExit } from "../sandbox/index.ts";
import { failureOf } from "./testing/fake-driver.ts";
import { entry, eventTo, FakeReceiver, requestTo, settle, version } from "./testing/fakes.ts";
import { startScheduler, type TestScheduler } from "./testing/start-scheduler.ts";

const killed: SandboxExit = { kind: "signaled", code: null, signal: "SIGKILL" };
const lost: SandboxExit = { kind: "lost", code: null, signal: "SIGKILL" };

function invoke(test: TestScheduler, name = "hello"): Promise<InvocationResult> {
  return test.scheduler.invoker.invoke(eventTo(name), { signal: new AbortController().signal });
}

/** A function whose every call is answered by a later turn, and a way to make calls fail before they begin. */
async function startAnswering(form: "event" | "http", config = {}): Promise<TestScheduler> {
  return startScheduler([entry([version(form)])], config, ({ driver }) => {
    driver.onCall = (call) => setImmediate(() => (form === "event" ? call.result("1") : call.respond(200, "answered")));
  });
}

describe("a call whose instance ended before it began", () => {
  it("goes to another instance, and runs once", async () => {
    await using test = await startAnswering("event");
    await invoke(test);
    const [first] = test.driver.assigned;
    const answer = test.driver.onCall;
    test.driver.onCall = (call, sandbox) => {
      test.driver.onCall = answer;
      assert.equal(sandbox, first);
      setImmediate(() => {
        call.fail(failureOf("not-begun"));
        sandbox.die(killed);
      });
    };
    const result = await invoke(test);
    assert.deepEqual([result.record.status, result.body], [200, "1"]);
    assert.equal(test.driver.calls.length, 3);
    assert.equal(test.store.written.length, 2, "one record for the call that was placed twice");
    assert.equal(test.scheduler.status().concurrency.usedMb, 0);
  });

  it("is placed again at once when the instance is found dead", async () => {
    await using test = await startAnswering("event");
    await invoke(test);
    const [first] = test.driver.assigned;
    first?.die(killed);
    const result = await invoke(test); // in the turn of the death: nobody has heard of it yet
    assert.equal(result.record.status, 200);
    assert.equal(test.driver.calls.length, 2);
  });

  it("is placed again for no longer than any call may wait, and then the platform is to blame", async () => {
    await using test = await startAnswering("event", { queueWaitS: 2 });
    test.driver.onCall = (call) => {
      test.clock.ms += 500;
      setImmediate(() => call.fail(failureOf("not-begun")));
    };
    const { record, errorMessage } = await invoke(test);
    assert.equal(record.status, 405);
    assert.match(errorMessage, /ended before the call reached one, for 2 s/);
    assert.equal(test.driver.calls.length, 4);
  });

  it("of an HTTP function goes to another one with its whole body", async () => {
    await using test = await startAnswering("http");
    const first = new FakeReceiver();
    test.scheduler.invoker.startHttp(requestTo("hello"), first);
    await settle();
    for (const sandbox of test.driver.assigned) sandbox.die(killed);
    const receiver = new FakeReceiver();
    test.scheduler.invoker.startHttp(requestTo("hello", { method: "POST", body: "in" }), receiver);
    await settle();
    assert.deepEqual([receiver.status, receiver.body, receiver.isEnded], [200, "answered", true]);
    assert.equal(test.driver.lastCall.head.body, "in");
  });

  it("of an HTTP function whose body was on its way fails, and the platform is to blame", async () => {
    await using test = await startAnswering("http");
    test.scheduler.invoker.startHttp(requestTo("hello"), new FakeReceiver());
    await settle();
    for (const sandbox of test.driver.assigned) sandbox.die(killed);
    const receiver = new FakeReceiver();
    const call = test.scheduler.invoker.startHttp(requestTo("hello", { body: undefined }), receiver);
    call.write(Buffer.from("half"));
    await settle();
    assert.equal(receiver.error?.code, "InstanceCrashed");
  });

  it("is refused when its function is deleted meanwhile", async () => {
    await using test = await startAnswering("event");
    await invoke(test);
    test.driver.onCall = () => undefined;
    const running = invoke(test);
    await settle();
    const { functionId } = entry([version("event")]);
    test.store.entries.delete(functionId);
    await test.store.changes.announce("function", functionId);
    test.driver.lastCall.fail(failureOf("not-begun"));
    assert.equal((await running).record.status, 435);
    assert.equal(test.driver.running.size, 0);
  });
});

describe("a sandbox that the platform loses", () => {
  it("fails the calls that it ran with 405, which is not the function's fault", async () => {
    await using test = await startAnswering("event");
    test.driver.onCall = (_call, sandbox) => setImmediate(() => sandbox.die(lost));
    const { record, errorMessage } = await invoke(test);
    assert.equal(record.status, 405);
    assert.match(errorMessage, /platform lost the sandbox/);
  });

  it("is replaced when a start took it, before anybody hears of it", async () => {
    await using test = await startAnswering("event", { poolSize: 3 });
    await test.pass(200);
    const pooled = [...test.driver.running];
    assert.equal(pooled.length, 3);
    for (const sandbox of pooled) sandbox.die(killed);
    assert.equal((await invoke(test)).record.status, 200);
  });

  it("is replaced when it goes while the code is loaded", async () => {
    await using test = await startAnswering("event");
    const works = test.driver.onInit;
    test.driver.onInit = async (sandbox) => {
      test.driver.onInit = works;
      sandbox.die(lost);
      return { kind: "failed", failure: failureOf("exit") };
    };
    assert.equal((await invoke(test)).record.status, 200);
    assert.equal(test.driver.created, 2);
  });

  it("is nobody's function's fault either when every one goes", async () => {
    await using test = await startAnswering("event");
    test.driver.onInit = async (sandbox) => {
      sandbox.die(lost);
      return { kind: "failed", failure: failureOf("exit") };
    };
    const { record } = await invoke(test);
    assert.equal(record.status, 405);
    assert.equal(test.driver.created, 3);
  });
});
