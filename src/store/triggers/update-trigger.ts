import type { TriggerId } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { TriggerChange } from "./trigger-records.ts";

/** Changes a trigger; false: it is not there. */
export async function updateTrigger(
  database: Database,
  triggerId: TriggerId,
  { settings, description, customArgument, isEnabled }: TriggerChange,
  now: number,
): Promise<boolean> {
  const updated = await database
    .updateTable("triggers")
    .set({
      mod_time: now,
      ...(settings === undefined ? {} : { settings: JSON.stringify(settings) }),
      ...(description === undefined ? {} : { description }),
      ...(customArgument === undefined ? {} : { custom_argument: customArgument }),
      ...(isEnabled === undefined ? {} : { is_enabled: isEnabled }),
    })
    .where("trigger_id", "=", triggerId)
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
}
