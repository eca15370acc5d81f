import { z } from "zod";
import { limits, randomName, type ApiTriggerSettings } from "../../../core/index.ts";
import type { FunctionRecord, ServiceRecord } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { apiFields, type ApiFields } from "../../apigateway/api/api-fields.ts";
import { changeApi, findApi, makeApi } from "../../apigateway/api/apis.ts";
import { release, takeBack } from "../../apigateway/release/release-service.ts";
import { announceService, findService } from "../../apigateway/service/service-record.ts";
import type { UrlPlace } from "./function-url.ts";

/** Booleans as SCF writes them, or as JSON does. */
const flag = z.union([
  z.boolean(),
  z.enum(["TRUE", "FALSE", "true", "false"]).transform((text) => text.toUpperCase() === "TRUE"),
]);

const apiDesc = z.strictObject({
  api: z
    .strictObject({
      authRequired: flag.optional(),
      authType: z.enum(["NONE", "SECRET"]).optional(), // comes back from those who change what they read
      apiId: z.string().optional(),
      apiName: z.string().max(128).optional(),
      enableCORS: flag.optional(),
      requestConfig: z.strictObject({ method: z.string().optional(), path: z.string().optional() }).optional(),
      isIntegratedResponse: flag.optional(),
      IsBase64Encoded: flag.optional(),
      isBase64Encoded: flag.optional(),
      serviceTimeout: z.int().min(1).max(1_800).optional(),
    })
    .default({}),
  service: z
    .strictObject({
      serviceId: z.string().optional(),
      serviceName: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,49}$/)
        .optional(),
      subDomain: z.string().optional(),
    })
    .default({}),
  release: z.strictObject({ environmentName: z.enum(["test", "prepub", "release"]).optional() }).default({}),
});

type ApiDesc = z.output<typeof apiDesc>;

/** Tencent's name for the service of those who name none. */
const presetServiceName = "SCF_API_SERVICE";

