import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import { Client } from "pg";
import type { Clock, Logger, Sha256 } from "../core/index.ts";
import { apiGatewayTables } from "./api-gateway/api-gateway-tables.ts";
import { openArtifacts } from "./artifacts/open-artifacts.ts";
import { buildTable, forgetBuilds } from "./builds/build-table.ts";
import { certificateTable } from "./certificates/certificate-table.ts";
import { certificateOrderTable } from "./certificates/order-table.ts";
import type { Seal } from "./certificates/seal.ts";
import { openDatabase, type ConnectionSettings, type Database } from "./database/connection.ts";
import { checkMigrated, migrate, readMigrations } from "./database/migrate.ts";
import type { DatabasePlace } from "./database/unavailable.ts";
import { domainTable } from "./domains/domain-table.ts";
import { hostTable } from "./hosts/host-table.ts";
import { describeFullDisk, isDiskFull, startEmbeddedServer } from "./postgres/index.ts";
import { UsageSpool } from "./spool/index.ts";
import { keepCodeCollected } from "./unused-code.ts";
import type { Store } from "./store.ts";
import { readOrMakeAccount } from "./tables/account.ts";
import { aliasTable } from "./tables/aliases.ts";
import { codeInUse } from "./tables/code-in-use.ts";
import { catalogReader } from "./tables/catalog.ts";
import { NotifiedChanges } from "./tables/changes.ts";
import { endLeases, eventQueue } from "./queue/event-queue.ts";
import { functionTable } from "./tables/functions.ts";
import { layerTable } from "./layers/layer-table.ts";
import { ensureDefaultNamespace, namespaceTable } from "./tables/namespaces.ts";
import { keepPartitions } from "./tables/partitions.ts";
import { recordTable } from "./tables/records.ts";
import { versionTable } from "./tables/versions.ts";
import { triggerTable } from "./triggers/trigger-table.ts";

/** What a store is opened with. */
export interface StoreOptions {
  readonly dataDirectory: string;
  /** A PostgreSQL to use; absent: the embedded one, in the data directory. */
  readonly databaseUrl?: string;
  /** This process among those that share `databaseUrl`; absent: there are no others. */
  readonly hostId?: string;
  /** Whether this process brings the schema forward and keeps its partitions; absent: it does. */
  readonly keepsSchema?: boolean;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Gives up starting the embedded database. */
  readonly signal?: AbortSignal;
}

const readyWithinMs = 2_000;

