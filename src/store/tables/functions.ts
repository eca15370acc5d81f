import { randomUUID } from "node:crypto";
import { sql, type Selectable } from "kysely";
import {
  qualifiers,
  type Clock,
  type FunctionId,
  type FunctionSpec,
  type FunctionStatus,
  type Sha256,
} from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import { jsonbText } from "../database/jsonb.ts";
import type { Schema } from "../database/schema.ts";
import { report } from "../hosts/deployment-status.ts";
import type { FunctionFilter, FunctionRecord, FunctionTable, NewFunction, StatusReason } from "../store.ts";
import { insertAlias } from "./aliases.ts";
import { matchesFilter } from "./function-filter.ts";

/** The functions, each with its `$LATEST`. `hostId`: this process among those that share the database; null where none does. */
export function functionTable(database: Database, clock: Clock, hostId: string | null = null): FunctionTable {
  return {
    create: (created, limit) => database.transaction().execute((inside) => create(inside, created, limit, clock)),
    find: async (namespace, name) => {
      const query = database.selectFrom("functions").selectAll();
      const row = await query.where("namespace", "=", namespace).where("name", "=", name).executeTakeFirst();
      return row ? toRecord(row) : null;
    },
    findById: async (functionId) => {
      const query = database.selectFrom("functions").selectAll().where("function_id", "=", functionId);
      const row = await query.executeTakeFirst();
      return row ? toRecord(row) : null;
    },
    list: (filter) => list(database, filter),
    countByNamespace: async () => {
      const query = database
        .selectFrom("functions")
        .select(["namespace", (count) => count.fn.countAll<number>().as("count")]);
      const rows = await query.groupBy("namespace").execute();
      return new Map(rows.map((row) => [row.namespace, row.count]));
    },
    update: (functionId, revision, change) => update(database, functionId, revision, change, clock),
    setStatus: (functionId, revision, status, reasons) =>
      hostId === null
        ? setStatus(database, functionId, revision, status, reasons)
        : report(database, functionId, revision, { hostId, status, reasons }),
    delete: async (functionId) => {
      const deleted = await database.deleteFrom("functions").where("function_id", "=", functionId).executeTakeFirst();
      return deleted.numDeletedRows > 0n;
    },
  };
}

async function setStatus(
  database: Database,
  functionId: FunctionId,
  revision: string,
  status: FunctionStatus,
  reasons: readonly StatusReason[],
): Promise<{ status: FunctionStatus; isNew: boolean } | null> {
  const updated = await database
    .updateTable("functions")
    .set({ status, status_reasons: JSON.stringify(reasons), ...(status === "Active" ? { served: null } : {}) })
    .where("function_id", "=", functionId)
    .where("revision", "=", revision)
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n ? { status, isNew: false } : null;
}

async function create(
  database: Database,
  created: NewFunction,
  limitPerNamespace: number,
  clock: Clock,
): Promise<"created" | "exists" | "limit" | "namespace-missing"> {
  const { namespace, name, functionId } = created;
  // The lock lets two creations at the limit see each other.
  const home = await database
    .selectFrom("namespaces")
    .select("name")
    .where("name", "=", namespace)
    .forUpdate()
    .execute();
  if (home.length === 0) return "namespace-missing";
  const there = await database
    .selectFrom("functions")
    .select((of) => [of.fn.countAll<number>().as("count"), sql<boolean | null>`bool_or(name = ${name})`.as("has_name")])
    .where("namespace", "=", namespace)
    .executeTakeFirstOrThrow();
  if (there.has_name === true) return "exists";
  if (there.count >= limitPerNamespace) return "limit";
  const now = clock.now();
  await insertFunction(database, created, now);
  const whole = { name: qualifiers.default, version: qualifiers.latest, weighted: [], matched: [], description: "" };
  await insertAlias(database, functionId, whole, now);
  return "created";
}

async function insertFunction(database: Database, created: NewFunction, now: number): Promise<void> {
  await database
    .insertInto("functions")
    .values({
      function_id: created.functionId,
      namespace: created.namespace,
      name: created.name,
      domain_label: created.domainLabel,
      status: "Creating",
      status_reasons: "[]",
      add_time: now,
      mod_time: now,
      revision: randomUUID(),
      code_sha256: created.codeSha256,
      code_size: created.codeSize,
      ...specColumns(created.spec),
    })
    .execute();
}

async function update(
  database: Database,
  functionId: FunctionId,
  revision: string,
  change: { readonly spec?: FunctionSpec; readonly codeSha256?: Sha256; readonly codeSize?: number },
  clock: Clock,
): Promise<"updated" | "conflict" | "missing"> {
  const updated = await database
    .updateTable("functions")
    .set({
      status: "Updating",
      status_reasons: "[]",
      served: servedNow,
      revision: randomUUID(),
      mod_time: clock.now(),
      ...(change.spec ? specColumns(change.spec) : {}),
      ...(change.codeSha256 === undefined ? {} : { code_sha256: change.codeSha256 }),
      ...(change.codeSize === undefined ? {} : { code_size: change.codeSize }),
    })
    .where("function_id", "=", functionId)
    .where("revision", "=", revision)
    .executeTakeFirst();
  if (updated.numUpdatedRows > 0n) return "updated";
  const query = database.selectFrom("functions").select("function_id").where("function_id", "=", functionId);
  return (await query.executeTakeFirst()) ? "conflict" : "missing";
}

/** A revision that is Active goes on serving until the next one is; while that fails or is overtaken, it stays the one. */
const servedNow = sql<string>`case when status = 'Active' then json_build_object('revision', revision, 'spec', spec,
  'code_sha256', code_sha256, 'code_size', code_size) else served end`;

interface SpecColumns {
  spec: string;
  layer_sha256s: string[];
  description: string;
  runtime: string;
  type: string;
  tags: string;
}

/** The specification, and the copies that are looked up. */
function specColumns(spec: FunctionSpec): SpecColumns {
  return {
    spec: JSON.stringify(spec),
    layer_sha256s: spec.layers.map(({ sha256 }) => sha256),
    description: spec.description,
    runtime: spec.runtime,
    type: spec.type,
    tags: jsonbText(spec.kept["Tags"] ?? []),
  };
}

const orderColumns = { addTime: "add_time", modTime: "mod_time", name: "name" } as const;

async function list(
  database: Database,
  filter: FunctionFilter,
): Promise<{ total: number; functions: readonly FunctionRecord[] }> {
  const matching = database.selectFrom("functions").where(matchesFilter(filter));
  const [count, rows] = await Promise.all([
    matching.select((of) => of.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
    matching
      .selectAll()
      .orderBy(orderColumns[filter.orderBy], filter.order)
      .orderBy("function_id")
      .offset(sql.lit(Math.trunc(filter.offset)))
      .limit(sql.lit(Math.trunc(filter.limit)))
      .execute(),
  ]);
  return { total: count.total, functions: rows.map(toRecord) };
}

function toRecord(row: Selectable<Schema["functions"]>): FunctionRecord {
  return {
    functionId: row.function_id as FunctionId, // brand: written from one
    namespace: row.namespace,
    name: row.name,
    status: row.status,
    statusReasons: row.status_reasons,
    domainLabel: row.domain_label,
    addTime: row.add_time,
    modTime: row.mod_time,
    revision: row.revision,
    spec: row.spec,
    codeSha256: row.code_sha256 as Sha256, // brand: written from one
    codeSize: row.code_size,
  };
}
