import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InitOutcome } from "../../sandbox/index.ts";
import type { ServiceSlot } from "../invoker.ts";
import { failureOf, type FakeSandbox } from "../testing/fake-driver.ts";
import { entry, eventTo, FakeReceiver, requestTo, settle, version } from "../testing/fakes.ts";
import { acquire, answered, app, deploy, realTurns } from "../testing/service-app.ts";
import { startScheduler, type TestScheduler } from "../testing/start-scheduler.ts";

const silent: InitOutcome = { kind: "failed", failure: failureOf("port", "the server listens nowhere") };
const listening: InitOutcome = { kind: "initialized", handler: "service", port: 9000 };
const refusal = { code: "PortBindingFailed", message: "the server listens nowhere" };

const never = new AbortController().signal;

/** Every start waits until the test says how it ends. */
class HeldStarts {
  readonly #ends: ((outcome: InitOutcome) => void)[] = [];

  readonly onInit = (_sandbox: FakeSandbox, _message: unknown, signal: AbortSignal): Promise<InitOutcome> =>
    new Promise((resolve, reject) => {
      this.#ends.push(resolve);
      signal.addEventListener("abort", () => reject(new Error("aborted")));
    });

  get begun(): number {
    return this.#ends.length;
  }

  async end(outcome: InitOutcome): Promise<void> {
    this.#ends.at(-1)?.(outcome);
    await realTurns();
  }
}

async function startHeld(status: "Creating" | "Active"): Promise<TestScheduler & { readonly starts: HeldStarts }> {
  const starts = new HeldStarts();
  const test = await startScheduler([app("r1", status)], { queueWaitS: 1 }, ({ driver }) => {
    driver.onInit = starts.onInit;
  });
  await realTurns();
  return { ...test, starts };
}

