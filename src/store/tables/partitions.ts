import { sql } from "kysely";
import type { Clock, Logger } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";

/** Records and logs of calls, and of requests of the API gateway, are kept so long. */
export const retentionDays = 30;
const daysAhead = 3;
const dayMs = 24 * 60 * 60 * 1_000;
const everyMs = 60 * 60 * 1_000;
const partitioned = ["usage", "logs", "api_logs"] as const;

/** Keeps partitions ready ahead of time and drops those past the retention, at once and then hourly. */
export async function keepPartitions(database: Database, clock: Clock, logger: Logger): Promise<AsyncDisposable> {
  await makePartitions(database, clock.now());
  let running = dropOld(database, clock.now()).catch((error: unknown) => report(error, logger));
  const timer = setInterval(() => {
    const now = clock.now();
    running = makePartitions(database, now)
      .then(() => dropOld(database, now))
      .catch((error: unknown) => report(error, logger));
  }, everyMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}

function report(error: unknown, logger: Logger): void {
  logger.warn({ err: error }, "Partitions could not be made or dropped; trying again in an hour");
}

/** Today and the days ahead. Rows for a day without one go to the default partition, so nothing is ever refused. */
export async function makePartitions(database: Database, now: number): Promise<void> {
  const today = Math.floor(now / dayMs) * dayMs;
  const present = await partitionNames(database);
  const days = Array.from({ length: daysAhead + 1 }, (_, ahead) => today + ahead * dayMs);
  for (const table of partitioned) {
    const missing = days.filter((day) => !present.has(partitionName(table, day)));
    for (const day of missing) await makePartition(database, table, day);
  }
}

async function makePartition(database: Database, table: string, day: number): Promise<void> {
  const column = table === "usage" ? "started_at" : "at";
  const other = await sql<{ taken: boolean }>`
    select exists (select from ${sql.table(`gust.${table}_other`)}
      where ${sql.ref(column)} >= ${day} and ${sql.ref(column)} < ${day + dayMs}) as taken`.execute(database);
  if (other.rows[0]?.taken) return; // early rows of that day are in the default partition, and so stay there
  await sql`
    create table if not exists ${sql.table(`gust.${partitionName(table, day)}`)}
    partition of ${sql.table(`gust.${table}`)}
    for values from (${sql.lit(day)}) to (${sql.lit(day + dayMs)})`.execute(database);
}

/** Dropped, never deleted from; only the default partition, which is small, is. */
export async function dropOld(database: Database, now: number): Promise<void> {
  const oldest = Math.floor(now / dayMs) * dayMs - retentionDays * dayMs;
  for (const name of await partitionNames(database)) {
    const day = partitionDay(name);
    if (day !== null && day < oldest) await sql`drop table if exists ${sql.table(`gust.${name}`)}`.execute(database);
  }
  await sql`delete from gust.usage_other where started_at < ${oldest}`.execute(database);
  await sql`delete from gust.logs_other where at < ${oldest}`.execute(database);
  await sql`delete from gust.api_logs_other where at < ${oldest}`.execute(database);
  await sql`delete from gust.spool_segments where shipped_at < ${oldest}`.execute(database);
  await sql`delete from gust.event_outcomes where ended_at < ${oldest}`.execute(database);
}

async function partitionNames(database: Database): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    select child.relname as name
    from pg_inherits join pg_class child on child.oid = inhrelid
    where inhparent = any(${partitioned.map((table) => `gust.${table}`)}::regclass[])`.execute(database);
  return new Set(rows.map(({ name }) => name));
}

/** `usage_20261124`; days are UTC. */
function partitionName(table: string, day: number): string {
  return `${table}_${new Date(day).toISOString().slice(0, 10).replaceAll("-", "")}`;
}

function partitionDay(name: string): number | null {
  const [, year, month, day] = /_(\d{4})(\d\d)(\d\d)$/.exec(name) ?? [];
  return year && month && day ? Date.UTC(Number(year), Number(month) - 1, Number(day)) : null;
}
