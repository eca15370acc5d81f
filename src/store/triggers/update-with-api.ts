import type { Clock } from "../../core/index.ts";
import { updateApi } from "../api-gateway/api-table.ts";
import { keepRelease } from "../api-gateway/release/release-table.ts";
import type { Database } from "../database/connection.ts";
import { allOrNothing } from "./all-or-nothing.ts";
import type { ApiTriggerChange, ApiTriggerChangeProblem } from "./trigger-records.ts";
import { updateTrigger } from "./update-trigger.ts";

/** Changes a trigger with the API that it is and what is served of that, in one transaction. */
export function updateWithApi(
  database: Database,
  clock: Clock,
  { triggerId, serviceId, change, api, release }: ApiTriggerChange,
): Promise<"updated" | ApiTriggerChangeProblem> {
  const now = clock.now();
  return allOrNothing(database, async (transaction, undo: (problem: ApiTriggerChangeProblem) => Error) => {
    const ofApi = api === null ? "updated" : await updateApi(transaction, api.apiId, api.route, api.content, now);
    if (ofApi !== "updated") throw undo(ofApi === "missing" ? "api-missing" : ofApi);
    if (release !== null) {
      const outcome = await keepRelease(transaction, serviceId, release.record, release.choose);
      if (outcome === "missing" && change.isEnabled) throw undo("service-missing"); // one that is gone serves nothing anyway
    }
    if (!(await updateTrigger(transaction, triggerId, change, now))) throw undo("trigger-missing");
    return "updated" as const;
  });
}
