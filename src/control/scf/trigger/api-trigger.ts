import { randomName, type ApiTriggerSettings } from "../../../core/index.ts";
import type {
  ApiContent,
  ApiTriggerProblem,
  FunctionRecord,
  NewApiTrigger,
  ServiceContent,
} from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { apiFields } from "../../apigateway/api/api-fields.ts";
import { changeApi, creationProblem, findApi, newApi } from "../../apigateway/api/apis.ts";
import { chooseReleased, newRelease, release, takeBack } from "../../apigateway/release/release-service.ts";
import { announceService, findService } from "../../apigateway/service/service-record.ts";
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
    const record = newRelease(environment, releaseDescription, context);
    const made = await context.store.triggers.createWithApi({
      trigger,
      service,
      api,
      environment,
      release: trigger.isEnabled ? { record, choose: chooseReleased(id, [api.apiId]) } : null,
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

/** Makes the environment of the trigger serve its API. */
export async function releaseApiOf(
  { serviceId, environment, apiId }: ApiTriggerSettings,
  context: ActionContext,
): Promise<void> {
  await asGatewayFailure(() =>
    release(serviceId, environment, context, { description: releaseDescription, apiIds: [apiId] }),
  );
}

/** Makes the environment of the trigger serve its API no more. */
export async function closeApiOf(
  { serviceId, environment, apiId }: ApiTriggerSettings,
  context: ActionContext,
): Promise<void> {
  await asGatewayFailure(() => takeBack(serviceId, environment, [apiId], context));
}

/** Changes the API as an UpdateTrigger says, not released yet; what its TriggerDesc leaves out stays. */
export async function changeApiOf(
  before: ApiTriggerSettings,
  function_: FunctionRecord,
  qualifier: string,
  text: string,
  context: ActionContext,
): Promise<void> {
  const desc = readApiDesc(text);
  const { serviceId: asked = before.serviceId } = desc.service;
  const environment = desc.release.environmentName ?? before.environment;
  if (asked !== before.serviceId || environment !== before.environment) {
    throw descProblem("service and environment cannot be changed; make another trigger");
  }
  await asGatewayFailure(async () => {
    const api = await findApi(context, before.serviceId, before.apiId);
    await changeApi(api, fieldsOf(desc, function_, qualifier, apiFields.parse(api.given)), context);
  });
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
