import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InvocationResult } from "../core/index.ts";
import { failureOf, type FakeCall, type FakeSandbox } from "./testing/fake-driver.ts";
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

function parsed(result: InvocationResult): Record<string, unknown> {
  return JSON.parse(result.body) as Record<string, unknown>; // the failure body is an object
}

describe("calling an event function", () => {
  it("answers with the function's JSON, after the record is written", async () => {
    await using test = await startScheduler([hello()]);
    test.driver.onCall = answerWith('{"ok":true}');
    const result = await invoke(test);
    assert.equal(result.body, '{"ok":true}');
    assert.equal(result.record.status, 200);
    assert.equal(result.record.isCold, true);
    assert.deepEqual(test.store.written, [result.record]);
    assert.equal(result.record.bytesOut, 11);
    assert.equal(result.record.memoryBytes, 30_000_000);
  });

  it("uses the instance again for the next call, and starts another for one at the same time", async () => {
    await using test = await startScheduler([hello()]);
    test.driver.onCall = answerWith("1");
    await invoke(test);
    const second = await invoke(test);
    assert.equal(test.driver.assigned.length, 1);
    assert.equal(second.record.isCold, false);
    assert.equal(test.driver.assigned[0]?.peaksForgotten, 1, "its memory is its own, and not the first call's");
    await Promise.all([invoke(test), invoke(test)]);
    assert.equal(test.driver.assigned.length, 2);
  });

  it("passes payload, per-call variables and the deadline to the sandbox", async () => {
    await using test = await startScheduler([hello()]);
    const invocation = eventTo("hello", { payload: '{"a":1}', variables: { TRIGGER_SRC: "timer" } });
    const running = test.scheduler.invoker.invoke(invocation, { signal: never });
    await settle();
    const { head } = test.driver.lastCall;
    assert.deepEqual(
      [head.kind, head.body, head.pairs, head.deadlineMs],
      ["event", '{"a":1}', ["TRIGGER_SRC", "timer"], 3000],
    );
    test.driver.lastCall.result("null");
    await running;
  });

  it("collects the lines of a call, and gives others to the log of the instance", async () => {
    await using test = await startScheduler([hello()]);
    test.driver.onCall = (call, sandbox) => {
      sandbox.onLog(call.head.requestId, { at: 1, stream: "stdout", text: "mine" });
      sandbox.onLog(null, { at: 2, stream: "stderr", text: "nobody's" });
      setImmediate(() => call.result("1"));
    };
    const result = await invoke(test);
    assert.equal(result.log, "mine\n");
    assert.equal(test.logs.invocations[0]?.returnMessage, "1");
    assert.deepEqual(
      test.logs.instances.map(({ lines }) => lines[0]?.text),
      ["nobody's"],
    );
  });

  it("counts the lines beyond 1 MiB and keeps the others", async () => {
    await using test = await startScheduler([hello()]);
    test.driver.onCall = (call, sandbox) => {
      for (let line = 0; line < 1_025; line++) {
        sandbox.onLog(call.head.requestId, { at: 1, stream: "stdout", text: "x".repeat(1_023) });
      }
      setImmediate(() => call.result("1"));
    };
    await invoke(test);
    assert.equal(test.logs.invocations[0]?.lines.count, 1_024);
    assert.equal(test.logs.invocations[0]?.droppedLines, 1);
  });
});