/** Opens the state of the installation: database, migrations, account, spool, artifacts. Rejects with a sentence for a person. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const parts = new AsyncDisposableStack();
  try {
    return await openParts(options, parts);
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

async function openParts(options: StoreOptions, parts: AsyncDisposableStack): Promise<Store> {
  const { dataDirectory, clock, logger, keepsSchema = true, hostId = null } = options;
  await fs.mkdir(dataDirectory, { recursive: true, mode: 0o755 });
  const artifacts = parts.use(await openArtifacts({ directory: dataDirectory, logger }));
  const { connection, place } = await reachDatabase(options, parts);
  await (keepsSchema ? migrate : checkMigrated)(connection, place, await readMigrations());
  const clients = new AsyncDisposableStack();
  parts.defer(() => closeClients(clients, logger));
  const database = openDatabase(connection, place, logger);
  clients.defer(() => database.destroy());
  const { account, tokenKey, seal } = await readOrMakeAccount(database);
  await ensureDefaultNamespace(database, clock);
  if (options.databaseUrl === undefined) await endLeases(database, clock); // the embedded database is this process's alone
  if (keepsSchema) clients.use(await keepPartitions(database, clock, logger));
  clients.use(keepCodeCollected(artifacts, () => readUsed(database, clock), logger));
  const changes = clients.use(await NotifiedChanges.open(database, connection, logger));
  const spool = clients.use(
    new UsageSpool({ directory: path.join(dataDirectory, "spool"), connection, clock, logger }),
  );
  return {
    account,
    tokenKey,
    ...openTables(database, clock, { hostId, seal }),
    catalog: catalogReader(database),
    changes,
    events: eventQueue(database, clock),
    records: recordTable(database, spool),
    artifacts,
    isReady: () => isReady(database),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function openTables(database: Database, clock: Clock, { hostId, seal }: { hostId: string | null; seal: Seal }) {
  return {
    namespaces: namespaceTable(database, clock),
    functions: functionTable(database, clock, hostId),
    versions: versionTable(database, clock),
    aliases: aliasTable(database, clock),
    layers: layerTable(database, clock),
    builds: buildTable(database, clock),
    triggers: triggerTable(database, clock),
    ...tablesOfDomains(database, clock, seal),
    hosts: hostTable(database),
    apiGateway: apiGatewayTables(database, clock, seal),
  };
}

function tablesOfDomains(
  database: Database,
  clock: Clock,
  seal: Seal,
): Pick<Store, "domains" | "certificates" | "certificateOrders"> {
  return {
    domains: domainTable(database, clock),
    certificates: certificateTable(database, clock, seal),
    certificateOrders: certificateOrderTable(database, clock, seal),
  };
}

/** Packages that something names; what was built of the others is forgotten, so that nothing names that either. */
async function readUsed(database: Database, clock: Clock): Promise<Set<Sha256>> {
  const used = await codeInUse(database);
  await forgetBuilds(database, used, clock.now());
  return used;
}

/** A database that does not answer does not say goodbye either: nobody waits longer for it than this. */
const clientsCloseMs = 3_000;

async function closeClients(clients: AsyncDisposableStack, logger: Logger): Promise<void> {
  const closed = clients.disposeAsync().then(() => true);
  if (await Promise.race([closed, delay(clientsCloseMs, false, { ref: false })])) return;
  logger.warn({}, "The database did not answer when its connections were closed; going on");
  closed.catch((error: unknown) => logger.warn({ err: error }, "A connection to the database failed to close"));
}

async function reachDatabase(
  { dataDirectory, databaseUrl, logger, signal = new AbortController().signal }: StoreOptions,
  parts: AsyncDisposableStack,
): Promise<{ connection: ConnectionSettings; place: DatabasePlace }> {
  if (databaseUrl !== undefined) {
    return { connection: { kind: "url", url: databaseUrl }, place: describeUrl(databaseUrl) };
  }
  const server = parts.use(await startEmbeddedServer({ dataDirectory, logger }, { signal }));
  const { directory } = server;
  const place = {
    name: `the embedded PostgreSQL in ${directory}`,
    isDiskFull: () => isDiskFull(directory),
    describeFullDisk: () => describeFullDisk(directory),
  };
  return { connection: { kind: "socket", ...server.connection }, place };
}

/** Host and port, never the password. */
function describeUrl(databaseUrl: string): DatabasePlace {
  const { host, port } = parseUrl(databaseUrl);
  const name = `PostgreSQL at ${host}:${port}`;
  const sentence = `The disk of ${name} is full. Free some space there; nothing that was acknowledged is lost.`;
  return { name, isDiskFull: async () => false, describeFullDisk: async () => sentence };
}

/** As the driver will read it, socket directories in `?host=` included. */
function parseUrl(databaseUrl: string): { host: string; port: number } {
  const example = "DATABASE_URL must look like postgres://user:password@host:5432/name.";
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) throw new Error(example);
  try {
    const { host, port } = new Client({ connectionString: databaseUrl });
    return { host, port };
  } catch (cause) {
    throw new Error(example, { cause });
  }
}

async function isReady(database: Database): Promise<boolean> {
  const answer = sql`select 1`.execute(database).then(
    () => true,
    () => false,
  );
  return Promise.race([answer, delay(readyWithinMs, false, { ref: false })]);
}
