import fs from "node:fs";
import path from "node:path";
import { setInterval as every } from "node:timers/promises";
import { Client } from "pg";
import { systemClock, type UsageRecord } from "../core/index.ts";
import type { Append } from "./spool/open-segment.ts";
import type { ReserveSize } from "./spool/reserve.ts";
import { wholeLines } from "./spool/segments.ts";
import { UsageSpool } from "./spool/usage-spool.ts";
import { KeptLog, type StoreUnderTest } from "./store-under-test.ts";

// What the tests of the spool share: a spool of their own beside that of a store, and what is on disk and in the database.

interface Beside extends AsyncDisposable {
  readonly spool: UsageSpool;
  readonly directory: string;
}

export async function spoolBeside(
  { dataDirectory }: StoreUnderTest,
  directory: string = path.join(dataDirectory, "other-spool"),
  options: { append?: Append; logger?: KeptLog; reserve?: ReserveSize } = {},
): Promise<Beside> {
  const host = path.join(dataDirectory, "postgres");
  const connection = { kind: "socket", host, user: "gust", database: "postgres" } as const;
  const spool = new UsageSpool({ logger: new KeptLog(), ...options, directory, connection, clock: systemClock });
  return { spool, directory, [Symbol.asyncDispose]: () => spool[Symbol.asyncDispose]() };
}

export function append(
  to: { append(record: UsageRecord, written: () => void): void },
  record: UsageRecord,
): Promise<void> {
  return new Promise((resolve) => to.append(record, resolve));
}

export function filesIn(directory: string): string[] {
  return fs.readdirSync(directory).map((name) => path.join(directory, name));
}

export function segmentsIn(directory: string): string[] {
  return filesIn(directory).filter((file) => file.endsWith(".usage"));
}

export function textOf(directory: string): string {
  return segmentsIn(directory)
    .map((file) => wholeLines(fs.readFileSync(file)).toString())
    .join("");
}

export function linesIn(directory: string): number {
  return textOf(directory).split("\n").length - 1;
}

/** The given records that the shared database has, in the given order, each as often as it is there. */
export async function stored({ dataDirectory }: StoreUnderTest, records: readonly UsageRecord[]): Promise<string[]> {
  const all = await storedIds(path.join(dataDirectory, "postgres"));
  return records.flatMap(({ requestId }) => all.filter((id) => id === requestId));
}

export async function storedIds(home: string): Promise<string[]> {
  return (await select<{ request_id: string }>(home, "select request_id from gust.usage")).map((row) => row.request_id);
}

export async function countsOf(
  { dataDirectory }: StoreUnderTest,
  functionId: string,
): Promise<{ all: number; different: number } | undefined> {
  const statement = `select count(*)::int as all, count(distinct request_id)::int as different
    from gust.usage where function_id = '${functionId}'`;
  const [counts] = await select<{ all: number; different: number }>(path.join(dataDirectory, "postgres"), statement);
  return counts;
}

async function select<Row extends object>(home: string, statement: string): Promise<Row[]> {
  const client = new Client({ host: home, user: "gust", database: "postgres" });
  await client.connect();
  const { rows } = await client.query<Row>(statement);
  await client.end();
  return rows;
}

export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const signal = AbortSignal.timeout(20_000);
  for await (const _ of every(10, undefined, { signal })) if (await isTrue()) return;
}
