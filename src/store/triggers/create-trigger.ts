import type { Database } from "../database/connection.ts";
import type { NewTrigger, TriggerTable } from "./trigger-records.ts";

/** Makes a trigger, in a transaction of the caller's. */
export async function createTrigger(
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
