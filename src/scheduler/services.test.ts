import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failureOf, type FakeSandbox } from "./testing/fake-driver.ts";
import { settle } from "./testing/fakes.ts";
import { acquire, answered, app, deploy, realTurns } from "./testing/service-app.ts";
import { startScheduler, type TestScheduler } from "./testing/start-scheduler.ts";

/** The server listens on 9000, whatever port it was given. */
function insistOn9000(test: TestScheduler): void {
  test.driver.onInit = async () => ({ kind: "initialized", handler: "service", port: 9000 });
}

function dead(sandbox: FakeSandbox | undefined): void {
  sandbox?.die({ kind: "signaled", code: null, signal: "SIGKILL" });
}

describe("a service", () => {
  it("runs from the start, on a port of its own, and gives a slot per call", async () => {
    await using test = await startScheduler([app()]);
    await realTurns();
    assert.equal(test.driver.assigned.length, 1);
    const slot = await acquire(test);
    const { initMessage } = test.driver.assigned[0] ?? assert.fail();
    assert.equal(slot.port, initMessage?.port);
    assert.equal(initMessage?.environment["PORT"], String(slot.port));
    assert.equal(initMessage?.environment["TENCENTCLOUD_SERVER_PORT"], String(slot.port));
    slot.release(answered);
    slot.release(answered);
    await settle();
    assert.equal(test.store.written.length, 1);
    assert.deepEqual([test.store.written[0]?.form, test.store.written[0]?.bytesOut], ["service", 2]);
    assert.equal(test.scheduler.status().concurrency.usedMb, 0);
  });

  it("is started again when it dies, with pauses that grow, and calls wait meanwhile", async () => {
    await using test = await startScheduler([app()]);
    await realTurns();
    dead(test.driver.assigned[0]);
    await settle();
    const slot = await acquire(test);
    slot.release(answered);
    assert.equal(test.driver.created, 2);
    dead(test.driver.assigned[0]);
    await realTurns();
    assert.equal(test.driver.created, 2);
    await assert.rejects(acquire(test), { code: "InstanceStartFailed" });
    await test.pass(1_000);
    await realTurns();
    assert.equal(test.driver.created, 3);
    await test.pass(11_000);
    dead(test.driver.assigned[0]);
    await realTurns();
    assert.equal(test.driver.created, 4, "ten stable seconds forgive earlier deaths");
  });

  it("is started again at once, as often as the platform loses it", async () => {
    await using test = await startScheduler([app()]);
    await realTurns();
    for (let losses = 1; losses <= 3; losses++) {
      test.driver.assigned[0]?.die({ kind: "lost", code: null, signal: "SIGKILL" });
      await settle();
      (await acquire(test)).release(answered);
      assert.equal(test.driver.created, 1 + losses);
    }
    assert.deepEqual(
      test.store.statuses.filter(({ reasons }) => reasons.length > 0),
      [],
    );
  });

  it("switches to a new revision when it is ready, and lets the old one finish its calls", async () => {
    await using test = await startScheduler([app()], { drainTimeoutS: 30 });
    await realTurns();
    const before = await acquire(test);
    const [old] = test.driver.assigned;
    await deploy(test, "r2");
    assert.equal(test.store.statuses.at(-1)?.status, "Active");
    const after = await acquire(test);
    assert.notEqual(after.instanceId, before.instanceId);
    assert.equal(after.version.revision, "r2");
    assert.equal(old?.exit, null);
    before.release(answered);
    await settle();
    assert.notEqual(old?.exit, null);
    after.release(answered);
  });

  it("ends calls of an old revision that outlast the drain", async () => {
    await using test = await startScheduler([app()], { drainTimeoutS: 5 });
    await realTurns();
    const before = await acquire(test);
    const [old] = test.driver.assigned;
    await deploy(test, "r2");
    await test.pass(5_000);
    assert.notEqual(old?.stoppedWith, null);
    before.release(answered);
  });

  it("keeps the old revision when the new one does not start, and says so", async () => {
    await using test = await startScheduler([app()]);
    await realTurns();
    test.driver.onInit = async () => ({ kind: "failed", failure: failureOf("start", "it crashed") });
    await deploy(test, "r2");
    assert.deepEqual(test.store.statuses.at(-1), {
      functionId: "lam-app",
      status: "UpdateFailed",
      reasons: [{ errorCode: "ContainerInitError", errorMessage: "it crashed" }],
    });
    const slot = await acquire(test);
    assert.equal(slot.version.revision, "r1");
    slot.release(answered);
  });

  it("stops the old revision first when both would need the same port; calls wait for the new one", async () => {
    await using test = await startScheduler([app()], { drainTimeoutS: 5 }, (parts) => {
      parts.driver.onInit = async () => ({ kind: "initialized", handler: "service", port: 9000 });
    });
    insistOn9000(test);
    await realTurns();
    const before = await acquire(test);
    await deploy(test, "r2");
    assert.equal(test.driver.assigned.length, 1);
    const waiting = acquire(test);
    await settle();
    before.release(answered);
    const slot = await waiting;
    assert.deepEqual([slot.version.revision, slot.port], ["r2", 9000]);
    slot.release(answered);
    await realTurns();
    assert.equal(test.store.statuses.at(-1)?.status, "Active");
  });

  it("keeps the next revision from its port until the old server has really ended", async () => {
    await using test = await startScheduler([app()], {}, ({ driver }) => {
      driver.onInit = async () => ({ kind: "initialized", handler: "service", port: 9000 });
    });
    await realTurns();
    const old = test.driver.assigned[0] ?? assert.fail();
    old.stop = () => undefined;
    await deploy(test, "r2");
    assert.deepEqual([old.exit, test.driver.created], [null, 1], "it runs its stop grace");
    dead(old);
    await realTurns();
    assert.equal(test.driver.created, 2);
    const slot = await acquire(test);
    assert.equal(slot.version.revision, "r2");
    slot.release(answered);
  });

  it("leaves nothing running when it stops, not even what it was stopping already", async () => {
    const test = await startScheduler([app()]);
    await realTurns();
    const old = test.driver.assigned[0] ?? assert.fail();
    old.stop = () => undefined;
    await deploy(test, "r2");
    assert.equal(old.exit, null);
    const stopped = test.scheduler[Symbol.asyncDispose]();
    await stopped;
    assert.notEqual(old.exit, null);
    await test[Symbol.asyncDispose]();
  });

  it("pauses an instance that crash-loops beside a stable one", async () => {
    await using test = await startScheduler([app()]);
    await realTurns();
    const slots = await Promise.all(Array.from({ length: 150 }, () => acquire(test)));
    await test.pass(12_000);
    await realTurns();
    assert.equal(test.driver.assigned.length, 2);
    for (let deaths = 0; deaths < 2; deaths++) {
      dead(test.driver.assigned.at(-1));
      await realTurns();
    }
    const { created } = test.driver;
    await test.pass(500);
    await realTurns();
    assert.equal(test.driver.created, created);
    for (const slot of slots) slot.release(answered);
  });

  it("gets further instances under load, and loses them again after it", async () => {
    await using test = await startScheduler([app()]);
    await realTurns();
    const slots = await Promise.all(Array.from({ length: 250 }, () => acquire(test)));
    await test.pass(2_000);
    await realTurns();
    assert.equal(test.driver.assigned.length, 3);
    const next = await acquire(test);
    assert.notEqual(next.instanceId, slots[0]?.instanceId, "the least loaded one takes the call");
    for (const slot of [...slots, next]) slot.release(answered);
    await test.pass(180_000);
    assert.equal(test.driver.assigned.length, 1);
  });

  it("stays at one instance when its server insists on a shared port, and says why", async () => {
    await using test = await startScheduler([app()], {}, ({ driver }) => {
      driver.onInit = async () => ({ kind: "initialized", handler: "service", port: 9000 });
    });
    await realTurns();
    const slots = await Promise.all(Array.from({ length: 250 }, () => acquire(test)));
    await test.pass(2_000);
    await realTurns();
    assert.equal(test.driver.assigned.length, 1);
    assert.equal(test.store.statuses.at(-1)?.reasons[0]?.errorCode, "SingleInstance");
    for (const slot of slots) slot.release(answered);
  });

  it("replaces an instance whose server refuses connections", async () => {
    await using test = await startScheduler([app()]);
    await realTurns();
    const slot = await acquire(test);
    const [broken] = test.driver.assigned;
    slot.release({ ...answered, status: 445, isInstanceLost: true });
    await realTurns();
    assert.notEqual(broken?.exit, null, "nobody listens on the fake's port");
    assert.equal(test.driver.created, 2);
  });

  it("lets a canceled call leave the queue with 499 on record", async () => {
    await using test = await startScheduler([app()], {}, ({ driver }) => {
      driver.onInit = (_sandbox, _message, signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    });
    const gone = new AbortController();
    const waiting = acquire(test, gone.signal);
    await settle(1);
    gone.abort();
    await assert.rejects(waiting, { code: "RequestCanceled" });
    assert.equal(test.store.written[0]?.status, 499);
  });

  it("stops when its function is deleted", async () => {
    await using test = await startScheduler([app()]);
    await realTurns();
    const { functionId } = app();
    test.store.entries.delete(functionId);
    await test.store.changes.announce("function", functionId);
    await settle();
    assert.equal(test.driver.running.size, 0);
    await assert.rejects(acquire(test), { code: "FunctionNotFound" });
  });
});
