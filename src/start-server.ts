import { settingsInForce, version, type Config } from "./config.ts";
import { openAcme } from "./control/index.ts";
import { publicUrlOf, systemClock, type Logger } from "./core/index.ts";
import { apiOperations, createGateway, FunctionUrls, type Gateway, type GatewayOptions } from "./gateway/index.ts";
import {
  dataOperations,
  Fleet,
  FleetStatus,
  HostClient,
  HostOutOfReach,
  HostPulse,
  sharedOperations,
} from "./scheduler/index.ts";
import { fetchedArtifacts, openInstallation, openStore, type Store } from "./store/index.ts";
import { remoteApi, startControl, startData, type DataRole, type FleetParts, type Foundation } from "./start-roles.ts";
import type { StopSteps } from "./stop-steps.ts";
import { createApiLogs, createFunctionLogs } from "./telemetry/index.ts";

type Api = GatewayOptions["api"];

/** Builds the rooms bottom to top, each put on `steps` at once. Rejects between two rooms when `signal` fires. */
export async function startServer(
  config: Config,
  logger: Logger,
  steps: StopSteps,
  signal: AbortSignal,
): Promise<void> {
  const foundation = await layFoundation(config, logger, steps, signal);
  const { fleet } = foundation;
  const apiUrl = Promise.withResolvers<string>();
  const data = config.roles.includes("data") ? await startData(foundation, apiUrl.promise) : null;
  const control = config.roles.includes("control") ? startControl(foundation, data, apiUrl.promise) : null;
  const api = control ?? (fleet === null ? null : remoteApi(fleet));
  if (api === null) throw new Error("a process without others has both roles");
  const gateway = await openGateway(foundation, data, api);
  const at = await listen(foundation, gateway, data, apiUrl.resolve);
  orderCertificates(foundation);
  await joinFleet(foundation, gateway, at.url);
  const roles = fleet === null ? {} : { roles: config.roles.join(",") };
  logger.info({ ...at, data: config.dataDirectory, ...roles, version }, "Gust answers");
}

async function layFoundation(
  config: Config,
  logger: Logger,
  steps: StopSteps,
  signal: AbortSignal,
): Promise<Foundation> {
  const clock = systemClock;
  const drainMs = (): number => Math.max(0, config.drainTimeoutS * 1_000 - steps.elapsedMs);
  const installation = steps.add("data directory", 2_000, await openInstallation(config.dataDirectory));
  const { databaseUrl, dataDirectory } = config;
  const shared = databaseUrl === undefined ? {} : { databaseUrl, hostId: installation.hostId };
  const keepsSchema = config.roles.includes("control");
  const options = { dataDirectory, ...shared, keepsSchema, logger, clock, signal };
  const own = steps.add("store", 10_000, await openStore(options));
  signal.throwIfAborted();
  const fleet =
    databaseUrl === undefined ? null : await followFleet(own, installation.hostId, { config, steps, logger, clock });
  const store = fleet === null ? own : withFetching(own, fleet);
  const logs = steps.add("function logs", 3_000, createFunctionLogs({ records: store.records, logger, clock }));
  const apiLogs = steps.add("API logs", 3_000, createApiLogs({ table: store.apiGateway.logs, logger }));
  const acme = await openAcme(config, { store, clock, logger });
  return { config, installation, store, acme, logs, apiLogs, fleet, drainMs, steps, signal, logger, clock };
}

async function followFleet(
  store: Store,
  selfId: string,
  { config, steps, logger, clock }: Pick<Foundation, "config" | "steps" | "logger" | "clock">,
): Promise<FleetParts> {
  const fleet = steps.add(
    "hosts",
    1_000,
    await Fleet.follow({ store, selfId, sharesPort: config.sharePort, logger, clock }),
  );
  const client = new HostClient(store.tokenKey, clock);
  const pulse = steps.add("signs of life", 500, new HostPulse({ fleet, client, logger }));
  return { fleet, client, pulse, status: new FleetStatus(fleet, client, logger) };
}

/** Packages that were uploaded elsewhere are fetched when they are needed first. */
function withFetching(store: Store, { status }: FleetParts): Store {
  return {
    ...store,
    artifacts: fetchedArtifacts(store.artifacts, (sha256, options) => status.fetchPackage(sha256, options)),
  };
}

async function openGateway(foundation: Foundation, data: DataRole | null, api: Api): Promise<Gateway> {
  const { config, store, acme, apiLogs, fleet, drainMs, steps, logger, clock } = foundation;
  const urls = steps.add("function URLs", 1_000, await FunctionUrls.open(store, logger));
  const functionsAt = (): readonly string[] => (fleet?.fleet.others("data") ?? []).map(({ publicUrl }) => publicUrl);
  const boxRange = data?.driver.capabilities().boxRange ?? config.boxRange;
  const gateway = createGateway({
    config: { ...config, boxRange },
    account: store.account,
    tokenKey: store.tokenKey,
    ...functionParts(data),
    urls,
    domainSource: store,
    apiGatewaySource: store,
    apiLogs,
    certificateSource: store,
    acmeThumbprint: acme?.thumbprint ?? null,
    api: data === null ? withFunctionsElsewhere(api, functionsAt) : api,
    fleet: fleet === null ? null : hostDoor(foundation, fleet, data, api),
    functionsAt: data === null ? functionsAt : null,
    isReady: () => store.isReady(),
    isReadyAlone: !config.roles.includes("control"),
    logger,
    clock,
  });
  return steps.add("gateway", () => drainMs() + 2_000, gateway);
}

