import path from "node:path";
import { readConfig, sandboxSettings, settingsInForce, version, type Config } from "./config.ts";
import { createControl, type Control } from "./control/index.ts";
import { PlatformError, systemClock, type Clock, type Logger } from "./core/index.ts";
import { createGateway, FunctionUrls, type Gateway } from "./gateway/index.ts";
import {
  linkSdks,
  nodePackages,
  openDriver,
  RuntimePackages,
  sdkPackages,
  type SandboxDriver,
} from "./sandbox/index.ts";
import { createScheduler, type Scheduler } from "./scheduler/index.ts";
import { openInstallation, openStore, type Installation, type Store } from "./store/index.ts";
import { createFunctionLogs, createLogger } from "./telemetry/index.ts";
import { startDelivery } from "./triggers/index.ts";

/** Builds the rooms bottom to top, each put on `steps` at once. Rejects between two rooms when `signal` fires. */
async function startServer(config: Config, logger: Logger, steps: StopSteps, signal: AbortSignal): Promise<void> {
  const clock = systemClock;
  // One for all: what waits for calls one after the other must not wait for the same hanging call anew.
  const drainMs = (): number => Math.max(0, config.drainTimeoutS * 1_000 - steps.elapsedMs);
  const installation = steps.add("data directory", 2_000, await openInstallation(config.dataDirectory));
  const store = steps.add(
    "store",
    10_000,
    await openStore({
      dataDirectory: config.dataDirectory,
      ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
      logger,
      clock,
      signal,
    }),
  );
  signal.throwIfAborted();
  const logs = steps.add("function logs", 3_000, createFunctionLogs({ records: store.records, logger, clock }));
  const { packages, driver } = await openSandboxes(config, { installation, store, logger }, steps);
  const apiUrl = Promise.withResolvers<string>();
  const scheduler = steps.add(
    "scheduler",
    () => drainMs() + 2_000,
    await createScheduler({ store, driver, packages, logs, config, apiUrl: apiUrl.promise, drainMs, logger, clock }),
  );
  signal.throwIfAborted();
  const delivery = startDelivery({ events: store.events, invoker: scheduler.invoker, drainMs, logger, clock });
  steps.add("delivery", () => drainMs() + 3_000, delivery);
  const control = steps.add(
    "control",
    1_000,
    createControl({
      store,
      account: store.account,
      config: { region: config.region, baseDomain: config.baseDomain },
      invoke: scheduler.invoker,
      readStatus: () => ({ ...scheduler.status() }),
      runtimes: { list: () => scheduler.runtimes(), install: (name) => packages.begin(name) },
      tryStart: (target, options) => scheduler.tryStart(target, options),
      logs,
      logger,
      clock,
    }),
  );
  const urls = steps.add("function URLs", 1_000, await FunctionUrls.open(store, logger));
  const gateway = steps.add(
    "gateway",
    () => drainMs() + 2_000,
    buildGateway({ config, store, scheduler, control, urls, logger, clock }),
  );
  const { url, port } = await gateway.listen();
  const tls = await gateway.listenWithTls();
  apiUrl.resolve((await openInside(gateway, driver)) ?? url);
  const { isolatesFiles: isIsolated, warnings } = driver.capabilities();
  await installation.writeCredentials({ endpoint: url, region: config.region, ...store.account });
  const settings = settingsInForce(config);
  await installation.writeAddress({
    url,
    tlsUrl: tls?.url,
    host: config.host,
    port,
    version,
    isIsolated,
    warnings,
    settings,
  });
  logger.info(
    { url, ...(tls === null ? {} : { tlsUrl: tls.url }), data: config.dataDirectory, version },
    "Gust answers",
  );
}

