import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import { systemClock, type InvocationResult } from "../../src/core/index.ts";
import type { Sandbox, SandboxDriver } from "../../src/sandbox/index.ts";
import { createScheduler, type Scheduler } from "../../src/scheduler/scheduler.ts";
import { FakePackages } from "../../src/scheduler/testing/fake-packages.ts";
import { entry, eventTo, FakeLogs, FakeStore, silentLogger, version } from "../../src/scheduler/testing/fakes.ts";
import { testConfig } from "../../src/scheduler/testing/start-scheduler.ts";
import { processIn } from "../faults/boxes.ts";
import { BoxMaker, eventually, soon, type MakeDriver } from "./box-maker.ts";

/** Writes a line every 5 ms, calls or not. */
const ticking = `
let ticks = 0;
setInterval(() => console.log("tick " + ++ticks), 5);
exports.main_handler = async () => ticks;
`;

/** Within which the kernel has stopped what is in the middle of something. */
const freezingMs = 50;
/** In which it would write 30 lines. */
const lapseMs = 200;

/** The same driver; its sandboxes go into `sandboxes`, too. */
function noting(driver: SandboxDriver, sandboxes: Sandbox[]): SandboxDriver {
  return {
    lacks: (asked) => driver.lacks(asked),
    capabilities: () => driver.capabilities(),
    create: async (box, options) => {
      const sandbox = await driver.create(box, options);
      sandboxes.push(sandbox);
      return sandbox;
    },
    prepareCode: (codeDirectory, options) => driver.prepareCode(codeDirectory, options),
    openApi: (port) => driver.openApi(port),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
}

/** What the scheduler makes of a driver that can freeze: functions that stand still between calls. */
export function freezingCases(makeDriver: MakeDriver): void {
  describe("a function without calls in a real sandbox", { concurrency: false }, () => {
    let maker: BoxMaker;
    let scheduler: Scheduler;
    const logs = new FakeLogs();
    const sandboxes: Sandbox[] = [];
    const lines = (): number => logs.instances.length;
    const frozen = (): number => scheduler.status().versions[0]?.instances.frozen ?? 0;
    const invoke = (): Promise<InvocationResult> => scheduler.invoker.invoke(eventTo("hello"), { signal: soon() });
    const isFrozen = (): Promise<void> =>
      eventually(
        () => frozen() === 1,
        () => JSON.stringify(scheduler.status().versions),
      );

    before(async () => {
      maker = await BoxMaker.make(makeDriver);
      await writeFile(path.join(maker.codeDirectory, "index.js"), ticking);
      const store = new FakeStore();
      const hello = version("event");
      store.entries.set(hello.functionId, entry([hello]));
      store.artifacts.merge = async () => maker.codeDirectory;
      const driver = noting(maker.driver, sandboxes);
      const apiUrl = Promise.resolve("http://127.0.0.1:4878");
      const parts = { store: store.store, driver, logs, config: testConfig, packages: new FakePackages(), apiUrl };
      scheduler = await createScheduler({ ...parts, logger: silentLogger, clock: systemClock });
    });
    after(async () => {
      await scheduler[Symbol.asyncDispose]();
      await maker[Symbol.asyncDispose]();
    });

    it("stands still, timers included, and goes on where it was in its next call", async () => {
      const first = Number((await invoke()).body);
      await isFrozen();
      const from = Date.now() + freezingMs;
      await delay(lapseMs);
      const to = Date.now();
      const second = await invoke();
      const written = lines(); // all of before: the channel keeps the order
      const meanwhile = logs.instances.flatMap((log) => log.lines).filter(({ at }) => at > from && at < to);
      assert.deepEqual(meanwhile, []);
      assert.ok(Number(second.body) >= first, `${first} ticks, then ${second.body}`);
      assert.equal(second.record.isCold, false, "the same sandbox");
      assert.ok(second.record.thawUs > 0);
      await eventually(
        () => lines() > written,
        () => "it writes no more",
      );
    });

    it("is replaced when something killed it meanwhile, which it only dies of when it is thawed", async () => {
      await isFrozen();
      process.kill((await processIn(sandboxes.at(-1)?.id ?? "", "node/main.js")).pid, "SIGKILL");
      const next = await invoke();
      assert.deepEqual([next.record.status, next.record.isCold], [200, true]);
      await isFrozen();
      assert.equal(scheduler.status().instances.used, 1);
    });

    it("ends by itself when it is asked to while it is frozen", async () => {
      await isFrozen();
      await scheduler[Symbol.asyncDispose]();
      assert.equal((await sandboxes.at(-1)?.ended)?.kind, "exited");
      assert.deepEqual(maker.complaints, []);
    });
  });
}
