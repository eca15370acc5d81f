import { sql } from "kysely";
import type { Clock } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { PlanKeyTable } from "./api-records.ts";
import type { PlanUse } from "./published-services.ts";

/** The keys of usage plans, with the requests that each has used. */
export function planKeyTable(database: Database, clock: Clock): PlanKeyTable {
  const select = () => {
    const query = database.selectFrom("api_plan_keys").select(["plan_id as planId", "secret_id as secretId"]);
    return query.select("requests").orderBy("bound_at").orderBy("secret_id");
  };
  return {
    bind: async (planId, secretIds) => {
      if (secretIds.length === 0) return;
      const bound_at = clock.now();
      await database
        .insertInto("api_plan_keys")
        .values(secretIds.map((secretId) => ({ plan_id: planId, secret_id: secretId, bound_at })))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    unbind: async (planId, secretIds) => {
      if (secretIds.length === 0) return;
      const query = database.deleteFrom("api_plan_keys").where("plan_id", "=", planId);
      await query.where("secret_id", "in", secretIds).execute();
    },
    ofPlan: (planId) => select().where("plan_id", "=", planId).execute(),
    ofKey: (secretId) => select().where("secret_id", "=", secretId).execute(),
  };
}

/** One statement for many; a key that is not bound any more counts nothing. */
export async function addUse(database: Database, uses: readonly PlanUse[]): Promise<void> {
  if (uses.length === 0) return;
  const plans = uses.map(({ planId }) => planId);
  const secrets = uses.map(({ secretId }) => secretId);
  const counts = uses.map(({ requests }) => requests);
  await sql`
    update gust.api_plan_keys as key set requests = key.requests + used.requests
    from (
      select plan_id, secret_id, sum(requests)::bigint as requests
      from unnest(${plans}::text[], ${secrets}::text[], ${counts}::bigint[]) as each (plan_id, secret_id, requests)
      group by plan_id, secret_id
    ) as used
    where key.plan_id = used.plan_id and key.secret_id = used.secret_id`.execute(database);
}