/** Addresses of functions in its replies are those of a process that runs them. */
function withFunctionsElsewhere(api: Api, functionsAt: () => readonly string[]): Api {
  return {
    call: (call, options) => {
      const [functionsOrigin] = functionsAt();
      return api.call(functionsOrigin === undefined ? call : { ...call, functionsOrigin }, options);
    },
    download: (token) => api.download(token),
  };
}

function functionParts(data: DataRole | null): Pick<GatewayOptions, "invoker" | "routes" | "findCredentials"> {
  if (data !== null) {
    const { routes, findCredentials } = data.scheduler;
    return { invoker: data.invoker, routes, findCredentials };
  }
  const never = (): never => {
    throw new Error("a process without functions routed a call to one");
  };
  return {
    invoker: { invoke: never, startHttp: never, acquireService: never },
    routes: { byDomainLabel: () => null, byName: () => null },
    findCredentials: () => null,
  };
}

/** How long another process may take for what a client waits for. */
const askMs = 10_000;

/** What the other processes find at the door for them. */
function hostDoor(
  { config, store, logs, apiLogs }: Foundation,
  { fleet, client, pulse }: FleetParts,
  data: DataRole | null,
  api: Api,
): NonNullable<GatewayOptions["fleet"]> {
  const ofData =
    data === null
      ? {}
      : dataOperations({
          scheduler: data.scheduler,
          installRuntime: (name) => data.packages.begin(name),
          flushes: [store.records, logs, apiLogs],
        });
  const ofControl = config.roles.includes("control") ? apiOperations(api) : {};
  return {
    places: fleet,
    selfId: fleet.selfId,
    onLost: (listener) => pulse.onLost(listener),
    ask: async (isMeant, operation, body) => {
      const host = fleet.others("data").find(({ id }) => isMeant(id));
      if (host === undefined) return null;
      return client.ask(host, operation, body, { signal: AbortSignal.timeout(askMs) }).catch((error: unknown) => {
        if (error instanceof HostOutOfReach) return null; // it is gone, and what it held
        throw error;
      });
    },
    host: config.internalHost,
    port: config.internalPort,
    operations: { ...sharedOperations(store.artifacts), ...ofData, ...ofControl },
  };
}

/** Opens all ports, and says where. */
async function listen(
  { config, installation, store }: Foundation,
  gateway: Gateway,
  data: DataRole | null,
  resolveApiUrl: (url: string) => void,
): Promise<{ url: string; tlsUrl?: string }> {
  const { url, port } = await gateway.listen();
  const tls = await gateway.listenWithTls();
  resolveApiUrl((data === null ? null : await openInside(gateway, data)) ?? url);
  const { isolatesFiles, warnings } = data?.driver.capabilities() ?? { isolatesFiles: true, warnings: [] };
  await installation.writeCredentials({ endpoint: url, region: config.region, ...store.account });
  await installation.writeAddress({
    url,
    tlsUrl: tls?.url,
    host: config.host,
    port,
    version,
    roles: config.roles,
    isIsolated: isolatesFiles,
    warnings,
    settings: settingsInForce(config),
  });
  return { url, ...(tls === null ? {} : { tlsUrl: tls.url }) };
}

/** Lets functions in boxes reach the API. Null: they reach it where everybody does. */
async function openInside(gateway: Gateway, { driver }: DataRole): Promise<string | null> {
  if (!driver.capabilities().isolatesNetwork) return null;
  const { port } = await gateway.listenInside();
  return driver.openApi(port);
}

/** Whoever answers the API orders; the authority's visits are answered by all. */
function orderCertificates({ config, acme, steps }: Foundation): void {
  if (acme !== null && config.roles.includes("control")) steps.add("orders of certificates", 2_000, acme.start());
}

/** From here on the others send calls; at the stop this ends first. */
async function joinFleet(
  { config, installation, fleet, steps, clock }: Foundation,
  gateway: Gateway,
  url: string,
): Promise<void> {
  const door = await gateway.listenForHosts();
  if (fleet === null || door === null) return;
  const membership = await fleet.fleet.join({
    id: installation.hostId,
    roles: config.roles,
    internalUrl: door.url,
    publicUrl: publicUrlOf(config, url),
    capacity: config.maxInstances,
    version,
    startedAt: clock.now(),
  });
  steps.add("membership", 2_000, membership);
}
