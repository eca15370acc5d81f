import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../src/core/index.ts";
import { createOciDriver, type SandboxDriver } from "../../src/sandbox/index.ts";
import { createScheduler, type Scheduler } from "../../src/scheduler/scheduler.ts";
import { FakePackages } from "../../src/scheduler/testing/fake-packages.ts";
import { entry, eventTo, FakeLogs, FakeStore, silentLogger, version } from "../../src/scheduler/testing/fakes.ts";
import { testConfig } from "../../src/scheduler/testing/start-scheduler.ts";

/**
 * What a call costs whose instance stood still: `script/bench thaw`, as root. Two schedulers on one driver, of which one never
 * freezes, are called in turn after the same silence; records and logs go nowhere.
 */
const rounds = 200;
/** Longer than an instance takes to be frozen. */
const silenceMs = 200;

const directory = await mkdtemp(path.join(os.tmpdir(), "gust-thaw-"));
const codeDirectory = path.join(directory, "code");
await mkdir(codeDirectory);
await writeFile(path.join(codeDirectory, "index.js"), "exports.main_handler = async () => 1;");
{
  await using driver = await createOciDriver({ runDirectory: path.join(directory, "run"), logger: silentLogger });
  await using freezing = await schedulerOn(driver);
  const restless = { ...driver.capabilities(), canFreeze: false };
  await using never = await schedulerOn({
    lacks: (asked) => driver.lacks(asked),
    capabilities: () => restless,
    create: (box, options) => driver.create(box, options),
    prepareCode: (code, options) => driver.prepareCode(code, options),
    openApi: (port) => driver.openApi(port),
    [Symbol.asyncDispose]: async () => undefined,
  });
  const times = { frozen: [] as number[], thaw: [] as number[], never: [] as number[], busy: [] as number[] };
  for (let round = -5; round < rounds; round++) {
    await delay(silenceMs);
    if (round >= 0 && freezing.status().instances.frozen !== 1) throw new Error("it is not frozen");
    const isFirst = round % 2 === 0;
    if (!isFirst) await timed(never, times.never, round);
    const thawUs = await timed(freezing, times.frozen, round);
    if (round >= 0) times.thaw.push(thawUs / 1_000);
    if (isFirst) await timed(never, times.never, round);
    await timed(freezing, times.busy, round);
  }
  for (const [name, all] of Object.entries(times)) console.log(`${name.padEnd(8)} ${percentiles(all)}`);
}
await rm(directory, { recursive: true, force: true });

async function schedulerOn(driver: SandboxDriver): Promise<Scheduler> {
  const store = new FakeStore();
  const hello = version("event");
  store.entries.set(hello.functionId, entry([hello]));
  store.artifacts.merge = async () => codeDirectory;
  const apiUrl = Promise.resolve("http://127.0.0.1:4878");
  const parts = {
    store: store.store,
    logs: new FakeLogs(),
    config: testConfig,
    packages: new FakePackages(),
    logger: silentLogger,
    apiUrl,
  };
  return createScheduler({ ...parts, driver, clock: systemClock });
}

async function timed(scheduler: Scheduler, times: number[], round: number): Promise<number> {
  const before = performance.now();
  const { record } = await scheduler.invoker.invoke(eventTo("hello"), { signal: AbortSignal.timeout(10_000) });
  if (record.status !== 200) throw new Error(`the call failed with ${record.status}`);
  if (round >= 0) times.push(performance.now() - before);
  return record.thawUs;
}

function percentiles(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(3)} ms`;
  return `p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)} (n = ${sorted.length})`;
}
