import { setTimeout as delay } from "node:timers/promises";
import {
  limits,
  qualifiers,
  type Clock,
  type FunctionVersion,
  type Logger,
  type Target,
  type TemporaryCredentials,
} from "../core/index.ts";
import { readHostMemory, type HostMemory, type RuntimePackages, type SandboxDriver } from "../sandbox/index.ts";
import type { StatusReason, Store } from "../store/index.ts";
import type { FunctionLogs } from "../telemetry/index.ts";
import { Capacity } from "./admission/capacity.ts";
import { stopping } from "./admission/refusals.ts";
import { Builds, type BuildConfig, type BuildOptions } from "./builds/builds.ts";
import { rebuild, type RebuildParts } from "./builds/rebuild.ts";
import { createInvoker } from "./calls/create-invoker.ts";
import { Deadlines } from "./calls/deadlines.ts";
import { Recorder } from "./calls/usage.ts";
import { CatalogSync, toReason } from "./catalog/catalog-sync.ts";
import type { Routes } from "./catalog/routes.ts";
import { unpackVersion } from "./catalog/unpack-version.ts";
import { Catalog } from "./catalog/catalog.ts";
import { createHooks, runtimeNote } from "./catalog-hooks.ts";
import { MemoryPressure } from "./idle/memory-pressure.ts";
import { Instances } from "./instances/instances.ts";
import { RoleCredentials } from "./credentials/role-credentials.ts";
import type { StartContext } from "./instances/start-instance.ts";
import type { Invoker } from "./invoker.ts";
import { BootPlaces, inPlaces } from "./pools/boot-places.ts";
import { readRuntimes, type RuntimeStatus } from "./pools/runtimes.ts";
import type { ProgramPackages } from "./pools/warm-pool.ts";
import { WarmPools } from "./pools/warm-pools.ts";
import { Services } from "./services/services.ts";
import { readStatus, type SchedulerStatus } from "./status.ts";
import { tickEvery, type StartTicking } from "./ticker.ts";
import { tryStart, type TrialOutcome } from "./try-start.ts";

/** The settings that the scheduler acts on; docs and defaults are in the server's config. */
export interface SchedulerConfig extends BuildConfig {
  readonly region: string;
  readonly idleStopS: number;
  readonly poolSize: number;
  readonly maxInstances: number;
  readonly maxParallelBoots: number;
  readonly queueLength: number;
  readonly queueWaitS: number;
  readonly drainTimeoutS: number;
  readonly memoryReserveMb: number;
}

/** What the scheduler stands on. */
export interface SchedulerOptions {
  readonly store: Pick<
    Store,
    "account" | "tokenKey" | "catalog" | "changes" | "functions" | "records" | "artifacts" | "builds"
  >;
  readonly driver: SandboxDriver;
  readonly packages: ProgramPackages & Pick<RuntimePackages, "directory" | "list">;
  readonly logs: FunctionLogs;
  readonly config: SchedulerConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Where functions reach the API; no instance starts before this is known. */
  readonly apiUrl: Promise<string>;
  /** Time that running calls still have to end, asked at the stop; absent: `drainTimeoutS`. */
  readonly drainMs?: () => number;
  /** Looks at the host's memory; tests say what it finds. */
  readonly readMemory?: () => HostMemory;
  /** What makes time pass; tests tick by hand. */
  readonly startTicking?: StartTicking;
}

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
  const { store, driver, packages, logs, config, logger, clock, startTicking = tickEvery } = options;
  let isStopping = false;
  const capacity = new Capacity({ memoryLimitMb: limits.concurrencyMemoryMb, instanceLimit: config.maxInstances });
  const places = new BootPlaces(config.maxParallelBoots);
  const mostReady = mostInPool(memoryReader(options)());
  const pools = new WarmPools({ ...config, driver, packages, logger, clock, places, mostReady });
  const deadlines = new Deadlines();
  const recorder = new Recorder(store.records, logs);
  const catalog = new Catalog();
  const builds = await openBuilds({ ...options, driver: inPlaces(driver, places) }, pools);
  const { isolatesNetwork, canFreeze } = driver.capabilities();
  const credentials = new RoleCredentials({ tokenKey: store.tokenKey, clock, isolatesNetwork });
  const shared = { ...config, start: startContext(options, pools, builds, credentials), capacity, clock, logger };
  const instances = new Instances({ ...shared, canFreeze });
  const services: Services = new Services({
    ...shared,
    isolatesNetwork,
    evictIdle: (except) => instances.evictIdle(except),
    onSingleInstance: (version, port) => tell(version, [singleInstance(port)]),
    onHealth: (version, error) => tell(version, error === null ? [] : [toReason(error)]),
  });
  const hooks = createHooks({ instances, services, pools, packages, builds, store, driver, logger });
  const sync = new CatalogSync(store, catalog, hooks, logger);
  const tell = ({ functionId, version, revision, spec }: FunctionVersion, reasons: readonly StatusReason[]): void => {
    const notes = runtimeNote(spec, pools.of(spec).knownVersion);
    if (version === qualifiers.latest) sync.tell(functionId, revision, [...reasons, ...notes]);
  };
  const rebuilding = new AbortController();
  let rebuilt = Promise.resolve();
  const subscription = store.changes.subscribe("function", sync);
  const pressure = watchMemory(options, instances, pools);
  const ticking = startTicking(tickMs, () => {
    const now = clock.monotonic();
    deadlines.sweep(now);
    instances.tick(now);
    services.tick(now);
    pools.tick(now);
    pressure.tick(now);
  });
  const parts = { clock, deadlines, recorder, catalog, instances, services };
  const scheduler: Scheduler = {
    invoker: createInvoker({
      ...parts,
      preparationWaitMs: config.queueWaitS * 1000,
      isStopping: () => isStopping,
    }),
    routes: catalog,
    findCredentials: (key, callerAddress) => credentials.find(key, callerAddress),
    tryStart: (target, asked) => tryStart(target, { ...shared, catalog }, asked),
    runtimes: () => readRuntimes({ catalog, pools, packages, driver }),
    status: () => readStatus({ ...parts, capacity, driver, pools }),
    async [Symbol.asyncDispose]() {
      isStopping = true;
      subscription[Symbol.dispose]();
      rebuilding.abort();
      await Promise.all([sync[Symbol.asyncDispose](), rebuilt]);
      await stopInstances([instances, services], options.drainMs?.() ?? config.drainTimeoutS * 1000, clock);
      ticking[Symbol.dispose]();
      await pools[Symbol.asyncDispose]();
    },
  };
  try {
    await sync.loadAll();
    pools.tick(clock.monotonic());
    rebuilt = rebuildServed(options, builds, catalog, rebuilding.signal);
  } catch (error) {
    await scheduler[Symbol.asyncDispose]();
    throw error;
  }
  return scheduler;
}

