import { limits, qualifiers, type FunctionVersion } from "../core/index.ts";
import { readHostMemory, type HostMemory } from "../sandbox/index.ts";
import type { StatusReason } from "../store/index.ts";
import type { FunctionLogs } from "../telemetry/index.ts";
import { Capacity } from "./admission/capacity.ts";
import { Builds, type BuildOptions } from "./builds/builds.ts";
import { Deadlines } from "./calls/deadlines.ts";
import { Recorder } from "./calls/usage.ts";
import { CatalogSync, toReason } from "./catalog/catalog-sync.ts";
import { Catalog } from "./catalog/catalog.ts";
import { unpackVersion } from "./catalog/unpack-version.ts";
import { createHooks, runtimeNote } from "./catalog-hooks.ts";
import { RoleCredentials } from "./credentials/role-credentials.ts";
import { MemoryPressure } from "./idle/memory-pressure.ts";
import { Instances } from "./instances/instances.ts";
import type { StartContext } from "./instances/start-instance.ts";
import { BootPlaces, inPlaces } from "./pools/boot-places.ts";
import { WarmPools } from "./pools/warm-pools.ts";
import type { SchedulerOptions } from "./scheduler-options.ts";
import { Services } from "./services/services.ts";

/** What a scheduler is made of. */
export interface SchedulerParts {
  readonly capacity: Capacity;
  readonly pools: WarmPools;
  readonly deadlines: Deadlines;
  readonly recorder: Recorder;
  readonly catalog: Catalog;
  readonly builds: Builds;
  readonly credentials: RoleCredentials;
  readonly start: StartContext;
  readonly instances: Instances;
  readonly services: Services;
  readonly sync: CatalogSync;
  readonly pressure: MemoryPressure;
}

/** Makes the parts and connects them; nothing is loaded or started yet. Rejects when the store cannot be read. */
export async function createParts(options: SchedulerOptions): Promise<SchedulerParts> {
  const { store, driver, packages, logs, config, logger, clock } = options;
  const capacity = new Capacity({ memoryLimitMb: limits.concurrencyMemoryMb, instanceLimit: config.maxInstances });
  const places = new BootPlaces(config.maxParallelBoots);
  const mostReady = mostInPool(memoryReader(options)());
  const pools = new WarmPools({ ...config, driver, packages, logger, clock, places, mostReady });
  const builds = await openBuilds({ ...options, driver: inPlaces(driver, places) }, pools);
  const { isolatesNetwork, canFreeze } = driver.capabilities();
  const credentials = new RoleCredentials({ tokenKey: store.tokenKey, clock, isolatesNetwork });
  const start = startContext(options, pools, builds, credentials);
  const shared = { ...config, start, capacity, clock, logger };
  const instances = new Instances({ ...shared, canFreeze });
  const services: Services = new Services({
    ...shared,
    isolatesNetwork,
    evictIdle: (except) => instances.evictIdle(except),
    onSingleInstance: (version, port) => tell(version, [singleInstance(port)]),
    onHealth: (version, error) => tell(version, error === null ? [] : [toReason(error)]),
  });
  const catalog = new Catalog();
  const hooks = createHooks({ instances, services, pools, packages, builds, store, driver, logger });
  const sync = new CatalogSync(store, catalog, hooks, logger);
  const tell = ({ functionId, version, revision, spec }: FunctionVersion, reasons: readonly StatusReason[]): void => {
    const notes = runtimeNote(spec, pools.of(spec).knownVersion);
    if (version === qualifiers.latest) sync.tell(functionId, revision, [...reasons, ...notes]);
  };
  const calls = { deadlines: new Deadlines(), recorder: new Recorder(store.records, logs) };
  const pressure = watchMemory(options, instances, pools);
  return { ...calls, capacity, pools, catalog, builds, credentials, start, instances, services, sync, pressure };
}

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
