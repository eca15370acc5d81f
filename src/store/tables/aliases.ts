import type { Selectable } from "kysely";
import type { Alias, Clock, FunctionId } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import type { AliasRecord, AliasTable } from "../store.ts";

/** The aliases of functions. */
export function aliasTable(database: Database, clock: Clock): AliasTable {
  return {
    create: async (functionId, alias) =>
      (await insertAlias(database, functionId, alias, clock.now())) ? "created" : "exists",
    update: async (functionId, alias) => {
      const updated = await database
        .updateTable("aliases")
        .set({
          ...routeColumns(alias),
          mod_time: clock.now(),
          ...(alias.description === undefined ? {} : { description: alias.description }),
        })
        .where("function_id", "=", functionId)
        .where("name", "=", alias.name)
        .executeTakeFirst();
      return updated.numUpdatedRows > 0n;
    },
    find: async (functionId, name) => {
      const query = database.selectFrom("aliases").selectAll().where("function_id", "=", functionId);
      const row = await query.where("name", "=", name).executeTakeFirst();
      return row ? toRecord(row) : null;
    },
    list: async (functionId) => {
      const query = database.selectFrom("aliases").selectAll().where("function_id", "=", functionId);
      return (await query.orderBy("add_time").orderBy("name").execute()).map(toRecord);
    },
    delete: async (functionId, name) => {
      const query = database.deleteFrom("aliases").where("function_id", "=", functionId).where("name", "=", name);
      return (await query.executeTakeFirst()).numDeletedRows > 0n;
    },
  };
}

/** Answers false when the function has an alias of that name. */
export async function insertAlias(
  database: Database,
  functionId: FunctionId,
  alias: Alias & { readonly description: string },
  now: number,
): Promise<boolean> {
  const inserted = await database
    .insertInto("aliases")
    .values({
      function_id: functionId,
      name: alias.name,
      description: alias.description,
      ...routeColumns(alias),
      add_time: now,
      mod_time: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (inserted.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

function routeColumns(alias: Omit<Alias, "name">): { version: string; weighted: string; matched: string } {
  return {
    version: alias.version,
    weighted: JSON.stringify(alias.weighted),
    matched: JSON.stringify(alias.matched),
  };
}

function toRecord(row: Selectable<Schema["aliases"]>): AliasRecord {
  const { name, version, weighted, matched, description } = row;
  return { name, version, weighted, matched, description, addTime: row.add_time, modTime: row.mod_time };
}
