import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "../../src/core/index.ts";
import { createProcessDriver, type SandboxDriver } from "../../src/sandbox/index.ts";
import { createScheduler, type Scheduler } from "../../src/scheduler/scheduler.ts";
import {
  entry,
  eventTo,
  FakeLogs,
  FakeReceiver,
  FakeStore,
  requestTo,
  silentLogger,
  spec,
  version,
} from "../../src/scheduler/testing/fakes.ts";
import { FakePackages } from "../../src/scheduler/testing/fake-packages.ts";
import { testConfig } from "../../src/scheduler/testing/start-scheduler.ts";

const runtime = path.resolve(import.meta.dirname, "fixtures/scripted-runtime.js");
const never = { signal: new AbortController().signal };

/** The process driver with a runtime that does what the path of a call says, so that no other room is under test. */
function scripted(driver: SandboxDriver): SandboxDriver {
  const program = { name: "scripted", command: [process.execPath, runtime, "scheduler"] };
  return {
    lacks: (asked) => driver.lacks(asked),
    capabilities: () => driver.capabilities(),
    create: (box, options) => driver.create({ ...box, program }, options),
    prepareCode: (codeDirectory, options) => driver.prepareCode(codeDirectory, options),
    openApi: (port) => driver.openApi(port),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
}

async function start(memoryReserveMb = 0): Promise<{ scheduler: Scheduler; store: FakeStore } & AsyncDisposable> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-scheduler-"));
  const driver = scripted(await createProcessDriver({ runDirectory: directory, logger: silentLogger }));
  const store = new FakeStore();
  const forms = [
    version("event", { name: "hello" }),
    version("http", { name: "web", spec: spec("http", { timeoutS: 1 }) }),
  ];
  for (const one of forms) store.entries.set(one.functionId, entry([one]));
  store.artifacts.merge = async () => directory;
  const config = { ...testConfig, poolSize: 2, maxInstances: 150, drainTimeoutS: 1, memoryReserveMb };
  const apiUrl = Promise.resolve("http://127.0.0.1:4878");
  const common = {
    logs: new FakeLogs(),
    packages: new FakePackages(),
    apiUrl,
    logger: silentLogger,
    clock: systemClock,
  };
  const parts = { store: store.store, driver, config, ...common };
  const scheduler = await createScheduler(parts);
  const dispose = async (): Promise<void> => {
    await scheduler[Symbol.asyncDispose]();
    await driver[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  };
  return { scheduler, store, [Symbol.asyncDispose]: dispose };
}

/** Resolves with how the answer ended. */
function request(scheduler: Scheduler, target: string): Promise<FakeReceiver> {
  return new Promise((resolve) => {
    const receiver = new FakeReceiver();
    const { onEnd, onError } = { onEnd: receiver.onEnd.bind(receiver), onError: receiver.onError.bind(receiver) };
    receiver.onEnd = () => {
      onEnd();
      resolve(receiver);
    };
    receiver.onError = (error) => {
      onError(error);
      resolve(receiver);
    };
    scheduler.invoker.startHttp(requestTo("web", { path: target, body: "in" }), receiver);
  });
}

describe("real sandboxes", () => {
  it("answer a burst of 100 cold event calls", async () => {
    await using test = await start();
    const { invoker } = test.scheduler;
    const calls = Array.from({ length: 100 }, (_, n) => invoker.invoke(eventTo("hello", { payload: `[${n}]` }), never));
    const results = await Promise.all(calls);
    assert.ok(results.every(({ record }) => record.status === 200));
    assert.deepEqual(
      results.map(({ body }, number) => body.startsWith(`[${number}]`)),
      results.map(() => true),
    );
    assert.equal(test.store.written.length, 100);
  });

  it("fail with the documented codes, and serve again after each failure", async () => {
    await using test = await start();
    const expected = { "/exit?code=3": "ProcessExited", "/die": "ProcessExited", "/fatal": "UserCodeException" };
    for (const [target, code] of Object.entries({ ...expected, "/fail": "UserCodeException" })) {
      assert.equal((await request(test.scheduler, target)).error?.code, code, target);
      assert.equal((await request(test.scheduler, "/echo")).body, "in", `after ${target}`);
    }
  });

  it("are stopped without calls on a host with too little memory, and serve again", async () => {
    await using test = await start(2 ** 40); // more than any host has
    const { scheduler } = test;
    const call = async (): Promise<void> => {
      assert.equal((await request(scheduler, "/echo")).body, "in");
      assert.equal((await scheduler.invoker.invoke(eventTo("hello", { payload: "[]" }), never)).record.status, 200);
    };
    await call();
    while (scheduler.status().instances.used > 0) await once(AbortSignal.timeout(10), "abort"); // the test's limit ends it
    await call();
  });

  it("answer again after calls that hung or blocked until their time limit", async () => {
    await using test = await start();
    assert.equal((await request(test.scheduler, "/hang")).error?.code, "TimeLimitReached");
    assert.equal((await request(test.scheduler, "/echo")).body, "in");
    const [blocked, beside] = [request(test.scheduler, "/block"), request(test.scheduler, "/hang")];
    assert.equal((await blocked).error?.code, "TimeLimitReached");
    assert.match((await beside).error?.code ?? "", /TimeLimitReached|ProcessExited/);
    assert.equal((await request(test.scheduler, "/echo")).body, "in");
  });
});
