import { sql } from "kysely";
import { defaultNamespace, type Clock } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import { breaksReference } from "../database/unavailable.ts";
import type { NamespaceRecord, NamespaceTable } from "../store.ts";

/** The namespaces; `default` is always there once `ensureDefaultNamespace` ran. */
export function namespaceTable(database: Database, clock: Clock): NamespaceTable {
  return {
    create: (name, description, limit) =>
      database.transaction().execute(async (transaction) => {
        // Two creations at the limit must see each other.
        await sql`lock table gust.namespaces in share row exclusive mode`.execute(transaction);
        const names = await transaction.selectFrom("namespaces").select("name").execute();
        if (names.some((row) => row.name === name)) return "exists";
        if (names.length >= limit) return "limit";
        await insertNamespace(transaction, name, description, clock);
        return "created";
      }),
    update: async (name, description) => {
      const change = { description: description, mod_time: clock.now() };
      const updated = await database.updateTable("namespaces").set(change).where("name", "=", name).executeTakeFirst();
      return updated.numUpdatedRows > 0n;
    },
    find: async (name) => {
      const row = await database.selectFrom("namespaces").selectAll().where("name", "=", name).executeTakeFirst();
      return row ? toRecord(row) : null;
    },
    list: async () => {
      const rows = await database.selectFrom("namespaces").selectAll().orderBy("add_time").orderBy("name").execute();
      return rows.map(toRecord);
    },
    delete: (name) => deleteNamespace(database, name),
  };
}

/** Made at the first start. */
export async function ensureDefaultNamespace(database: Database, clock: Clock): Promise<void> {
  await insertNamespace(database, defaultNamespace, "", clock);
}

async function insertNamespace(database: Database, name: string, description: string, clock: Clock): Promise<void> {
  const now = clock.now();
  await database
    .insertInto("namespaces")
    .values({ name, description: description, add_time: now, mod_time: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function deleteNamespace(database: Database, name: string): Promise<"deleted" | "missing" | "not-empty"> {
  try {
    const deleted = await database.deleteFrom("namespaces").where("name", "=", name).executeTakeFirst();
    return deleted.numDeletedRows > 0n ? "deleted" : "missing";
  } catch (error) {
    if (breaksReference(error)) return "not-empty";
    throw error;
  }
}

function toRecord(row: { name: string; description: string; add_time: number; mod_time: number }): NamespaceRecord {
  return { name: row.name, description: row.description, addTime: row.add_time, modTime: row.mod_time };
}