/** Makes the API of a trigger in the service that its TriggerDesc names, which is made where there is none; not released yet. */
export async function createApiOf(
  function_: FunctionRecord,
  qualifier: string,
  text: string | undefined,
  context: ActionContext,
): Promise<ApiTriggerSettings> {
  const desc = readDesc(text);
  return asGatewayFailure(async () => {
    const service = await serviceOf(desc, context);
    const fields = fieldsOf(desc, function_, qualifier, null);
    const api = await makeApi(service.serviceId, fields, context);
    return settingsOf(service, api.apiId, fields, desc.release.environmentName ?? "release");
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

/** What an UpdateTrigger makes of it, not released yet; what its TriggerDesc leaves out stays. */
export async function changeApiOf(
  before: ApiTriggerSettings,
  function_: FunctionRecord,
  qualifier: string,
  text: string,
  context: ActionContext,
): Promise<ApiTriggerSettings> {
  const desc = readDesc(text);
  const { serviceId: asked = before.serviceId } = desc.service;
  const environment = desc.release.environmentName ?? before.environment;
  if (asked !== before.serviceId || environment !== before.environment) {
    throw descProblem("service and environment cannot be changed; make another trigger");
  }
  return asGatewayFailure(async () => {
    const service = await findService(context, before.serviceId);
    const api = await findApi(context, before.serviceId, before.apiId);
    const given = apiFields.parse(api.given);
    const fields = fieldsOf(withoutEcho(desc, before), function_, qualifier, given);
    await changeApi(api, fields, context);
    return settingsOf(service, before.apiId, fields, environment);
  });
}

/** Deletes the API; it is served no more. What else is in its service stays. */
export async function deleteApiOf({ serviceId, apiId }: ApiTriggerSettings, context: ActionContext): Promise<void> {
  await context.store.apiGateway.apis.delete(apiId);
  await announceService(context, serviceId);
}

/** TriggerDesc as replies have it. */
export function apiDescOf(settings: ApiTriggerSettings, { origin, baseDomain }: UrlPlace): string {
  const { protocol, port } = new URL(origin);
  const word = (value: boolean) => (value ? "TRUE" : "FALSE");
  return JSON.stringify({
    api: {
      apiId: settings.apiId,
      apiName: settings.apiName,
      authRequired: word(settings.asksForKey),
      authType: settings.asksForKey ? "SECRET" : "NONE",
      enableCORS: word(settings.allowsCors),
      requestConfig: { method: settings.method, path: settings.path },
      isIntegratedResponse: word(settings.isIntegratedResponse),
      isBase64Encoded: word(settings.isBase64Encoded),
    },
    service: {
      serviceId: settings.serviceId,
      serviceName: settings.serviceName,
      subDomain: `${protocol}//${settings.hostLabel}.${baseDomain}${port === "" ? "" : `:${port}`}`,
    },
    release: { environmentName: settings.environment },
  });
}

function readDesc(text = "{}"): ApiDesc {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw descProblem("it is not JSON text");
  }
  const parsed = apiDesc.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw descProblem(`${issue?.path.join(".") ?? ""} ${issue?.message ?? "is wrong"}`.trim());
}

function descProblem(sentence: string): ApiError {
  return new ApiError(
    "InvalidParameterValue.TriggerDesc",
    `TriggerDesc is not what apigw takes: ${sentence.slice(0, 300)}.`,
  );
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

function fieldsOf({ api }: ApiDesc, function_: FunctionRecord, qualifier: string, before: ApiFields | null): ApiFields {
  const isBase64Encoded = api.isBase64Encoded ?? api.IsBase64Encoded;
  const { method, path } = api.requestConfig ?? {};
  return apiFields.parse({
    ApiName: function_.name,
    ServiceTimeout: 15,
    Protocol: "HTTP",
    ...before,
    ServiceType: "SCF",
    ServiceScfFunctionName: function_.name,
    ServiceScfFunctionNamespace: function_.namespace,
    ServiceScfFunctionQualifier: qualifier,
    ServiceScfFunctionType: function_.spec.form === "event" ? "EVENT" : "HTTP",
    RequestConfig: {
      Path: path ?? before?.RequestConfig.Path ?? `/${function_.name}`,
      Method: method ?? before?.RequestConfig.Method ?? "ANY",
    },
    ...(api.apiName === undefined ? {} : { ApiName: api.apiName }),
    ...authOf(api),
    ...(api.enableCORS === undefined ? {} : { EnableCORS: api.enableCORS }),
    ...(api.isIntegratedResponse === undefined ? {} : { ServiceScfIsIntegratedResponse: api.isIntegratedResponse }),
    ...(isBase64Encoded === undefined ? {} : { IsBase64Encoded: isBase64Encoded }),
    ...(api.serviceTimeout === undefined ? {} : { ServiceTimeout: api.serviceTimeout }),
  });
}

/** Without what the trigger told of its authorization, which ModifyApi may have changed since: sent back, it would open the API. */
function withoutEcho(desc: ApiDesc, { asksForKey }: ApiTriggerSettings): ApiDesc {
  const { AuthType: asked } = authOf(desc.api);
  if (asked !== (asksForKey ? "SECRET" : "NONE")) return desc;
  const { authRequired: _required, authType: _type, ...others } = desc.api;
  return { ...desc, api: others };
}

/** Two fields say whether a key is asked for. Throws where they contradict each other, so that no API is open by mistake. */
function authOf({ authRequired: isRequired, authType: type }: ApiDesc["api"]): { readonly AuthType?: string } {
  const word = isRequired === undefined ? type : isRequired ? "SECRET" : "NONE";
  if (type !== undefined && type !== word) {
    throw descProblem(`api.authType ${type} contradicts api.authRequired ${isRequired === true ? "TRUE" : "FALSE"}`);
  }
  return word === undefined ? {} : { AuthType: word };
}

function settingsOf(
  service: ServiceRecord,
  apiId: string,
  fields: ApiFields,
  environment: ApiTriggerSettings["environment"],
): ApiTriggerSettings {
  return {
    kind: "apigw",
    serviceId: service.serviceId,
    serviceName: service.name,
    hostLabel: service.hostLabel,
    apiId,
    apiName: fields.ApiName ?? "",
    environment,
    method: fields.RequestConfig.Method,
    path: fields.RequestConfig.Path,
    asksForKey: fields.AuthType === "SECRET",
    allowsCors: fields.EnableCORS ?? false,
    isIntegratedResponse: fields.ServiceScfIsIntegratedResponse ?? false,
    isBase64Encoded: fields.IsBase64Encoded ?? false,
  };
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
