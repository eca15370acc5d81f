import { limits, type ApiTriggerSettings, type Clock } from "../../core/index.ts";
import { createApi } from "../api-gateway/api-table.ts";
import { keepRelease } from "../api-gateway/release/release-table.ts";
import { findOrCreateService } from "../api-gateway/service-table.ts";
import type { Database } from "../database/connection.ts";
import { createTrigger } from "./create-trigger.ts";
import type { ApiTriggerProblem, NewApiTrigger } from "./trigger-records.ts";

/** Makes a trigger with the API that it is, in one transaction: a process that ends in between leaves nothing of it. */
export async function createWithApi(
  database: Database,
  clock: Clock,
  made: NewApiTrigger,
): Promise<ApiTriggerSettings | ApiTriggerProblem> {
  try {
    return await database.transaction().execute((transaction) => createAll(transaction, made, clock.now()));
  } catch (error) {
    if (error instanceof Undone) return error.problem;
    throw error;
  }
}

/** Takes the transaction back. */
class Undone extends Error {
  readonly problem: ApiTriggerProblem;

  constructor(problem: ApiTriggerProblem) {
    super(problem);
    this.problem = problem;
  }
}

async function createAll(
  transaction: Database,
  { trigger, service, api, environment, release }: NewApiTrigger,
  now: number,
): Promise<ApiTriggerSettings> {
  const serviceId = typeof service === "string" ? service : await serviceOfName(transaction, service, now);
  const settings = { kind: "apigw", serviceId, apiId: api.apiId, environment } as const;
  const created = { ...trigger, settings, hostLabel: null };
  const ofTrigger = await createTrigger(transaction, created, limits.triggersPerType, now);
  if (ofTrigger !== "created") throw new Undone(ofTrigger);
  const ofApi = await createApi(transaction, { ...api, serviceId }, limits.apiGateway.apisPerService, now);
  if (ofApi !== "created") throw new Undone(ofApi === "limit" ? "api-limit" : ofApi);
  if (release !== null) await keepRelease(transaction, serviceId, release.record, release.choose);
  return settings;
}

async function serviceOfName(
  transaction: Database,
  service: Exclude<NewApiTrigger["service"], string>,
  now: number,
): Promise<string> {
  const found = await findOrCreateService(transaction, { ...service, limit: limits.apiGateway.services }, now);
  if (found === "limit") throw new Undone("service-limit");
  return found.serviceId;
}