describe("a failing event function", () => {
  const failures = [
    [
      { kind: "user", errorType: "TypeError", message: "no", stackTrace: "TypeError: no\n at x" },
      430,
      "user code exception caught",
    ],
    [{ kind: "bad-result", message: "not JSON" }, 430, "user code exception caught"],
    [{ kind: "handler-missing", message: "no main_handler" }, 437, "no main_handler"],
    [{ kind: "code", message: "bad syntax" }, 443, "The code of hello does not load: bad syntax"],
    [{ kind: "result-too-large" }, 407, "body size is too long"],
    [{ kind: "memory" }, 434, "Task memory exceeded 128 MB"],
  ] as const;
  for (const [failure, status, message] of failures) {
    it(`is told by ${status} when the runtime says ${failure.kind}`, async () => {
      await using test = await startScheduler([hello()]);
      test.driver.onCall = (call) => setImmediate(() => call.fail({ ...failureOf("user"), ...failure }));
      const result = await invoke(test);
      assert.equal(result.record.status, status);
      assert.equal(result.errorMessage, message);
      const body = parsed(result);
      assert.deepEqual([body["errorCode"], body["errorMessage"], body["statusCode"]], [-1, message, status]);
      assert.equal(body["requestId"], result.record.requestId);
    });
  }

  it("shows its stack trace", async () => {
    await using test = await startScheduler([hello()]);
    test.driver.onCall = (call) => setImmediate(() => call.fail({ stackTrace: "Error: x\n    at main_handler" }));
    assert.equal(parsed(await invoke(test))["stackTrace"], "Error: x\n    at main_handler");
  });

  it("is told by 433 at its time limit, and its instance is never used again", async () => {
    await using test = await startScheduler([hello()]);
    const first = invoke(test);
    await settle();
    const [used] = test.driver.assigned;
    await test.pass(3_000);
    const result = await first;
    assert.equal(result.record.status, 433);
    assert.equal(result.errorMessage, "Invoking task timed out after 3 seconds");
    assert.equal(test.driver.lastCall.canceled, "deadline");
    assert.equal(used?.exit?.kind, "killed");
    test.driver.onCall = answerWith("2");
    assert.equal((await invoke(test)).body, "2");
    assert.equal(test.scheduler.status().concurrency.usedMb, 0);
  });

  it("is told by 433 when its code gives up at its time limit by itself, and its instance goes on", async () => {
    await using test = await startScheduler([hello()]);
    for (const [ms, status] of [
      [2_900, 430],
      [2_999, 433],
    ] as const) {
      const answer = invoke(test);
      await settle();
      test.clock.ms += ms; // no sweep has come
      test.driver.lastCall.fail({ kind: "user", errorType: "deadlineExceededError" });
      assert.equal((await answer).record.status, status);
    }
    test.driver.onCall = answerWith("2");
    assert.equal((await invoke(test)).body, "2");
    assert.equal(test.driver.assigned.length, 1);
  });

  it("is told by 439 when its process ends, and the next call gets a new instance", async () => {
    await using test = await startScheduler([hello()]);
    test.driver.onCall = (_call, sandbox: FakeSandbox) =>
      setImmediate(() => sandbox.die({ kind: "exited", code: 7, signal: null }));
    const result = await invoke(test);
    assert.equal(result.record.status, 439);
    assert.match(result.errorMessage, /User process exit when running: the process ended with code 7/);
    test.driver.onCall = answerWith("2");
    assert.equal((await invoke(test)).body, "2");
  });

  it("is told by 434 when the host ended it for its memory", async () => {
    await using test = await startScheduler([hello()]);
    test.driver.onCall = (_call, sandbox) =>
      setImmediate(() => sandbox.die({ kind: "memory", code: null, signal: "SIGKILL" }));
    assert.equal((await invoke(test)).record.status, 434);
  });

  it("is told by 434 when the host ended its program and left the runtime, but not for what it killed before", async () => {
    await using test = await startScheduler([hello()]);
    test.driver.onCall = (call, sandbox) => {
      sandbox.kills++; // a child, say, which the handler could do without
      answerWith("1")(call);
    };
    assert.equal((await invoke(test)).record.status, 200);
    const exit = (sandbox: FakeSandbox): void => {
      sandbox.onFailure(failureOf("exit", "main was ended by SIGKILL"));
      sandbox.die({ kind: "exited", code: 1, signal: null });
    };
    test.driver.onCall = (_call, sandbox) => setImmediate(() => exit(sandbox));
    assert.equal((await invoke(test)).record.status, 439);
    test.driver.onCall = (_call, sandbox) => {
      sandbox.kills++;
      setImmediate(() => exit(sandbox));
    };
    const result = await invoke(test);
    assert.deepEqual([result.record.status, result.errorMessage], [434, "Task memory exceeded 128 MB"]);
  });

  it("is told by its last words when the runtime says what it dies of", async () => {
    await using test = await startScheduler([hello()]);
    test.driver.onCall = (_call, sandbox) =>
      setImmediate(() => {
        sandbox.onFailure(failureOf("user", "rejected and nobody listened"));
        sandbox.die({ kind: "exited", code: 1, signal: null });
      });
    assert.equal((await invoke(test)).record.status, 430);
  });

  it("is told by 407 when a sandbox sends more than the platform takes", async () => {
    await using test = await startScheduler([hello()]);
    test.driver.onCall = (call) =>
      setImmediate(() => {
        for (let part = 0; part < 7; part++) call.receiver.onData(Buffer.alloc(1024 * 1024));
        call.receiver.onEnd(null);
      });
    assert.equal((await invoke(test)).record.status, 407);
  });
});