/** What boxes are made with, and what in them comes from elsewhere. */
async function openSandboxes(
  config: Config,
  { installation, store, logger }: { installation: Installation; store: Store; logger: Logger },
  steps: StopSteps,
) {
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

interface GatewayParts {
  readonly config: Config;
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly control: Control;
  readonly urls: FunctionUrls;
  readonly logger: Logger;
  readonly clock: Clock;
}

function buildGateway({ store, scheduler, control, ...shared }: GatewayParts): Gateway {
  const { account, tokenKey } = store;
  const { invoker, routes, findCredentials } = scheduler;
  const isReady = (): Promise<boolean> => store.isReady();
  const parts = { account, tokenKey, invoker, routes, findCredentials, api: control, isReady, domainSource: store };
  return createGateway({ ...shared, ...parts });
}

/** Lets functions in boxes reach the API. Null: they reach it where everybody does. */
async function openInside(gateway: Gateway, driver: SandboxDriver): Promise<string | null> {
  if (!driver.capabilities().isolatesNetwork) return null;
  const { port } = await gateway.listenInside();
  return driver.openApi(port);
}

/** What was started, in order; stopping goes the other way round. */
class StopSteps {
  readonly #logger: Logger;
  readonly #steps: { name: string; boundMs: number | (() => number); part: AsyncDisposable }[] = [];
  readonly #hurry = new AbortController();
  #hurriedUntil: number | null = null;
  #running: Promise<void> | null = null;
  #startedAt: number | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Time since the stop began. */
  get elapsedMs(): number {
    return this.#startedAt === null ? 0 : performance.now() - this.#startedAt;
  }

  /** A bound that is a function is asked when the part is stopped. */
  add<Part extends AsyncDisposable>(name: string, boundMs: number | (() => number), part: Part): Part {
    this.#steps.push({ name, boundMs, part });
    return part;
  }

  hurry(): void {
    this.#hurriedUntil ??= performance.now() + hurriedMs;
    this.#hurry.abort();
  }

  run(): Promise<void> {
    this.#running ??= this.#runAll();
    return this.#running;
  }

  async #runAll(): Promise<void> {
    this.#startedAt = performance.now();
    for (const { name, boundMs: bound, part } of this.#steps.toReversed()) {
      const boundMs = typeof bound === "number" ? bound : bound();
      const hurry = { signal: this.#hurry.signal, leftMs: () => Math.min(boundMs, this.#leftMs()) };
      const outcome = await withinTime(part[Symbol.asyncDispose](), boundMs, hurry).catch((error: unknown) => error);
      if (outcome === "late") this.#logger.warn({ part: name, boundMs }, "A part did not stop in time; going on");
      if (outcome instanceof Error) this.#logger.error({ part: name, err: outcome }, "A part failed to stop");
    }
  }

  #leftMs(): number {
    if (this.#hurriedUntil === null) return Number.POSITIVE_INFINITY;
    return Math.max(leastStepMs, this.#hurriedUntil - performance.now());
  }
}

/** Time that all steps together keep after a second signal: enough to end child processes. */
const hurriedMs = 1_500;
/** What each of them has in any case. */
const leastStepMs = 50;

function withinTime(
  work: PromiseLike<void>,
  boundMs: number,
  hurry: { readonly signal: AbortSignal; leftMs(): number },
): Promise<"done" | "late"> {
  return new Promise((resolve, reject) => {
    const end = (outcome: "done" | "late"): void => {
      clearTimeout(timer);
      hurry.signal.removeEventListener("abort", shorten);
      resolve(outcome);
    };
    let timer = setTimeout(end, hurry.signal.aborted ? hurry.leftMs() : boundMs, "late");
    const shorten = (): void => {
      clearTimeout(timer);
      timer = setTimeout(end, hurry.leftMs(), "late");
    };
    hurry.signal.addEventListener("abort", shorten, { once: true });
    work.then(() => end("done"), reject);
  });
}

function warnOfMissingFences(driver: SandboxDriver, logger: Logger): void {
  const { driver: name, isolatesFiles, warnings } = driver.capabilities();
  if (!isolatesFiles) {
    logger.warn({ driver: name }, `FUNCTIONS ARE NOT ISOLATED by the ${name} driver: run only code you trust`);
  }
  for (const warning of warnings) logger.warn({ driver: name }, warning);
}

/** A sentence for the person who started the server; platform failures carry it, others show their message. */
function explain(error: unknown): string {
  if (error instanceof PlatformError || error instanceof Error) return error.message;
  return String(error);
}

async function main(): Promise<void> {
  const config = readConfig();
  const logger = createLogger(config.logLevel, { isTerminal: process.stderr.isTTY });
  const steps = new StopSteps(logger);
  const stop = new AbortController();
  const starting = startServer(config, logger, steps, stop.signal);
  const end = async (exitCode: number): Promise<never> => {
    stop.abort(new Error("Stopped before it had started"));
    await starting.catch(() => undefined); // said where it is awaited below, unless this is why
    await steps.run();
    process.exit(exitCode);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) return steps.hurry();
    logger.info({ signal }, "Stopping; once more to stop now");
    void end(0);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined); // see the logger
  process.on("uncaughtException", (error) => {
    logger.error({ err: error }, "A bug of the platform: it stops in order, and has to be started again");
    void end(1);
  });
  try {
    await starting;
  } catch (error) {
    await steps.run();
    if (!stop.signal.aborted) throw error;
  }
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    process.stderr.write(`gust: ${explain(error)}\n`);
    process.exit(1);
  });
}
