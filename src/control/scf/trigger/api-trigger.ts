import { randomName, type ApiTriggerSettings } from "../../../core/index.ts";
import type {
  ApiContent,
  ApiTriggerChange,
  ApiTriggerProblem,
  FunctionRecord,
  NewApiTrigger,
  ServiceContent,
  TriggerRecord,
} from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { apiFields } from "../../apigateway/api/api-fields.ts";
import { changedApi, changeProblem, creationProblem, findApi, newApi } from "../../apigateway/api/apis.ts";
import { chooseReleased, newRelease, releaseWithout } from "../../apigateway/release/release-service.ts";
import { announceService, findService, serviceMissing } from "../../apigateway/service/service-record.ts";
import { descProblem, fieldsOf, readApiDesc, type ApiDesc } from "./api-desc.ts";

/** Tencent's name for the service of those who name none. */
const presetServiceName = "SCF_API_SERVICE";

const releaseDescription = "Made by a trigger";

/** Makes a trigger and its API, released when it is enabled, in the service that its TriggerDesc names, which is made where there is none. */
export async function createApiTrigger(
  trigger: NewApiTrigger["trigger"],
  function_: FunctionRecord,
  text: string | undefined,
  context: ActionContext,
): Promise<"created" | TriggerProblem> {
  const desc = readApiDesc(text);
  return asGatewayFailure(async () => {
    const service = serviceOf(desc, context);
    const id = typeof service === "string" ? service : service.serviceId;
    if (id === service) await findService(context, id);
    const api = await newApi(id, fieldsOf(desc, function_, trigger.qualifier, null), context);
    const environment = desc.release.environmentName ?? "release";
    const made = await context.store.triggers.createWithApi({
      trigger,
      service,
      api,
      environment,
      release: trigger.isEnabled ? releaseOf({ serviceId: id, environment, apiId: api.apiId }, true, context) : null,
    });
    if (typeof made === "string") return problemOfTrigger(made, id, api.content);
    await announceService(context, made.serviceId);
    return "created";
  });
}

type TriggerProblem = Exclude<ApiTriggerProblem, "service-missing" | "service-limit" | "conflict" | "api-limit">;

/** Throws for what is the API's, or its service's. */
function problemOfTrigger(problem: ApiTriggerProblem, serviceId: string, content: ApiContent): TriggerProblem {
  switch (problem) {
    case "service-limit":
      throw new ApiError("LimitExceeded.ServiceCountLimitExceeded", "There are as many services as there may be.");
    case "api-limit":
      throw creationProblem("limit", serviceId, content);
    case "service-missing":
    case "conflict":
      throw creationProblem(problem, serviceId, content);
    case "exists":
    case "has-url":
    case "limit":
    case "function-missing":
      return problem;
  }
}

interface TriggerUpdate {
  readonly found: TriggerRecord;
  readonly settings: ApiTriggerSettings;
  readonly function_: FunctionRecord;
  /** What its TriggerDesc leaves out stays. */
  readonly text: string | undefined;
  readonly change: ApiTriggerChange["change"];
}

/** Changes the trigger, its API, and what its environment serves of that, as an UpdateTrigger says. False: it is not there any more. */
export async function updateApiTrigger(update: TriggerUpdate, context: ActionContext): Promise<boolean> {
  const { found, settings, text, change } = update;
  const { serviceId } = settings;
  const desc = text === undefined ? null : readApiDesc(text);
  if (desc !== null) refuseMove(settings, desc);
  return asGatewayFailure(async () => {
    const api = desc === null ? null : await changedApiOf(update, desc, context);
    const isAsItWas = desc === null && change.isEnabled === found.isEnabled;
    const release = isAsItWas && change.isEnabled ? null : releaseOf(settings, change.isEnabled, context);
    const parts = { triggerId: found.triggerId, serviceId, change, api, release };
    const outcome = await context.store.triggers.updateWithApi(parts);
    if (outcome === "trigger-missing") return false;
    if (outcome !== "updated") throw problemOfChange(outcome, settings, api);
    if (api !== null || release !== null) await announceService(context, serviceId);
    return true;
  });
}

function refuseMove(before: ApiTriggerSettings, { service, release }: ApiDesc): void {
  const { serviceId = before.serviceId } = service;
  const { environmentName = before.environment } = release;
  if (serviceId === before.serviceId && environmentName === before.environment) return;
  throw descProblem("service and environment cannot be changed; make another trigger");
}

async function changedApiOf({ found, settings, function_ }: TriggerUpdate, desc: ApiDesc, context: ActionContext) {
  const api = await findApi(context, settings.serviceId, settings.apiId);
  return changedApi(api, fieldsOf(desc, function_, found.qualifier, apiFields.parse(api.given)), context);
}

/** Makes the environment of the trigger serve its API, or serve it no more. */
function releaseOf(
  { serviceId, environment, apiId }: Omit<ApiTriggerSettings, "kind">,
  isEnabled: boolean,
  context: ActionContext,
) {
  if (!isEnabled) return releaseWithout(environment, [apiId], context);
  const record = newRelease(environment, releaseDescription, context);
  return { record, choose: chooseReleased(serviceId, [apiId]) };
}

function problemOfChange(
  outcome: "service-missing" | "api-missing" | "conflict",
  settings: ApiTriggerSettings,
  api: ApiTriggerChange["api"],
): ApiError {
  if (api === null || outcome === "service-missing") return serviceMissing(settings.serviceId);
  return changeProblem(outcome === "conflict" ? outcome : "missing", settings, api.content);
}

/** Deletes the API; it is served no more. What else is in its service stays. */
export async function deleteApiOf({ serviceId, apiId }: ApiTriggerSettings, context: ActionContext): Promise<void> {
  await context.store.apiGateway.apis.delete(apiId);
  await announceService(context, serviceId);
}

/** By its id, or its name; made where nobody has the name. */
function serviceOf(
  { service: { serviceId, serviceName = presetServiceName } }: ApiDesc,
  { account }: ActionContext,
): NewApiTrigger["service"] {
  if (serviceId !== undefined && serviceId !== "") return serviceId;
  const id = `service-${randomName(8)}`;
  const content: ServiceContent = {
    name: serviceName,
    hostLabel: `${id}-${account.appId}`,
    protocol: "http&https",
    takesExtranet: true,
    takesIntranet: true,
    description: "Made by a trigger",
    tags: [],
  };
  return { serviceId: id, content };
}

/** What the gateway refuses, in a code that `scf` has. */
async function asGatewayFailure<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code.startsWith("InvalidParameterValue.TriggerDesc")) throw error;
    throw new ApiError("FailedOperation.ApiGateway", `The API gateway refused it: ${error.code}: ${error.message}`);
  }
}