describe("starting an instance that fails", () => {
  it("answers at once within the pause, tries again after it, and forgets it after a success", async () => {
    await using test = await startScheduler([hello()]);
    const works = test.driver.onInit;
    test.driver.onInit = async () => ({ kind: "failed", failure: failureOf("code", "SyntaxError") });
    assert.equal((await invoke(test)).record.status, 443);
    assert.equal(test.driver.created, 1);
    assert.equal((await invoke(test)).record.status, 443);
    assert.equal(test.driver.created, 1);
    await test.pass(1_000);
    test.driver.onInit = works;
    test.driver.onCall = answerWith("1");
    assert.equal((await invoke(test)).record.status, 200);
    assert.equal(test.driver.created, 2);
  });

  it("says 439 when the process ends while loading, and 449 when there is no sandbox", async () => {
    await using test = await startScheduler([hello()]);
    test.driver.onInit = async (sandbox) => {
      sandbox.die({ kind: "exited", code: 3, signal: null });
      return { kind: "failed", failure: failureOf("exit") };
    };
    assert.equal((await invoke(test)).record.status, 439);
    await test.pass(1_000);
    test.driver.boot = async () => Promise.reject(new Error("EAGAIN"));
    const result = await invoke(test);
    assert.equal(result.record.status, 449);
    assert.match(result.errorMessage, /EAGAIN/);
  });

  it("says 450 when loading takes longer than InitTimeout", async () => {
    await using test = await startScheduler([hello({ initTimeoutS: 0 })]);
    test.driver.onInit = (_sandbox, _message, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    const result = await invoke(test);
    assert.equal(result.record.status, 450);
    assert.equal(test.driver.running.size, 0);
  });
});

describe("a caller that goes away", () => {
  it("gets 499 on record; the function is told, and its instance serves again when it ended", async () => {
    await using test = await startScheduler([hello()], { maxInstances: 1 });
    const gone = new AbortController();
    const call = test.scheduler.invoker.invoke(eventTo("hello"), { signal: gone.signal });
    await settle();
    gone.abort();
    assert.equal((await call).record.status, 499);
    assert.equal(test.driver.lastCall.canceled, "caller-gone");
    test.driver.lastCall.result("late");
    test.driver.onCall = answerWith("2");
    assert.equal((await invoke(test)).body, "2");
    assert.equal(test.store.written.length, 2);
    assert.equal(test.driver.created, 1);
  });
});

describe("an idle instance", () => {
  it("is stopped after idleStopS", async () => {
    await using test = await startScheduler([hello()], { idleStopS: 5 });
    test.driver.onCall = answerWith("1");
    await invoke(test);
    await test.pass(4_000);
    assert.equal(test.driver.assigned.length, 1);
    await test.pass(1_500);
    assert.equal(test.driver.assigned.length, 0);
    assert.equal(test.scheduler.status().instances.used, 0);
  });
});

describe("a target that leads nowhere", () => {
  it("is told by 435 without a function, 442 without a version, 436 with the wrong form", async () => {
    await using test = await startScheduler([hello(), entry([version("http", { name: "web" })])]);
    const { invoker } = test.scheduler;
    const qualifier = { namespace: "default", name: "hello", qualifier: "7" };
    assert.equal((await invoke(test, "nobody")).record.status, 435);
    assert.equal((await invoker.invoke(eventTo("hello", { target: qualifier }), { signal: never })).record.status, 442);
    assert.equal((await invoke(test, "web")).record.status, 436);
  });
});

describe("a stopping scheduler", () => {
  it("lets running calls end and refuses new ones", async () => {
    const test = await startScheduler([hello()], { drainTimeoutS: 30 });
    const running = invoke(test);
    await settle();
    const stopped = test.scheduler[Symbol.asyncDispose]();
    assert.equal((await invoke(test)).record.status, 449);
    test.driver.lastCall.result("1");
    assert.equal((await running).body, "1");
    await stopped;
    assert.equal(test.driver.running.size, 0);
  });
});
