import { limits, type ApiTriggerSettings, type Clock } from "../../core/index.ts";
import { createApi } from "../api-gateway/api-table.ts";
import { keepRelease } from "../api-gateway/release/release-table.ts";
import { findOrCreateService } from "../api-gateway/service-table.ts";
import type { Database } from "../database/connection.ts";
import { allOrNothing } from "./all-or-nothing.ts";
import { createTrigger } from "./create-trigger.ts";
import type { ApiTriggerProblem, NewApiTrigger } from "./trigger-records.ts";

/** Makes a trigger with the API that it is, in one transaction: a process that ends in between leaves nothing of it. */
export function createWithApi(
  database: Database,
  clock: Clock,
  { trigger, service, api, environment, release }: NewApiTrigger,
): Promise<ApiTriggerSettings | ApiTriggerProblem> {
  const now = clock.now();
  return allOrNothing(database, async (transaction, undo: (problem: ApiTriggerProblem) => Error) => {
    const serviceId = typeof service === "string" ? service : await serviceOfName(transaction, service, now);
    if (serviceId === null) throw undo("service-limit");
    const settings = { kind: "apigw", serviceId, apiId: api.apiId, environment } as const;
    const created = { ...trigger, settings, hostLabel: null };
    const ofTrigger = await createTrigger(transaction, created, limits.triggersPerType, now);
    if (ofTrigger !== "created") throw undo(ofTrigger);
    const ofApi = await createApi(transaction, { ...api, serviceId }, limits.apiGateway.apisPerService, now);
    if (ofApi !== "created") throw undo(ofApi === "limit" ? "api-limit" : ofApi);
    if (release !== null) await keepRelease(transaction, serviceId, release.record, release.choose);
    return settings;
  });
}

/** Null: there are as many services as there may be. */
async function serviceOfName(
  transaction: Database,
  service: Exclude<NewApiTrigger["service"], string>,
  now: number,
): Promise<string | null> {
  const found = await findOrCreateService(transaction, { ...service, limit: limits.apiGateway.services }, now);
  return found === "limit" ? null : found.serviceId;
}
