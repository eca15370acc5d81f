import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InvocationResult } from "../../core/index.ts";
import type { SandboxExit } from "../../sandbox/index.ts";
import type { FakeSandbox } from "../testing/fake-driver.ts";
import { entry, eventTo, FakeReceiver, requestTo, settle, spec, version } from "../testing/fakes.ts";
import { answered, acquire, app, realTurns } from "../testing/service-app.ts";
import { startScheduler, type TestScheduler } from "../testing/start-scheduler.ts";

function invoke(test: TestScheduler, name = "hello"): Promise<InvocationResult> {
  return test.scheduler.invoker.invoke(eventTo(name), { signal: new AbortController().signal });
}

/** An event function that answers every call, and was called once. */
async function startUsed(config = {}): Promise<TestScheduler & { readonly sandbox: FakeSandbox }> {
  const test = await startScheduler([entry([version("event")])], config, ({ driver }) => {
    driver.onCall = (call) => setImmediate(() => call.result("1"));
  });
  await invoke(test);
  return { ...test, sandbox: only(test) };
}

function only(test: TestScheduler): FakeSandbox {
  const [sandbox, ...others] = test.driver.assigned;
  assert.ok(sandbox !== undefined && others.length === 0, "one instance");
  return sandbox;
}

function states(test: TestScheduler): Readonly<Record<string, number>> | undefined {
  return test.scheduler.status().versions[0]?.instances;
}

describe("an instance without calls", () => {
  it("stands still after a moment, is counted as frozen, and runs again for the next call", async () => {
    await using test = await startUsed();
    await test.pass(100);
    assert.equal(test.sandbox.isFrozen, true);
    assert.deepEqual(states(test), { starting: 0, ready: 0, frozen: 1, busy: 0, draining: 0, stopped: 0 });
    assert.deepEqual(test.scheduler.status().instances, { used: 1, frozen: 1, limit: 50 });
    assert.equal((await invoke(test)).body, "1");
    assert.equal(test.sandbox.isFrozen, false);
    assert.equal(states(test)?.["ready"], 1);
    assert.equal(test.driver.created, 1);
  });

  it("says in the call's record what the thaw took, once", async () => {
    await using test = await startUsed();
    await test.pass(100);
    test.driver.onThaw = () => {
      test.clock.ms += 0.25;
    };
    const thawed = (await invoke(test)).record;
    assert.deepEqual([thawed.thawUs, thawed.queueUs, thawed.durationUs, thawed.isCold], [250, 0, 250, false]);
    assert.equal((await invoke(test)).record.thawUs, 0);
  });

  it("is not frozen while a call follows another within the pause, nor while it has one", async () => {
    await using test = await startScheduler([entry([version("http")])], {}, ({ driver }) => {
      driver.onFreeze = () => assert.fail("frozen");
    });
    const call = (): FakeReceiver => {
      const receiver = new FakeReceiver();
      test.scheduler.invoker.startHttp(requestTo("hello"), receiver);
      return receiver;
    };
    call();
    call();
    await settle();
    test.driver.calls[0]?.respond(200, "first");
    await test.pass(2_000); // the second one still runs
    test.driver.calls[1]?.respond(200, "second");
    test.clock.ms -= 60; // the tick comes 40 ms after its end
    await test.pass(100);
    assert.equal(states(test)?.["ready"], 1);
  });

  it("takes a call that comes in the very turn in which it was frozen", async () => {
    await using test = await startUsed();
    const results: Promise<InvocationResult>[] = [];
    test.driver.onFreeze = () => queueMicrotask(() => results.push(invoke(test)));
    await test.pass(100);
    assert.deepEqual(
      (await Promise.all(results)).map(({ record }) => record.status),
      [200],
    );
  });

  it("is thawed before it is asked to stop, when its idle time is over and when it has to make room", async () => {
    await using test = await startUsed({ idleStopS: 1, maxInstances: 1 });
    await test.pass(100);
    assert.equal(test.sandbox.isFrozen, true);
    await test.pass(1_000);
    assert.deepEqual([test.sandbox.stoppedWith, test.sandbox.exit?.kind], [1_000, "exited"]);
    await invoke(test);
    const next = only(test);
    await test.pass(100);
    const other = version("event", { name: "other" });
    test.store.entries.set(other.functionId, entry([other]));
    await test.store.changes.announce("function", other.functionId);
    await settle();
    assert.equal((await invoke(test, "other")).record.status, 200);
    assert.deepEqual([next.stoppedWith, next.exit?.kind], [1_000, "exited"]);
  });

  it("serves on when it cannot be frozen, and is asked once", async () => {
    await using test = await startUsed();
    let attempts = 0;
    test.driver.onFreeze = () => {
      attempts++;
      throw new Error("EROFS");
    };
    await test.pass(1_000);
    assert.deepEqual([attempts, states(test)?.["ready"]], [1, 1]);
    assert.equal((await invoke(test)).record.status, 200);
    assert.equal(test.driver.created, 1);
  });

  it("is replaced when it cannot be thawed, and the call runs in the other one", async () => {
    await using test = await startUsed();
    await test.pass(100);
    test.driver.onThaw = () => {
      throw new Error("EROFS");
    };
    assert.equal((await invoke(test)).record.status, 200);
    assert.equal(test.sandbox.exit?.kind, "killed");
    assert.deepEqual([test.driver.created, test.scheduler.status().instances.used], [2, 1]);
    assert.equal(test.scheduler.status().concurrency.usedMb, 0);
  });

  it("is killed when it can be thawed no more to stop", async () => {
    await using test = await startUsed({ idleStopS: 1 });
    await test.pass(100);
    test.driver.onThaw = () => {
      throw new Error("EROFS");
    };
    await test.pass(1_000);
    assert.deepEqual([test.sandbox.stoppedWith, test.sandbox.exit?.kind], [null, "killed"]);
  });

  it("that dies frozen is gone, and the next call has another one", async () => {
    await using test = await startUsed();
    const killed: SandboxExit = { kind: "signaled", code: null, signal: "SIGKILL" };
    await test.pass(100);
    test.sandbox.die(killed);
    assert.equal((await invoke(test)).record.status, 200); // nobody has heard of it yet
    await test.pass(100);
    only(test).die(killed);
    await settle();
    assert.equal(test.scheduler.status().instances.used, 0);
  });

  it("is left alone where the driver cannot freeze, and so are services everywhere", async () => {
    const fails = (): never => assert.fail("frozen");
    const entries = [entry([version("event")])];
    await using processes = await startScheduler(entries, {}, ({ driver }) => {
      driver.canFreeze = false;
      driver.onFreeze = fails;
      driver.onCall = (call) => setImmediate(() => call.result("1"));
    });
    await invoke(processes);
    await processes.pass(1_000);
    await using services = await startScheduler([app()], {}, ({ driver }) => {
      driver.onFreeze = fails;
    });
    await realTurns();
    (await acquire(services)).release(answered);
    await services.pass(1_000);
    assert.equal(states(services)?.["ready"], 1);
  });

  it("is frozen with at most 19 others in one tick", async () => {
    const crowded = version("event", { spec: spec("event") });
    await using test = await startScheduler([entry([crowded])], { maxInstances: 100 });
    const calls = Array.from({ length: 30 }, () => invoke(test));
    await settle(200);
    for (const call of test.driver.calls) call.result("1");
    await Promise.all(calls);
    await test.pass(100);
    assert.equal(states(test)?.["frozen"], 20);
    await test.pass(100);
    assert.equal(states(test)?.["frozen"], 30);
  });
});
