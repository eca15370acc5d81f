import type { Selectable } from "kysely";
import type { Clock, FunctionId, TriggerId } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import { createTrigger } from "./create-trigger.ts";
import { createWithApi } from "./create-with-api.ts";
import type { BoundTrigger, TriggerRecord, TriggerTable } from "./trigger-records.ts";
import { updateTrigger } from "./update-trigger.ts";
import { updateWithApi } from "./update-with-api.ts";

/** The triggers of functions; they go with their function. */
export function triggerTable(database: Database, clock: Clock): TriggerTable {
  return {
    create: (created, limitPerType) =>
      database.transaction().execute((transaction) => createTrigger(transaction, created, limitPerType, clock.now())),
    createWithApi: (made) => createWithApi(database, clock, made),
    find: async (functionId, { type, name, qualifier }) => {
      const query = database.selectFrom("triggers").selectAll().where("function_id", "=", functionId);
      const named = query.where("type", "=", type).where("name", "=", name).where("qualifier", "=", qualifier);
      const row = await named.executeTakeFirst();
      return row ? toRecord(row) : null;
    },
    list: async (functionId) => {
      const query = database.selectFrom("triggers").selectAll().where("function_id", "=", functionId);
      return (await query.orderBy("add_time").orderBy("trigger_id").execute()).map(toRecord);
    },
    update: (triggerId, change) => updateTrigger(database, triggerId, change, clock.now()),
    updateWithApi: (change) => updateWithApi(database, clock, change),
    delete: (triggerId) => deleteTrigger(database, triggerId),
    load: async (triggerId) => {
      const row = await selectBound(database).where("trigger_id", "=", triggerId).executeTakeFirst();
      return row ? toBound(row) : null;
    },
    loadAll: async (type) => (await selectBound(database).where("triggers.type", "=", type).execute()).map(toBound),
  };
}

async function deleteTrigger(database: Database, triggerId: TriggerId): Promise<boolean> {
  const query = database.deleteFrom("triggers").where("trigger_id", "=", triggerId);
  return (await query.executeTakeFirst()).numDeletedRows > 0n;
}

function selectBound(database: Database) {
  return database
    .selectFrom("triggers")
    .innerJoin("functions", "functions.function_id", "triggers.function_id")
    .selectAll("triggers")
    .select(["functions.namespace as namespace", "functions.name as function_name"]);
}

type Row = Selectable<Schema["triggers"]>;

function toBound(row: Row & { readonly namespace: string; readonly function_name: string }): BoundTrigger {
  return { ...toRecord(row), namespace: row.namespace, functionName: row.function_name };
}

function toRecord(row: Row): TriggerRecord {
  return {
    triggerId: row.trigger_id as TriggerId, // brand: written from one
    functionId: row.function_id as FunctionId, // brand: written from one
    name: row.name,
    qualifier: row.qualifier,
    settings: row.settings,
    hostLabel: row.host_label,
    description: row.description,
    customArgument: row.custom_argument,
    isEnabled: row.is_enabled,
    addTime: row.add_time,
    modTime: row.mod_time,
  };
}
