import type { Selectable } from "kysely";
import type { Clock, FunctionId, TriggerId } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { Schema } from "../database/schema.ts";
import type { BoundTrigger, NewTrigger, TriggerRecord, TriggerTable } from "./trigger-records.ts";

/** The triggers of functions; they go with their function. */
export function triggerTable(database: Database, clock: Clock): TriggerTable {
  return {
    create: (created, limitPerType) =>
      database.transaction().execute((transaction) => create(transaction, created, limitPerType, clock.now())),
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
    update: async (triggerId, change) => {
      const { settings, description, customArgument, isEnabled } = change;
      const updated = await database
        .updateTable("triggers")
        .set({
          mod_time: clock.now(),
          ...(settings === undefined ? {} : { settings: JSON.stringify(settings) }),
          ...(description === undefined ? {} : { description }),
          ...(customArgument === undefined ? {} : { custom_argument: customArgument }),
          ...(isEnabled === undefined ? {} : { is_enabled: isEnabled }),
        })
        .where("trigger_id", "=", triggerId)
        .executeTakeFirst();
      return updated.numUpdatedRows > 0n;
    },
    delete: async (triggerId) => {
      const query = database.deleteFrom("triggers").where("trigger_id", "=", triggerId);
      return (await query.executeTakeFirst()).numDeletedRows > 0n;
    },
    load: async (triggerId) => {
      const row = await selectBound(database).where("trigger_id", "=", triggerId).executeTakeFirst();
      return row ? toBound(row) : null;
    },
    loadAll: async (type) => (await selectBound(database).where("triggers.type", "=", type).execute()).map(toBound),
  };
}

async function create(
  database: Database,
  created: NewTrigger,
  limitPerType: number,
  now: number,
): ReturnType<TriggerTable["create"]> {
  const { functionId, name, qualifier, settings } = created;
  // The lock lets two creations see each other, and keeps the function from being deleted meanwhile.
  const owner = database.selectFrom("functions").select("function_id").where("function_id", "=", functionId);
  if ((await owner.forUpdate().executeTakeFirst()) === undefined) return "function-missing";
  const query = database.selectFrom("triggers").select(["name", "qualifier"]).where("function_id", "=", functionId);
  const ofType = await query.where("type", "=", settings.kind).execute();
  if (ofType.some((other) => other.name === name && other.qualifier === qualifier)) return "exists";
  if (settings.kind === "http" && ofType.some((other) => other.qualifier === qualifier)) return "has-url";
  if (ofType.length >= limitPerType) return "limit";
  await database
    .insertInto("triggers")
    .values({
      trigger_id: created.triggerId,
      function_id: functionId,
      qualifier,
      type: settings.kind,
      name,
      settings: JSON.stringify(settings),
      host_label: created.hostLabel,
      description: created.description,
      custom_argument: created.customArgument,
      is_enabled: created.isEnabled,
      add_time: now,
      mod_time: now,
    })
    .execute();
  return "created";
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
