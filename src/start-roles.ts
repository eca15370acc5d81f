import path from "node:path";
import { sandboxSettings, type Config } from "./config.ts";
import { createControl, errorEnvelope, type Acme, type Control } from "./control/index.ts";
import type { Clock, Logger } from "./core/index.ts";
import { RemoteApi } from "./gateway/index.ts";
import {
  linkSdks,
  nodePackages,
  openDriver,
  RuntimePackages,
  sdkPackages,
  type SandboxDriver,
} from "./sandbox/index.ts";
import {
  createScheduler,
  FleetCalls,
  type Fleet,
  type FleetStatus,
  type HostClient,
  type HostPulse,
  type Invoker,
  type Scheduler,
} from "./scheduler/index.ts";
import type { Installation, Store } from "./store/index.ts";
import type { StopSteps } from "./stop-steps.ts";
import type { createApiLogs, createFunctionLogs } from "./telemetry/index.ts";
import { startDelivery } from "./triggers/index.ts";

/** What every process has, whatever its roles are. */
export interface Foundation {
  readonly config: Config;
  readonly installation: Installation;
  readonly store: Store;
  /** Null: certificates are not obtained. */
  readonly acme: Acme | null;
  readonly logs: ReturnType<typeof createFunctionLogs>;
  readonly apiLogs: ReturnType<typeof createApiLogs>;
  /** Null: the database is this process's alone. */
  readonly fleet: FleetParts | null;
  /** Time that running calls still have at a stop: one for all, because what waits for them one after the other must not wait anew. */
  readonly drainMs: () => number;
  readonly steps: StopSteps;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** How a process knows and asks the others. */
export interface FleetParts {
  readonly fleet: Fleet;
  readonly client: HostClient;
  readonly pulse: HostPulse;
  readonly status: FleetStatus;
}

/** The role data: what runs functions. */
export interface DataRole {
  readonly scheduler: Scheduler;
  readonly driver: SandboxDriver;
  readonly packages: RuntimePackages;
  /** Runs calls on this host or on another one, wherever the function is. */
  readonly invoker: Invoker;
}

/** Sandboxes, the scheduler, and the delivery of events that were accepted. `apiUrl`: where functions reach the API. */
export async function startData(foundation: Foundation, apiUrl: Promise<string>): Promise<DataRole> {
  const { config, store, logs, fleet, drainMs, steps, signal, logger, clock } = foundation;
  const { packages, driver } = await openSandboxes(foundation);
  const scheduler = steps.add(
    "scheduler",
    () => drainMs() + 2_000,
    await createScheduler({ store, driver, packages, logs, config, apiUrl, drainMs, logger, clock }),
  );
  signal.throwIfAborted();
  const calls = fleet === null ? null : new FleetCalls({ ...fleet, scheduler, clock });
  const invoker: Invoker =
    calls === null
      ? scheduler.invoker
      : { ...scheduler.invoker, invoke: (invocation, options) => calls.invoke(invocation, options) };
  const delivery = startDelivery({ events: store.events, invoker, drainMs, logger, clock });
  steps.add("delivery", () => drainMs() + 3_000, delivery);
  const wake = async (): Promise<void> => store.events.onAccepted();
  store.changes.subscribe("event", { changed: wake, resync: wake }); // gone with the store
  return { scheduler, driver, packages, invoker };
}

/** What boxes are made with, and what in them comes from elsewhere. */
async function openSandboxes({ config, installation, store, steps, logger }: Foundation) {
  const { dataDirectory, runDirectory } = installation;
  const packages = steps.add(
    "runtime packages",
    2_000,
    await RuntimePackages.open(
      path.join(dataDirectory, "runtimes"),
      [...nodePackages(), ...(await sdkPackages({ logger }))],
      { logger },
    ),
  );
  await linkSdks(dataDirectory, packages.directory); // for plain processes, which see the code where it lies
  const directories = {
    packagesDirectory: packages.directory,
    runDirectory,
    imagesDirectory: store.artifacts.imagesDirectory,
  };
  const options = { ...sandboxSettings(config), ...directories, logger };
  const driver = steps.add("sandboxes", 6_000, await openDriver(config.sandbox, options));
  warnOfMissingFences(driver, logger);
  return { packages, driver };
}

function warnOfMissingFences(driver: SandboxDriver, logger: Logger): void {
  const { driver: name, isolatesFiles, warnings } = driver.capabilities();
  if (!isolatesFiles) {
    logger.warn({ driver: name }, `FUNCTIONS ARE NOT ISOLATED by the ${name} driver: run only code you trust`);
  }
  for (const warning of warnings) logger.warn({ driver: name }, warning);
}

/** The role control: the cloud API. `data`: null where other processes run the functions. `apiUrl`: where functions reach it. */
export function startControl(foundation: Foundation, data: DataRole | null, apiUrl: Promise<string>): Control {
  const { config, store, acme, fleet, steps, logger, clock } = foundation;
  const { region, baseDomain } = config;
  const ofFunctions = data === null ? {} : { apiUrlOfFunctions: apiUrl };
  const settings = { region, baseDomain, obtainsCertificates: acme !== null, ...ofFunctions };
  const shared = { store, account: store.account, config: settings };
  const running = runningParts(foundation, data);
  const control = steps.add("control", 1_000, createControl({ ...shared, ...running, logger, clock }));
  if (fleet !== null && data === null)
    store.events.onAccepted = announceSoon(() => store.changes.announce("event", "due"));
  return control;
}

/** What the API needs of what runs, here or elsewhere. */
function runningParts({ logs, apiLogs, fleet, clock }: Foundation, data: DataRole | null) {
  type Options = { signal: AbortSignal };
  const flushOwn = async (options: Options): Promise<void> =>
    void (await Promise.all([logs.flush(options), apiLogs.flush(options)]));
  if (fleet === null) {
    if (data === null) throw new Error("a process without others runs the functions itself");
    return {
      invoke: data.invoker,
      readStatus: async () => ({ ...data.scheduler.status() }),
      runtimes: {
        list: async () => data.scheduler.runtimes(),
        install: async (name: string) => data.packages.begin(name),
      },
      tryStart: data.scheduler.tryStart,
      logs: { flush: flushOwn },
    };
  }
  const { status } = fleet;
  const calls = new FleetCalls({ ...fleet, scheduler: data?.scheduler ?? null, clock });
  return {
    invoke: calls,
    readStatus: (options: Options) => status.status(data?.scheduler.status() ?? null, options),
    runtimes: {
      list: async (options: Options) => data?.scheduler.runtimes() ?? (await status.runtimes(options)),
      install: async (name: string, options: Options) => {
        const isFetchedHere = data?.packages.begin(name) ?? false;
        return (await status.installRuntime(name, options)) || isFetchedHere;
      },
    },
    tryStart: calls.tryStart.bind(calls),
    logs: {
      flush: async (options: Options) => void (await Promise.all([flushOwn(options), status.flush(options)])),
    },
  };
}

/** At most so often: the next one tells of all that came meanwhile. */
const announceEveryMs = 20;

function announceSoon(announce: () => Promise<void>): () => void {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      void announce(); // never rejects: whoever is not told looks every two seconds
    }, announceEveryMs).unref();
  };
}

/** The cloud API where another process has it. */
export function remoteApi({ fleet, client }: FleetParts): RemoteApi {
  return new RemoteApi({
    controls: () => fleet.others("control"),
    suspect: (host) => fleet.suspect(host),
    client,
    unanswered: (message, requestId) => errorEnvelope("InternalError.System", message, requestId),
  });
}
