import { z } from "zod";
import type { ApiTriggerSettings } from "../../../core/index.ts";
import type { ApiRecord, FunctionRecord, ServiceRecord } from "../../../store/index.ts";
import { ApiError } from "../../api-error.ts";
import { apiFields, type ApiFields } from "../../apigateway/api/api-fields.ts";
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
      authType: z.string().optional(),
      /** Comes back from those who change what they read: which authorization that was. */
      toldAuthType: z.string().optional(),
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

/** The TriggerDesc of an `apigw`, read. */
export type ApiDesc = z.output<typeof apiDesc>;

export function readApiDesc(text = "{}"): ApiDesc {
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

export function descProblem(sentence: string): ApiError {
  return new ApiError(
    "InvalidParameterValue.TriggerDesc",
    `TriggerDesc is not what apigw takes: ${sentence.slice(0, 300)}.`,
  );
}

/** TriggerDesc as replies have it: the API as it is edited now. Of one that was deleted, its ids alone are left. */
export function apiDescOf(
  { serviceId, apiId, environment }: ApiTriggerSettings,
  { service, api }: { readonly service: ServiceRecord | null; readonly api: ApiRecord | null },
  place: UrlPlace,
): string {
  return JSON.stringify({
    api: { apiId, ...(api === null ? {} : apiPart(apiFields.parse(api.given))) },
    service: { serviceId, ...(service === null ? {} : servicePart(service, place)) },
    release: { environmentName: environment },
  });
}

function apiPart(fields: ApiFields) {
  const word = (value: boolean | undefined) => (value === true ? "TRUE" : "FALSE");
  const authType = authTypeOf(fields);
  return {
    apiName: fields.ApiName ?? "",
    authRequired: word(authType !== "NONE"),
    authType,
    toldAuthType: authType,
    enableCORS: word(fields.EnableCORS),
    requestConfig: { method: fields.RequestConfig.Method, path: fields.RequestConfig.Path },
    isIntegratedResponse: word(fields.ServiceScfIsIntegratedResponse),
    isBase64Encoded: word(fields.IsBase64Encoded),
  };
}

function authTypeOf({ AuthType: type = "" }: ApiFields): string {
  return type === "" ? "NONE" : type;
}

function servicePart({ name, hostLabel }: ServiceRecord, { origin, baseDomain }: UrlPlace) {
  const { protocol, port } = new URL(origin);
  return {
    serviceName: name,
    subDomain: `${protocol}//${hostLabel}.${baseDomain}${port === "" ? "" : `:${port}`}`,
  };
}

/** The fields of the API that is asked for; what the description leaves out stays as it was `before`. */
export function fieldsOf(
  { api }: ApiDesc,
  function_: FunctionRecord,
  qualifier: string,
  before: ApiFields | null,
): ApiFields {
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
    ...(before !== null && isEcho(api) ? {} : authOf(api)),
    ...(api.enableCORS === undefined ? {} : { EnableCORS: api.enableCORS }),
    ...(api.isIntegratedResponse === undefined ? {} : { ServiceScfIsIntegratedResponse: api.isIntegratedResponse }),
    ...(isBase64Encoded === undefined ? {} : { IsBase64Encoded: isBase64Encoded }),
    ...(api.serviceTimeout === undefined ? {} : { ServiceTimeout: api.serviceTimeout }),
  });
}

/** Whether what it says of the authorization is what was told. ModifyApi may have changed that since: sent back, it would open the API. */
function isEcho({ authRequired: isRequired, authType: type, toldAuthType: told }: ApiDesc["api"]): boolean {
  if (told === undefined) return false;
  return (type ?? told) === told && (isRequired ?? told !== "NONE") === (told !== "NONE");
}

/** Two fields say whether a key is asked for. Throws where they contradict each other, so that no API is open by mistake. */
function authOf({ authRequired: isRequired, authType: type }: ApiDesc["api"]): { readonly AuthType?: string } {
  if (type !== undefined && type !== "NONE" && type !== "SECRET") {
    throw descProblem(`api.authType must be NONE or SECRET; it is ${JSON.stringify(type)}`);
  }
  const word = isRequired === undefined ? type : isRequired ? "SECRET" : "NONE";
  if (type !== undefined && type !== word) {
    throw descProblem(`api.authType ${type} contradicts api.authRequired ${isRequired === true ? "TRUE" : "FALSE"}`);
  }
  return word === undefined ? {} : { AuthType: word };
}
