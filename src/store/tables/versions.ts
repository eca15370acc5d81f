import { randomUUID } from "node:crypto";
import { sql, type Selectable } from "kysely";
import type { Clock, FunctionId, Sha256 } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import type { VersionRecord, VersionTable } from "../store.ts";

/** The published versions; `$LATEST` lives with its function. */
export function versionTable(database: Database, clock: Clock): VersionTable {
  return {
    publish: (functionId, description) => publish(database, functionId, description, clock.now()),
    find: async (functionId, version) => {
      const number = toNumber(version);
      if (number === null) return null;
      const query = database.selectFrom("versions").selectAll().where("function_id", "=", functionId);
      const row = await query.where("number", "=", number).executeTakeFirst();
      return row ? toRecord(row) : null;
    },
    list: async (functionId) => {
      const query = database.selectFrom("versions").selectAll().where("function_id", "=", functionId);
      return (await query.orderBy("number").execute()).map(toRecord);
    },
    delete: (functionId, version) =>
      database.transaction().execute((transaction) => deleteVersion(transaction, functionId, version)),
  };
}

/** One statement: the row lock of the update makes concurrent publications take turns, each with its own number. */
async function publish(
  database: Database,
  functionId: FunctionId,
  description: string,
  now: number,
): Promise<VersionRecord | null> {
  const { rows } = await sql<Selectable<Schema["versions"]>>`
    with latest as (
      update gust.functions set last_version = last_version + 1 where function_id = ${functionId} returning *
    )
    insert into gust.versions
      (function_id, number, description, add_time, mod_time, status, revision, spec, code_sha256, code_size,
        layer_sha256s)
    select function_id, last_version, ${description}, ${now}::bigint, ${now}::bigint, 'Active',
      ${randomUUID()}, spec, code_sha256, code_size, layer_sha256s
    from latest
    returning *`.execute(database);
  return rows[0] ? toRecord(rows[0]) : null;
}

async function deleteVersion(
  database: Database,
  functionId: FunctionId,
  version: string,
): Promise<"deleted" | "missing" | "used-by-alias"> {
  const number = toNumber(version);
  if (number === null) return "missing";
  const query = database.selectFrom("aliases").select(["version", "weighted", "matched"]);
  const aliases = await query.where("function_id", "=", functionId).execute();
  const isUsed = aliases.some((alias) =>
    [alias, ...alias.weighted, ...alias.matched].some((target) => target.version === version),
  );
  if (isUsed) return "used-by-alias";
  const deletion = database.deleteFrom("versions").where("function_id", "=", functionId).where("number", "=", number);
  return (await deletion.executeTakeFirst()).numDeletedRows > 0n ? "deleted" : "missing";
}

/** `"7"` → 7; null for anything that is not a number we could have given. */
function toNumber(version: string): number | null {
  return /^[1-9]\d{0,8}$/.test(version) ? Number(version) : null;
}

function toRecord(row: Selectable<Schema["versions"]>): VersionRecord {
  return {
    version: String(row.number),
    description: row.description,
    addTime: row.add_time,
    modTime: row.mod_time,
    status: row.status,
    revision: row.revision,
    spec: row.spec,
    codeSha256: row.code_sha256 as Sha256, // brand: written from one
    codeSize: row.code_size,
  };
}
