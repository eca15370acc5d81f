import { sql, type ExpressionBuilder, type Expression, type Selectable, type SqlBool } from "kysely";
import type { FunctionForm, FunctionId, InvocationKind, RequestId } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import type { UsageSpool } from "../spool/index.ts";
import type { InvocationRecord, RecordFilter, RecordTable } from "../store.ts";
import { insertLogs, logsOf, readInstanceLogs, type CallLog } from "../logs/log-table.ts";

/** Usage records (through the spool) and the logs that go with them. */
export function recordTable(database: Database, spool: UsageSpool): RecordTable {
  return {
    append: (record, written) => spool.append(record, written),
    flush: (options) => spool.flush(options),
    query: (filter) => query(database, filter),
    find: (requestId) => find(database, requestId),
    insertLogs: (rows) => insertLogs(database, rows),
    instanceLogs: (functionId, from, to, limit, order = "asc") =>
      readInstanceLogs(database, functionId, from, to, limit, order),
    get backlog() {
      return spool.backlog;
    },
  };
}

/** What `Filter.RetCode` of GetFunctionLogs stands for, in result codes. */
const statusesOf = {
  TimeLimitExceeded: [433],
  ResourceLimitExceeded: [429, 432, 434],
  UserCodeException: [430, 439, 443],
} as const;

const orderColumns = {
  startTime: "started_at",
  duration: "duration_us",
  memoryBytes: "memory_bytes",
  name: "name",
} as const;

async function query(
  database: Database,
  filter: RecordFilter,
): Promise<{ total: number; records: readonly InvocationRecord[] }> {
  const matching = database.selectFrom("usage").where(matchesFilter(filter));
  const [count, rows] = await Promise.all([
    matching.select((of) => of.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
    matching
      .selectAll()
      .orderBy(orderColumns[filter.orderBy], filter.order)
      .orderBy("started_at", filter.order)
      .orderBy("request_id")
      .offset(sql.lit(Math.trunc(filter.offset)))
      .limit(sql.lit(Math.trunc(filter.limit)))
      .execute(),
  ]);
  return { total: count.total, records: await withLogs(database, rows) };
}

/** Of an event that was retried: its last delivery. */
async function find(database: Database, requestId: string): Promise<InvocationRecord | null> {
  const rows = await database
    .selectFrom("usage")
    .selectAll()
    .where("request_id", "=", requestId)
    .orderBy("started_at", "desc")
    .orderBy("retry", "desc")
    .limit(1)
    .execute();
  return (await withLogs(database, rows))[0] ?? null;
}

type Builder = ExpressionBuilder<Schema, "usage">;

function matchesFilter(filter: RecordFilter): (builder: Builder) => Expression<SqlBool> {
  return (builder) => {
    const conditions: Expression<SqlBool>[] = [
      builder("function_id", "=", filter.functionId),
      builder("started_at", ">=", filter.from),
      builder("started_at", "<=", filter.to),
    ];
    const { qualifier, requestId, retCode } = filter;
    // A caller asks for what it called (an alias) or for what ran (a version).
    if (qualifier) {
      conditions.push(builder.or([builder("qualifier", "=", qualifier), builder("version", "=", qualifier)]));
    }
    if (requestId) conditions.push(builder("request_id", "=", requestId));
    if (retCode) conditions.push(matchesRetCode(builder, retCode));
    return builder.and(conditions);
  };
}

function matchesRetCode(builder: Builder, retCode: NonNullable<RecordFilter["retCode"]>): Expression<SqlBool> {
  if (retCode === "is0") return builder("status", "=", 200);
  if (retCode === "not0") return builder("status", "<>", 200);
  return builder("status", "in", statusesOf[retCode]);
}

async function withLogs(
  database: Database,
  rows: readonly Selectable<Schema["usage"]>[],
): Promise<readonly InvocationRecord[]> {
  const logs = await logsOf(database, rows);
  return rows.map((row, index) => toRecord(row, logs[index] ?? null));
}

function toRecord(row: Selectable<Schema["usage"]>, log: CallLog | null): InvocationRecord {
  return {
    requestId: row.request_id as RequestId, // brand: written from one
    functionId: row.function_id as FunctionId, // brand: written from one
    namespace: row.namespace,
    name: row.name,
    version: row.version,
    qualifier: row.qualifier,
    form: row.form as FunctionForm, // written from one
    kind: row.kind as InvocationKind, // written from one
    startedAt: row.started_at,
    durationUs: row.duration_us,
    queueUs: row.queue_us,
    claimUs: row.claim_us,
    mountUs: row.mount_us,
    initUs: row.init_us,
    thawUs: row.thaw_us,
    runUs: row.run_us,
    memoryMb: row.memory_mb,
    memoryBytes: row.memory_bytes,
    status: row.status,
    httpStatus: row.http_status,
    bytesIn: row.bytes_in,
    bytesOut: row.bytes_out,
    networkBytesOut: row.network_bytes_out,
    retry: row.retry,
    isCold: row.is_cold,
    lines: log?.lines ?? [],
    droppedLines: log?.droppedLines ?? 0,
    returnMessage: log?.returnMessage ?? "",
  };
}
