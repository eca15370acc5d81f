import { setTimeout as delay } from "node:timers/promises";
import type { Clock, Target, TemporaryCredentials } from "../core/index.ts";
import { stopping } from "./admission/refusals.ts";
import { rebuild, type RebuildParts } from "./builds/rebuild.ts";
import { createInvoker } from "./calls/create-invoker.ts";
import type { Routes } from "./catalog/routes.ts";
import { unpackVersion } from "./catalog/unpack-version.ts";
import type { Instances } from "./instances/instances.ts";
import type { Invoker } from "./invoker.ts";
import { readRuntimes, type RuntimeStatus } from "./pools/runtimes.ts";
import type { SchedulerOptions } from "./scheduler-options.ts";
import { createParts, type SchedulerParts } from "./scheduler-parts.ts";
import type { Services } from "./services/services.ts";
import { readStatus, type SchedulerStatus } from "./status.ts";
import { tickEvery } from "./ticker.ts";
import { tryStart, type TrialOutcome } from "./try-start.ts";

/** Runs functions. Disposing it refuses new calls, lets running ones end for `drainMs`, and stops every instance. */
export interface Scheduler extends AsyncDisposable {
  readonly invoker: Invoker;
  readonly routes: Routes;
  /** The present credentials of the living instance with this key, if it is the one that asks; null otherwise. */
  findCredentials(key: string, callerAddress: string): TemporaryCredentials | null;
  status(): SchedulerStatus;
  runtimes(): readonly RuntimeStatus[];
  /** Starts an instance that takes no call, to know whether calls would find one that starts. */
  tryStart(target: Target, options: { signal: AbortSignal }): Promise<TrialOutcome>;
}

/** How often deadlines, waiting calls, idle instances and restarts are looked at. */
const tickMs = 100;

/** Loads the functions, starts resident services and the warm pool. Rejects when the store cannot be read. */
export async function createScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const { driver, packages, config, clock } = options;
  const parts = await createParts(options);
  const run = new SchedulerRun(options, parts);
  const { catalog, credentials, pools } = parts;
  const scheduler: Scheduler = {
    invoker: createInvoker({
      ...parts,
      clock,
      preparationWaitMs: config.queueWaitS * 1000,
      isStopping: () => run.isStopping,
    }),
    routes: catalog,
    findCredentials: (key, callerAddress) => credentials.find(key, callerAddress),
    tryStart: (target, asked) => tryStart(target, parts, asked),
    runtimes: () => readRuntimes({ catalog, pools, packages, driver }),
    status: () => readStatus({ ...parts, driver }),
    [Symbol.asyncDispose]: () => run.stop(),
  };
  try {
    await run.load();
  } catch (error) {
    await run.stop();
    throw error;
  }
  return scheduler;
}

/** What goes on by itself while a scheduler runs, from the first load to the end of the last instance. */
class SchedulerRun {
  readonly #options: SchedulerOptions;
  readonly #parts: SchedulerParts;
  readonly #subscription: Disposable;
  readonly #ticking: Disposable;
  readonly #rebuilding = new AbortController();
  #rebuilt = Promise.resolve();
  #isStopping = false;

  constructor(options: SchedulerOptions, parts: SchedulerParts) {
    const { store, startTicking = tickEvery } = options;
    this.#options = options;
    this.#parts = parts;
    this.#subscription = store.changes.subscribe("function", parts.sync);
    this.#ticking = startTicking(tickMs, () => this.#tick());
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  async load(): Promise<void> {
    const { sync, pools } = this.#parts;
    await sync.loadAll();
    pools.tick(this.#options.clock.monotonic());
    this.#rebuilt = rebuildServed(this.#options, this.#parts, this.#rebuilding.signal);
  }

  async stop(): Promise<void> {
    const { drainMs, config, clock } = this.#options;
    const { sync, instances, services, pools } = this.#parts;
    this.#isStopping = true;
    this.#subscription[Symbol.dispose]();
    this.#rebuilding.abort();
    await Promise.all([sync[Symbol.asyncDispose](), this.#rebuilt]);
    await stopInstances([instances, services], drainMs?.() ?? config.drainTimeoutS * 1000, clock);
    this.#ticking[Symbol.dispose]();
    await pools[Symbol.asyncDispose]();
  }

  #tick(): void {
    const { deadlines, instances, services, pools, pressure } = this.#parts;
    const now = this.#options.clock.monotonic();
    deadlines.sweep(now);
    for (const part of [instances, services, pools, pressure]) part.tick(now);
  }
}

function rebuildServed(
  { store, driver, logger }: SchedulerOptions,
  { builds, catalog }: Pick<SchedulerParts, "builds" | "catalog">,
  signal: AbortSignal,
): Promise<void> {
  const versions = [...catalog.all()].flatMap((served) => [...served.versions.values()]);
  const parts: RebuildParts = {
    builds,
    isServed: (version) => catalog.byId(version.functionId)?.versions.get(version.version) === version,
    makeReady: async (version, options) => {
      const { codeDirectory } = await unpackVersion(version, { artifacts: store.artifacts, builds, logger }, options);
      await driver.prepareCode(codeDirectory, options);
    },
    logger,
  };
  return rebuild(versions, parts, { signal });
}

/** Time that instances still running after the drain have. */
const lastGraceMs = 500;
/** How often a drain looks whether it is over. */
const drainLookMs = 20;

/** Takes no more calls, lets running ones end within `boundMs`, then ends what is left. */
async function stopInstances(parts: readonly [Instances, Services], boundMs: number, clock: Clock): Promise<void> {
  const until = clock.monotonic() + boundMs;
  for (const part of parts) part.close(stopping());
  const isBusy = (): boolean => parts.flatMap((part) => [...part.all()]).some(({ isOver }) => !isOver);
  while (isBusy() && clock.monotonic() < until) await delay(drainLookMs);
  await Promise.all(parts.map((part) => part.stopAll(lastGraceMs)));
}
