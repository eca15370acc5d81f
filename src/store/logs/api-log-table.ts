import { sql, type Expression, type ExpressionBuilder, type Selectable, type SqlBool } from "kysely";
import type { ApiLog } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import type { ApiLogCondition, ApiLogSearch, ApiLogTable } from "./api-logs.ts";

/** Logs of the API gateway: written in batches, read by whoever searches. */
export function apiLogTable(database: Database): ApiLogTable {
  return {
    insert: (logs) => insert(database, logs),
    search: async (search) => {
      const query = database.selectFrom("api_logs").selectAll().where(fits(search));
      const rows = await query
        .orderBy("at", search.order)
        .orderBy("request_id", search.order)
        .limit(sql.lit(Math.trunc(search.limit)))
        .execute();
      return rows.map(toLog);
    },
  };
}

/** One statement, whatever their number: a list of values would have a parameter for each of them. */
async function insert(database: Database, logs: readonly ApiLog[]): Promise<void> {
  await sql`
    insert into gust.api_logs
      (request_id, at, service_id, api_id, environment, host, path, method, scheme, status, backend_status, client_address,
        backend_address, key_id, bytes_in, bytes_out, duration_us, backend_us, error_message)
    select * from unnest(
      ${logs.map((log) => log.requestId)}::text[], ${logs.map((log) => log.at)}::bigint[],
      ${logs.map((log) => log.serviceId)}::text[], ${logs.map((log) => log.apiId)}::text[],
      ${logs.map((log) => log.environment)}::text[], ${logs.map((log) => log.host)}::text[],
      ${logs.map((log) => log.path)}::text[], ${logs.map((log) => log.method)}::text[],
      ${logs.map((log) => log.scheme)}::text[], ${logs.map((log) => log.status)}::int[],
      ${logs.map((log) => log.backendStatus)}::int[], ${logs.map((log) => log.clientAddress)}::text[],
      ${logs.map((log) => log.backendAddress)}::text[], ${logs.map((log) => log.keyId)}::text[],
      ${logs.map((log) => log.bytesIn)}::bigint[], ${logs.map((log) => log.bytesOut)}::bigint[],
      ${logs.map((log) => log.durationUs)}::bigint[], ${logs.map((log) => log.backendUs)}::bigint[],
      ${logs.map((log) => log.errorMessage)}::text[]
    )`.execute(database);
}

type Builder = ExpressionBuilder<Schema, "api_logs">;

function fits(search: ApiLogSearch): (builder: Builder) => Expression<SqlBool> {
  const { serviceId, from, to, order, after, conditions } = search;
  return (builder) =>
    builder.and([
      builder("service_id", "=", serviceId),
      builder("at", ">=", from),
      builder("at", "<=", to),
      ...(after === null ? [] : [isBehind(after, order)]),
      ...conditions.map((condition) => holds(builder, condition)),
    ]);
}

function isBehind({ at, requestId }: NonNullable<ApiLogSearch["after"]>, order: ApiLogSearch["order"]) {
  const behind = sql.raw(order === "asc" ? ">" : "<");
  return sql<SqlBool>`(at, request_id) ${behind} (${at}, ${requestId})`;
}

const columns = {
  requestId: "request_id",
  apiId: "api_id",
  clientAddress: "client_address",
  environment: "environment",
  backendAddress: "backend_address",
  errorMessage: "error_message",
  status: "status",
  durationUs: "duration_us",
} as const;

function holds(builder: Builder, condition: ApiLogCondition): Expression<SqlBool> {
  const column = columns[condition.field];
  if ("is" in condition) return builder(column, "in", [...condition.is]);
  if ("operator" in condition) return builder(column, condition.operator, condition.value);
  return sql<SqlBool>`position(${condition.contains} in ${sql.ref(column)}::text) > 0`;
}

function toLog(row: Selectable<Schema["api_logs"]>): ApiLog {
  return {
    requestId: row.request_id,
    at: row.at,
    serviceId: row.service_id,
    apiId: row.api_id,
    environment: row.environment as ApiLog["environment"], // written from one
    host: row.host,
    path: row.path,
    method: row.method,
    scheme: row.scheme === "https" ? "https" : "http",
    status: row.status,
    backendStatus: row.backend_status,
    clientAddress: row.client_address,
    backendAddress: row.backend_address,
    keyId: row.key_id,
    bytesIn: row.bytes_in,
    bytesOut: row.bytes_out,
    durationUs: row.duration_us,
    backendUs: row.backend_us,
    errorMessage: row.error_message,
  };
}
