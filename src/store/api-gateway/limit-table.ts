import type { Database } from "../database/connection.ts";
import type { ApiLimitTable } from "./api-records.ts";

/** Requests per second of environments and of single APIs in them. */
export function apiLimitTable(database: Database): ApiLimitTable {
  return {
    list: async (serviceId) => {
      const query = database.selectFrom("api_limits").selectAll().where("service_id", "=", serviceId);
      const rows = await query.orderBy("environment").orderBy("api_id").execute();
      return rows.map(({ environment, api_id: apiId, per_second: perSecond }) => {
        return { environment, apiId: apiId === "" ? null : apiId, perSecond };
      });
    },
    set: async (serviceId, environment, apiIds, perSecond) => {
      const ids = apiIds.map((apiId) => apiId ?? "");
      if (ids.length === 0) return;
      if (perSecond === null) {
        const query = database.deleteFrom("api_limits").where("service_id", "=", serviceId);
        await query.where("environment", "=", environment).where("api_id", "in", ids).execute();
        return;
      }
      await database
        .insertInto("api_limits")
        .values(ids.map((apiId) => ({ service_id: serviceId, environment, api_id: apiId, per_second: perSecond })))
        .onConflict((conflict) =>
          conflict.columns(["service_id", "environment", "api_id"]).doUpdateSet({ per_second: perSecond }),
        )
        .execute();
    },
  };
}