describe("a service that does not start", () => {
  it("is CreateFailed when its first start fails, is started no more, and calls hear why", async () => {
    const created = app("r1", "Creating");
    await using test = await startScheduler([created], {}, ({ driver }) => {
      driver.onInit = async () => silent;
    });
    await realTurns();
    await test.pass(100);
    await realTurns();
    const status = "its status is CreateFailed: the server listens nowhere";
    await assert.rejects(acquire(test), {
      code: "FunctionNotReady",
      message: `Function app cannot be called, ${status}`,
    });
    assert.deepEqual(test.store.statuses, [
      {
        functionId: created.functionId,
        status: "CreateFailed",
        reasons: [{ errorCode: "PortBindingFailed", errorMessage: "the server listens nowhere" }],
      },
    ]);
    await test.pass(5_000);
    assert.equal(test.driver.created, 1);
  });

  it("serves after an update that mends it, and not after one that does not", async () => {
    await using test = await startScheduler([app("r1", "Creating")], {}, ({ driver }) => {
      driver.onInit = async () => silent;
    });
    await realTurns();
    await deploy(test, "r2");
    assert.deepEqual(
      test.store.statuses.map(({ status }) => status),
      ["CreateFailed", "CreateFailed"],
    );
    await deploy(test, "r2", "CreateFailed");
    await test.pass(5_000);
    assert.equal(test.driver.created, 2, "what failed is not brought up by the news of its own status");
    test.driver.onInit = async () => listening;
    await deploy(test, "r3");
    (await acquire(test)).release(answered);
  });

  it("gives its port back to the revision before, when both insist on it", async () => {
    await using test = await startScheduler([app()], {}, ({ driver }) => {
      driver.onInit = async () => listening;
    });
    await realTurns();
    test.driver.onInit = async () => {
      test.driver.onInit = async () => listening;
      return silent;
    };
    await deploy(test, "r2");
    assert.equal(test.store.statuses.at(-1)?.status, "UpdateFailed");
    const slot = await acquire(test);
    assert.equal(slot.version.revision, "r1");
    slot.release(answered);
  });

  it("takes a failure out of its status when it serves again", async () => {
    await using test = await startScheduler([app()]);
    await realTurns();
    const works = test.driver.onInit;
    test.driver.onInit = async () => ({ kind: "failed", failure: failureOf("start", "it crashed") });
    test.driver.assigned[0]?.die({ kind: "signaled", code: null, signal: "SIGKILL" });
    await realTurns();
    assert.equal(test.store.statuses.at(-1)?.reasons[0]?.errorMessage, "it crashed");
    test.driver.onInit = works;
    await test.pass(1_100);
    await realTurns();
    assert.deepEqual(test.store.statuses.at(-1)?.reasons, []);
    (await acquire(test)).release(answered);
  });

  for (const status of ["Creating", "Active"] as const) {
    it(`lets calls wait for its first start, whatever they may wait in a queue, while it is ${status}`, async () => {
      await using test = await startHeld(status);
      const waiting = acquire(test);
      const outcome = assert.rejects(waiting, refusal);
      await test.pass(5_000);
      assert.equal(test.store.written.length, 0, "nobody knows yet that the start fails");
      await test.starts.end(silent);
      await outcome;
      assert.equal(test.store.written[0]?.status, 446);
    });
  }

  it("answers at once while the next start is under way, until one works", async () => {
    await using test = await startHeld("Active");
    await test.starts.end(silent);
    await test.pass(100);
    await realTurns();
    assert.equal(test.starts.begun, 2);
    await assert.rejects(acquire(test), refusal);
    await test.starts.end(listening);
    (await acquire(test)).release(answered);
  });

  it("waits for its start as soon as a full host has room again", async () => {
    const starts = new HeldStarts();
    await using test = await startScheduler([entry([version("event")])], { maxInstances: 1 });
    void test.scheduler.invoker.invoke(eventTo("hello"), { signal: never });
    await settle();
    test.driver.onInit = starts.onInit;
    await deploy(test, "r1", "Creating");
    await assert.rejects(acquire(test), { code: "ResourceLimit" });
    test.driver.lastCall.result("1");
    await test.pass(1_100);
    await realTurns();
    const waiting = acquire(test);
    await starts.end(listening);
    (await waiting).release(answered);
  });

  it("is tried afresh for the first call after a long silence", async () => {
    const starts = new HeldStarts();
    const versions = ["$LATEST", "1"].map((name) => version("service", { name: "app", version: name, revision: name }));
    await using test = await startScheduler([entry(versions)], { idleStopS: 1 }, ({ driver }) => {
      driver.onInit = starts.onInit;
    });
    await realTurns();
    await starts.end(listening);
    const call = async (): Promise<ServiceSlot> => {
      const target = { namespace: "default", name: "app", qualifier: "1" };
      return test.scheduler.invoker.acquireService(requestTo("app", { target }), { signal: never });
    };
    const refused = assert.rejects(call(), refusal);
    await realTurns();
    await starts.end(silent);
    await refused;
    await test.pass(1_100);
    await realTurns();
    const waiting = call();
    await starts.end(listening);
    (await waiting).release(answered);
  });

  it("takes no calls from what the function was before, a handler, until it listens", async () => {
    const starts = new HeldStarts();
    const handler = entry([version("http", { name: "app", revision: "r0" })]);
    await using test = await startScheduler([handler], {}, ({ driver }) => {
      driver.onCall = (call) => call.respond(200, "handler");
    });
    const call = async (): Promise<string> => {
      const receiver = new FakeReceiver();
      test.scheduler.invoker.startHttp(requestTo("app"), receiver);
      await settle();
      return receiver.body;
    };
    assert.equal(await call(), "handler");
    test.driver.onInit = starts.onInit;
    await deploy(test, "r1");
    assert.equal(await call(), "handler");
    await starts.end(silent);
    assert.equal(test.store.statuses.at(-1)?.status, "UpdateFailed");
    assert.equal(await call(), "handler");
  });

  it("says what it is after its first start, whatever else was announced meanwhile", async () => {
    await using test = await startHeld("Creating");
    await deploy(test, "r1", "Creating");
    assert.equal(test.starts.begun, 1);
    await test.starts.end(silent);
    assert.deepEqual(test.store.statuses, [
      {
        functionId: "lam-app",
        status: "CreateFailed",
        reasons: [{ errorCode: "PortBindingFailed", errorMessage: "the server listens nowhere" }],
      },
    ]);
  });
});
