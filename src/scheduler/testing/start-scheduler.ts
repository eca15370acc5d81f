import type { CatalogEntry } from "../../store/index.ts";
import type { HostMemory } from "../../sandbox/index.ts";
import type { SchedulerConfig } from "../scheduler-options.ts";
import { createScheduler, type Scheduler } from "../scheduler.ts";
import { FakeDriver } from "./fake-driver.ts";
import { FakePackages } from "./fake-packages.ts";
import { FakeClock, FakeLogs, FakeStore, settle, silentLogger } from "./fakes.ts";

/** A scheduler on fakes whose time passes only when a test says so. */
export interface TestScheduler extends AsyncDisposable {
  readonly scheduler: Scheduler;
  readonly store: FakeStore;
  readonly driver: FakeDriver;
  readonly packages: FakePackages;
  readonly logs: FakeLogs;
  readonly clock: FakeClock;
  /** What the host has left from now on. */
  setMemory(memory: HostMemory): void;
  /** Lets time pass in ticks, and everything due in it happen. */
  pass(ms: number): Promise<void>;
}

export const testConfig: SchedulerConfig = {
  region: "ap-guangzhou",
  idleStopS: 600,
  poolSize: 0,
  maxInstances: 50,
  maxParallelBoots: 4,
  queueLength: 1_000,
  queueWaitS: 15,
  drainTimeoutS: 0,
  memoryReserveMb: 0,
  npmRegistry: "https://registry.test/",
  pipIndexUrl: "https://index.test/",
};

const plenty: HostMemory = { availableBytes: Infinity, stalledPercent: null };

export async function startScheduler(
  entries: readonly CatalogEntry[],
  config: Partial<SchedulerConfig> = {},
  prepare: (parts: { store: FakeStore; driver: FakeDriver; packages: FakePackages }) => void = () => undefined,
): Promise<TestScheduler> {
  const store = new FakeStore();
  for (const entry of entries) store.entries.set(entry.functionId, entry);
  const [driver, logs, clock] = [new FakeDriver(), new FakeLogs(), new FakeClock()];
  const packages = new FakePackages();
  prepare({ store, driver, packages });
  let tick = (): void => undefined;
  let memory = plenty;
  const scheduler = await createScheduler({
    readMemory: () => memory,
    store: store.store,
    driver,
    packages,
    logs,
    config: { ...testConfig, ...config },
    logger: silentLogger,
    clock,
    apiUrl: Promise.resolve("http://127.0.0.1:4878"),
    startTicking: (_everyMs, onTick) => {
      tick = onTick;
      return { [Symbol.dispose]: () => undefined };
    },
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.ms += 100;
      tick();
      // what a tick sets off must not lag minutes behind it, nor every idle tick cost turns of the loop
      if (passed % 1_000 === 0) await settle(1);
    }
    await settle();
  };
  await settle();
  const dispose = async (): Promise<void> => {
    await scheduler[Symbol.asyncDispose]();
    await driver[Symbol.asyncDispose]();
  };
  const setMemory = (next: HostMemory): void => {
    memory = next;
  };
  return { scheduler, store, driver, packages, logs, clock, pass, setMemory, [Symbol.asyncDispose]: dispose };
}
