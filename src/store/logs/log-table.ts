import { sql } from "kysely";
import type { FunctionId, LogLine } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { InstanceLogRow, LogRow } from "../store.ts";

/** What one call printed and answered. */
export interface CallLog {
  readonly lines: readonly LogLine[];
  readonly droppedLines: number;
  readonly returnMessage: string;
}

/** What one statement takes: escaping that much for PostgreSQL holds the event loop for 2 ms. */
const statementBytes = 128 * 1024;
/** Of the lines of one row, from which on it goes by itself. */
const longBytes = 32 * 1024;

/** Writes texts of calls and of instances, all or none of them. */
export async function insertLogs(database: Database, rows: readonly LogRow[]): Promise<void> {
  const long = rows.filter(isLong);
  const parts = partsOf(rows.filter((row) => !isLong(row)));
  if (parts.length + long.length <= 1) return insertParts(database, parts, long);
  await database.transaction().execute((transaction) => insertParts(transaction, parts, long));
}

function isLong({ lines }: LogRow): boolean {
  return lines.size >= longBytes;
}

/** Short rows, so many at a time as one statement takes. */
function partsOf(rows: readonly LogRow[]): LogRow[][] {
  const parts: LogRow[][] = [];
  let bytes = Infinity;
  for (const row of rows) {
    const own = row.lines.size + row.returnMessage.length;
    bytes += own;
    if (bytes > statementBytes) {
      parts.push([]);
      bytes = own;
    }
    parts.at(-1)?.push(row);
  }
  return parts;
}

async function insertParts(database: Database, parts: readonly LogRow[][], long: readonly LogRow[]): Promise<void> {
  for (const part of parts) await insertShort(database, part);
  for (const row of long) await insertLong(database, row);
}

/** Its lines are bytes already, and go as they are. */
async function insertLong(database: Database, row: LogRow): Promise<void> {
  const { functionId, requestId, instanceId, version, droppedLines, returnMessage } = row;
  const lines = row.lines.json();
  await sql`
    insert into gust.logs
      (function_id, request_id, instance_id, version, at, lines, dropped_lines, return_message)
    values (${functionId}, ${requestId}, ${instanceId}, ${version}, ${Math.round(row.at)}, ${lines}::json,
      ${droppedLines}, ${returnMessage})`.execute(database);
}

async function insertShort(database: Database, rows: readonly LogRow[]): Promise<void> {
  await sql`
    insert into gust.logs
      (function_id, request_id, instance_id, version, at, lines, dropped_lines, return_message)
    select * from unnest(
      ${rows.map((row) => row.functionId)}::text[],
      ${rows.map((row) => row.requestId)}::text[],
      ${rows.map((row) => row.instanceId)}::text[],
      ${rows.map((row) => row.version)}::text[],
      ${rows.map((row) => Math.round(row.at))}::bigint[],
      ${rows.map((row) => row.lines.json().toString())}::json[],
      ${rows.map((row) => row.droppedLines)}::int[],
      ${rows.map((row) => row.returnMessage)}::text[]
    )`.execute(database);
}

interface CallRow {
  readonly request_id: string;
  readonly at: number;
  readonly lines: LogLine[];
  readonly dropped_lines: number;
  readonly return_message: string;
}

/** The log of each call, or null where there is none. Deliveries of one event share a request id: the log nearest in time is a delivery's own. */
export async function logsOf(
  database: Database,
  calls: readonly { readonly request_id: string; readonly started_at: number }[],
): Promise<readonly (CallLog | null)[]> {
  if (calls.length === 0) return [];
  const { rows } = await sql<CallRow>`
    select request_id, at, lines, dropped_lines, return_message from gust.logs
    where request_id = any(${calls.map((call) => call.request_id)}::text[])`.execute(database);
  const byRequest = Map.groupBy(rows, (row) => row.request_id);
  return calls.map((call) => {
    const distance = (row: CallRow): number => Math.abs(row.at - call.started_at);
    const [nearest] = (byRequest.get(call.request_id) ?? []).toSorted((one, other) => distance(one) - distance(other));
    if (!nearest) return null;
    return { lines: nearest.lines, droppedLines: nearest.dropped_lines, returnMessage: nearest.return_message };
  });
}

/** What instances said between calls in a span of time, oldest first. */
export async function readInstanceLogs(
  database: Database,
  functionId: FunctionId,
  from: number,
  to: number,
  limit: number,
  order: "asc" | "desc",
): Promise<readonly InstanceLogRow[]> {
  const { rows } = await sql<{ version: string; instance_id: string; lines: LogLine[] }>`
    select version, instance_id, lines from gust.logs
    where function_id = ${functionId} and instance_id is not null and at between ${from} and ${to}
    order by at ${sql.raw(order)} limit ${limit}`.execute(database);
  return rows.map(({ version, instance_id, lines }) => ({ version, instanceId: instance_id, lines }));
}
