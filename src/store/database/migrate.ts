import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { Client } from "pg";
import { clientConfig, type ConnectionSettings } from "./connection.ts";
import { toPlatformError, type DatabasePlace } from "./unavailable.ts";

/** One step forward of the schema: `NNNN-name.sql`. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  readonly sql: string;
}

const directory = path.join(import.meta.dirname, "..", "migrations");
/** Any constant of ours: one process migrates, the others wait for it. */
const advisoryLock = 4_878_001;

/** The migrations of this version, in order. */
export async function readMigrations(from: string = directory): Promise<readonly Migration[]> {
  const files = (await fs.readdir(from)).filter((file) => file.endsWith(".sql")).toSorted();
  const migrations = await Promise.all(files.map((file) => readMigration(path.join(from, file))));
  migrations.forEach((migration, index) => {
    if (migration.number !== index + 1) throw new Error(`Migration ${index + 1} is missing in ${from}`);
  });
  return migrations;
}

async function readMigration(file: string): Promise<Migration> {
  const [, digits, name] = /^(\d{4})-(.+)\.sql$/.exec(path.basename(file)) ?? [];
  if (!digits || !name) throw new Error(`${file} is not named NNNN-name.sql`);
  const sql = await fs.readFile(file, "utf8");
  return { number: Number(digits), name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
}

/**
 * Brings the database to this version, each migration in its own transaction, under an advisory lock.
 * A database of a newer version, or one whose history differs from ours, is refused and left as it is.
 */
export function migrate(
  settings: ConnectionSettings,
  place: DatabasePlace,
  migrations: readonly Migration[],
): Promise<void> {
  return withClient(settings, place, async (client) => {
    const applied = await appliedMigrations(client);
    checkHistory(applied, migrations);
    if (applied.length < migrations.length) await applyMissing(client, migrations);
  });
}

/** Rejects unless the database is at this version: for a process that brings no schema forward. */
export function checkMigrated(
  settings: ConnectionSettings,
  place: DatabasePlace,
  migrations: readonly Migration[],
): Promise<void> {
  return withClient(settings, place, async (client) => {
    const applied = await appliedMigrations(client);
    checkHistory(applied, migrations);
    if (applied.length === migrations.length) return;
    throw new SchemaRefusedError(
      `This database is at migration ${applied.length} of ${migrations.length}. Start a process with the role control of this version first: it brings the database forward.`,
    );
  });
}

async function withClient(
  settings: ConnectionSettings,
  place: DatabasePlace,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const client = new Client(clientConfig(settings, "gust migrations"));
  client.on("error", () => undefined); // the statement under way rejects with the same reason
  try {
    await client.connect();
    await work(client);
  } catch (error) {
    throw await toPlatformError(error, place);
  } finally {
    await client.end().catch(() => undefined); // nothing of ours is under way any more
  }
}

interface Applied {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
}

async function appliedMigrations(client: Client): Promise<readonly Applied[]> {
  const known = await client.query<{ exists: boolean }>("select to_regclass('gust.migrations') is not null as exists");
  if (!known.rows[0]?.exists) return [];
  const { rows } = await client.query<Applied>("select number, name, checksum from gust.migrations order by number");
  return rows;
}

function checkHistory(applied: readonly Applied[], migrations: readonly Migration[]): void {
  const last = applied.at(-1)?.number ?? 0;
  if (last > migrations.length) {
    throw new SchemaRefusedError(
      `This database was made by a newer Gust (migration ${last}; this one knows 1–${migrations.length}). Install that version or use another --data directory.`,
    );
  }
  const changed = applied.find(({ number, checksum }) => migrations[number - 1]?.checksum !== checksum);
  if (!changed) return;
  throw new SchemaRefusedError(
    `Migration ${changed.number} (${changed.name}) of this database differs from the one this Gust knows. Install the version that made it or use another --data directory.`,
  );
}

/** The database's history does not fit this version; nothing was changed. */
class SchemaRefusedError extends Error {
  override readonly name = "SchemaRefusedError";
}

async function applyMissing(client: Client, migrations: readonly Migration[]): Promise<void> {
  await client.query("select pg_advisory_lock($1)", [advisoryLock]);
  // Another process may have been faster, and may be newer.
  const applied = await appliedMigrations(client);
  checkHistory(applied, migrations);
  if (applied.length === 0) await client.query(migrationsTable);
  for (const migration of migrations.slice(applied.length)) await apply(client, migration);
  await client.query("select pg_advisory_unlock($1)", [advisoryLock]);
}

const migrationsTable = `
  create schema if not exists gust;
  create table if not exists gust.migrations (
    number int primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
  )`;

async function apply(client: Client, { number, name, checksum, sql }: Migration): Promise<void> {
  await client.query("begin");
  try {
    await client.query("set local search_path = gust");
    await client.query(sql);
    await client.query("insert into gust.migrations (number, name, checksum) values ($1, $2, $3)", [
      number,
      name,
      checksum,
    ]);
    await client.query("commit");
  } catch (cause) {
    await client.query("rollback").catch(() => undefined); // a lost connection has rolled back already
    throw cause;
  }
}
