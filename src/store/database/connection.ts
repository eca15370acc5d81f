import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from "kysely";
import { Pool, types, type ClientConfig, type PoolClient } from "pg";
import type { Logger } from "../../core/index.ts";
import type { Schema } from "./schema.ts";
import { toPlatformError, type DatabasePlace } from "./unavailable.ts";

/** How to reach the database; plain values, so that it can be handed to a worker thread. */
export type ConnectionSettings =
  | { readonly kind: "socket"; readonly host: string; readonly user: string; readonly database: string }
  | { readonly kind: "url"; readonly url: string };

export type Database = Kysely<Schema>;

const maxConnections = 10;
const connectTimeoutMs = 5_000;
const statementTimeoutMs = 10_000;
const int8 = 20;

/** Settings of one connection of `pg`, without touching its global type table. */
export function clientConfig(settings: ConnectionSettings, applicationName: string): ClientConfig {
  const target =
    settings.kind === "url"
      ? { connectionString: settings.url }
      : { host: settings.host, user: settings.user, database: settings.database };
  return {
    ...target,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    types: {
      getTypeParser: (oid: number, format?: "text" | "binary") =>
        oid === int8 ? parseSafeInteger : types.getTypeParser(oid, format),
    },
  };
}

/** Our bigint columns are milliseconds, microseconds, bytes and counts; anything above 2^53 is a bug, not a rounding. */
function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit a number`);
  return value;
}

/** The pool that every repository uses. Its tables are those of the `gust` schema. */
export function openDatabase(settings: ConnectionSettings, place: DatabasePlace, logger: Logger): Database {
  const pool = new Pool({
    ...clientConfig(settings, "gust"),
    max: maxConnections,
    idleTimeoutMillis: 10_000,
    statement_timeout: statementTimeoutMs,
    // For a server that is unreachable rather than slow: it cannot cancel the statement itself.
    query_timeout: statementTimeoutMs + 2_000,
  });
  // The pool forgets the connection by itself and makes another one when it is asked next.
  pool.on("error", ({ message }) => {
    if (!pool.ending) logger.warn({ reason: message }, "A database connection broke");
  });
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: translatingPool(pool, place) }) }).withSchema(
    "gust",
  );
}

/** The pool as Kysely uses it, with every rejection an error of our catalogue. */
function translatingPool(pool: Pool, place: DatabasePlace): PostgresPool {
  const clients = new WeakMap<PoolClient, PostgresPoolClient>();
  return {
    async connect() {
      const client = await pool.connect().catch(async (error: unknown) => {
        throw await toPlatformError(error, place);
      });
      const known = clients.get(client) ?? translatingClient(client, place);
      clients.set(client, known);
      return known;
    },
    end: () => pool.end(),
  };
}

function translatingClient(client: PoolClient, place: DatabasePlace): PostgresPoolClient {
  // The pool listens for idle clients alone; one that breaks between two statements is met by the next statement.
  client.on("error", () => undefined);
  const query = async (statement: string, parameters: readonly unknown[]): Promise<unknown> => {
    try {
      return await client.query(statement, parameters.map(storable));
    } catch (error) {
      throw await toPlatformError(error, place);
    }
  };
  // `query` of the interface has a second form for cursors, which Kysely uses for streams alone; we have none.
  return { query: query as PostgresPoolClient["query"], release: () => client.release() };
}

/** PostgreSQL's text does not take U+0000: it becomes U+FFFD, in one place for every statement. */
function storable(parameter: unknown): unknown {
  if (typeof parameter === "string" && parameter.includes("\0")) return parameter.replaceAll("\0", "\uFFFD");
  if (Array.isArray(parameter)) return parameter.map(storable);
  return parameter;
}
