import { limits, randomName, type ApiTriggerSettings } from "../../../core/index.ts";
import type { FunctionRecord, ServiceRecord } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { apiFields } from "../../apigateway/api/api-fields.ts";
import { changeApi, findApi, makeApi } from "../../apigateway/api/apis.ts";
import { release, takeBack } from "../../apigateway/release/release-service.ts";
import { announceService, findService } from "../../apigateway/service/service-record.ts";
import { descProblem, fieldsOf, readApiDesc, type ApiDesc } from "./api-desc.ts";

/** Tencent's name for the service of those who name none. */
const presetServiceName = "SCF_API_SERVICE";

/** Makes the API of a trigger in the service that its TriggerDesc names, which is made where there is none; not released yet. */
export async function createApiOf(
  function_: FunctionRecord,
  qualifier: string,
  text: string | undefined,
  context: ActionContext,
): Promise<ApiTriggerSettings> {
  const desc = readApiDesc(text);
  return asGatewayFailure(async () => {
    const service = await serviceOf(desc, context);
    const fields = fieldsOf(desc, function_, qualifier, null);
    const { apiId } = await makeApi(service.serviceId, fields, context);
    const environment = desc.release.environmentName ?? "release";
    return { kind: "apigw", serviceId: service.serviceId, apiId, environment };
  });
}

/** Makes the environment of the trigger serve its API. */
export async function releaseApiOf(
  { serviceId, environment, apiId }: ApiTriggerSettings,
  context: ActionContext,
): Promise<void> {
  await asGatewayFailure(() =>
    release(serviceId, environment, context, { description: "Made by a trigger", apiIds: [apiId] }),
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
async function serviceOf(
  { service: { serviceId, serviceName = presetServiceName } }: ApiDesc,
  context: ActionContext,
): Promise<ServiceRecord> {
  if (serviceId !== undefined && serviceId !== "") return findService(context, serviceId);
  return serviceOfName(serviceName, context);
}

async function serviceOfName(name: string, context: ActionContext): Promise<ServiceRecord> {
  const id = `service-${randomName(8)}`;
  const found = await context.store.apiGateway.services.findOrCreateByName(
    id,
    {
      name,
      hostLabel: `${id}-${context.account.appId}`,
      protocol: "http&https",
      takesExtranet: true,
      takesIntranet: true,
      description: "Made by a trigger",
      tags: [],
    },
    limits.apiGateway.services,
  );
  if (found !== "limit") return found;
  throw new ApiError("LimitExceeded.ServiceCountLimitExceeded", "There are as many services as there may be.");
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
