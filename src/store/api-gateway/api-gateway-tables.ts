import type { Clock } from "../../core/index.ts";
import type { Seal } from "../certificates/seal.ts";
import type { Database } from "../database/connection.ts";
import { apiLogTable } from "../logs/api-log-table.ts";
import type { ApiGatewayTables } from "./api-records.ts";
import { apiTable } from "./api-table.ts";
import { bindingTable } from "./binding-table.ts";
import { apiLimitTable } from "./limit-table.ts";
import { loadPublished } from "./published/load-published.ts";
import { apiObjectTable } from "./object-table.ts";
import { addUse, planKeyTable } from "./plan-key-table.ts";
import type { PublishedServices } from "./published-services.ts";
import { releaseTable } from "./release/release-table.ts";
import { serviceDomainTable } from "./service-domain-table.ts";
import { serviceTable } from "./service-table.ts";

/** The tables of the API gateway. */
export function apiGatewayTables(database: Database, clock: Clock, seal: Seal): ApiGatewayTables {
  return {
    services: serviceTable(database, clock),
    apis: apiTable(database, clock),
    releases: releaseTable(database, clock),
    limits: apiLimitTable(database),
    plans: apiObjectTable(database, clock, seal, "plan"),
    keys: apiObjectTable(database, clock, seal, "key"),
    planKeys: planKeyTable(database, clock),
    ipStrategies: apiObjectTable(database, clock, seal, "ip-strategy"),
    plugins: apiObjectTable(database, clock, seal, "plugin"),
    apps: apiObjectTable(database, clock, seal, "app"),
    bindings: bindingTable(database, clock),
    domains: serviceDomainTable(database, clock),
    logs: apiLogTable(database),
    published: publishedServices(database, seal),
  };
}

function publishedServices(database: Database, seal: Seal): PublishedServices {
  return {
    load: async (serviceId) => (await loadPublished(database, seal, [serviceId]))[0] ?? null,
    loadAll: () => loadPublished(database, seal, null),
    loadUse: () => {
      const query = database.selectFrom("api_plan_keys").select(["plan_id as planId", "secret_id as secretId"]);
      return query.select("requests").where("requests", ">", 0).execute();
    },
    addUse: (uses) => addUse(database, uses),
  };
}