/** Time that instances still running after the drain have. */
const lastGraceMs = 500;
/** How often a drain looks whether it is over. */
const drainLookMs = 20;

/** Sandboxes that are plain processes are in the platform's own control group, and share its limit. */
function memoryReader({ driver, readMemory }: SchedulerOptions): () => HostMemory {
  const inOwnGroup = driver.capabilities().driver === "process";
  return readMemory ?? (() => readHostMemory({ inOwnGroup }));
}

function watchMemory(options: SchedulerOptions, instances: Instances, pools: WarmPools): MemoryPressure {
  const { config, logger } = options;
  return new MemoryPressure({
    reserveMb: config.memoryReserveMb,
    read: memoryReader(options),
    instances: () => instances.idle(),
    spare: () => pools.spare(),
    setShort: (isShort) => pools.setShort(isShort),
    logger,
  });
}

/** A started runtime and its box cost about so much, with what the kernel keeps of them. */
const pooledMb = 24;

/** A pool that grows with its claims takes at most a sixteenth of what was available at the start. */
function mostInPool({ availableBytes }: HostMemory): number {
  return Math.floor(availableBytes / 16 / (pooledMb * 1024 * 1024));
}

function openBuilds(
  { store, driver, logs, config, logger, clock }: Omit<SchedulerOptions, "driver"> & Pick<BuildOptions, "driver">,
  pools: WarmPools,
): Promise<Builds> {
  return Builds.open({
    store,
    driver,
    config: { npmRegistry: config.npmRegistry, pipIndexUrl: config.pipIndexUrl },
    interpreterVersion: ({ spec }, options) => pools.of(spec).runtimeVersion(options),
    binDirectory: ({ spec }) => pools.of(spec).program.binDirectory,
    onLine: looseLines(logs),
    logger,
    clock,
  });
}

function rebuildServed(
  { store, driver, logger }: SchedulerOptions,
  builds: Builds,
  catalog: Catalog,
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

function looseLines(logs: FunctionLogs): StartContext["onLooseLine"] {
  return ({ functionId, version }, instanceId, line) =>
    logs.recordInstance({ functionId, version, instanceId, lines: [line] });
}

function startContext(
  { store, driver, logs, config, logger, clock, apiUrl }: SchedulerOptions,
  pools: WarmPools,
  builds: Builds,
  credentials: RoleCredentials,
): StartContext {
  const { appId, uin } = store.account;
  return {
    takeSandbox: (spec, options) => pools.of(spec).take(options),
    unpack: (version, options) => unpackVersion(version, { artifacts: store.artifacts, builds, logger }, options),
    facts: {
      appId,
      uin,
      region: config.region,
      isolatesFiles: driver.capabilities().isolatesFiles,
    },
    apiUrl,
    credentials,
    onLooseLine: looseLines(logs),
    clock,
  };
}

function singleInstance(port: number): StatusReason {
  return {
    errorCode: "SingleInstance",
    errorMessage:
      `The load asks for more instances, but the server listens on port ${port} instead of $PORT, ` +
      `and instances share the ports of this host: it stays at one instance`,
  };
}

/** Takes no more calls, lets running ones end within `boundMs`, then ends what is left. */
async function stopInstances(parts: readonly [Instances, Services], boundMs: number, clock: Clock): Promise<void> {
  const until = clock.monotonic() + boundMs;
  for (const part of parts) part.close(stopping());
  const isBusy = (): boolean => parts.flatMap((part) => [...part.all()]).some(({ isOver }) => !isOver);
  while (isBusy() && clock.monotonic() < until) await delay(drainLookMs);
  await Promise.all(parts.map((part) => part.stopAll(lastGraceMs)));
}
