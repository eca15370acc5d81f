import { z } from "zod";
import { ApiError } from "../../api-error.ts";
import { apiFields, type ApiFields } from "../api/api-fields.ts";

/** What an operation of OpenAPI says about an API, and the other way round. Extensions are Tencent's where Tencent has them. */

const schemaTypes = {
  string: { type: "string" },
  int: { type: "integer", format: "int32" },
  long: { type: "integer", format: "int64" },
  float: { type: "number", format: "float" },
  double: { type: "number", format: "double" },
  boolean: { type: "boolean" },
} as const;

const parameter = z.looseObject({
  name: z.string(),
  in: z.enum(["path", "query", "header", "cookie"]),
  description: z.string().optional(),
  required: z.boolean().optional(),
  schema: z
    .looseObject({ type: z.string().optional(), format: z.string().optional(), default: z.unknown().optional() })
    .optional(),
  "x-apigw-undeclared": z.boolean().optional(),
});

export const operation = z.looseObject({
  operationId: z.string().optional(),
  description: z.string().optional(),
  parameters: z.array(parameter).optional(),
  "x-apigw-api-type": z.string().optional(),
  "x-apigw-api-business-type": z.string().optional(),
  "x-apigw-auth-type": z.string().optional(),
  /** Method and path of the API that gives the tokens. */
  "x-apigw-auth-relation": z.string().optional(),
  "x-apigw-oauth-config": z.looseObject({}).optional(),
  "x-apigw-backend": z.looseObject({}).optional(),
  "x-apigw-const-paramters": z.array(z.looseObject({})).optional(), // spelled as Tencent spells it
  "x-apigw-body-parameters": z.array(z.looseObject({})).optional(),
  "x-apigw-response": z.looseObject({}).optional(),
  "x-apigw-cors": z.boolean().optional(),
  "x-apigw-exact-path": z.boolean().optional(),
  "x-apigw-protocol": z.string().optional(),
  "x-apigw-service-timeout": z.number().optional(),
});

export type Operation = z.output<typeof operation>;

const defaultTimeoutS = 15;

/** The fields of CreateApi that an operation stands for. Throws for what is not here. */
export function fieldsOfOperation(method: string, path: string, given: Operation, relation: string | null): ApiFields {
  const {
    MockReturnHttpHeaders: headers,
    MockReturnHttpStatusCode: status,
    ...backend
  } = given["x-apigw-backend"] ?? {
    ServiceType: "MOCK",
    ServiceMockReturnMessage: "",
  };
  if ((Array.isArray(headers) && headers.length > 0) || (status !== undefined && status !== 200)) {
    throw new ApiError(
      "UnsupportedOperation",
      "MockReturnHttpHeaders and MockReturnHttpStatusCode are not available: a MOCK answers 200.",
    );
  }
  const parsed = apiFields.safeParse({
    ...backend,
    ...given["x-apigw-response"],
    ApiName: given.operationId,
    ApiDesc: given.description,
    ApiType: given["x-apigw-api-type"],
    ApiBusinessType: given["x-apigw-api-business-type"],
    AuthType: given["x-apigw-auth-type"],
    AuthRelationApiId: relation ?? undefined,
    OauthConfig: given["x-apigw-oauth-config"],
    ConstantParameters: given["x-apigw-const-paramters"],
    RequestParameters: requestParametersOf(given),
    EnableCORS: given["x-apigw-cors"],
    Protocol: given["x-apigw-protocol"] ?? "HTTP",
    ServiceTimeout: given["x-apigw-service-timeout"] ?? defaultTimeoutS,
    RequestConfig: { Path: `${given["x-apigw-exact-path"] === true ? "=" : ""}${path}`, Method: method },
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ApiError(
    "InvalidParameter.FormatError",
    `${issue?.path.join(".") ?? ""} ${issue?.message ?? "is wrong"}.`.slice(0, 300),
  );
}

function requestParametersOf(given: Operation) {
  const declared = (given.parameters ?? []).filter((one) => one["x-apigw-undeclared"] !== true);
  const listed = declared.map((one) => {
    if (one.in === "cookie")
      throw new ApiError("UnsupportedOperation", `The parameter ${one.name} is in a cookie, which is not available.`);
    const preset: unknown = one.schema?.default;
    return {
      Name: one.name,
      Position: one.in.toUpperCase(),
      Type: typeOfSchema(one.schema?.type, one.schema?.format),
      DefaultValue: preset === undefined ? "" : textOf(preset),
      Required: one.required ?? false,
      Desc: one.description ?? "",
    };
  });
  const all = [...listed, ...(given["x-apigw-body-parameters"] ?? [])];
  return all.length === 0 ? undefined : all;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function typeOfSchema(type = "string", format = ""): string {
  if (type === "integer") return format === "int64" ? "long" : "int";
  if (type === "number") return format === "float" ? "float" : "double";
  return type === "boolean" ? "boolean" : "string";
}

const responseFields = ["ResponseType", "ResponseSuccessExample", "ResponseFailExample", "ResponseErrorCodes"] as const;
const backendFields = /^(?:Service(?:Type|Config|Parameters|Mock|Scf|Websocket)|IsBase64Encoded$)/;

/** The operation that stands for an API. */
export function operationOfFields(fields: ApiFields, names: readonly string[], relation: string | null) {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  const picked = (isWanted: (name: string) => boolean) =>
    Object.fromEntries(entries.filter(([name]) => isWanted(name)));
  const response = picked((name) => responseFields.some((one) => one === name));
  const parameters = fields.RequestParameters ?? [];
  const inBody = parameters.filter(isInBody);
  const written = parameters.filter((one) => !isInBody(one)).map(parameterOf);
  const missing = names.filter((name) => !written.some((one) => one.in === "path" && one.name === name));
  const all = [...written, ...missing.map(undeclaredParameter)];
  return {
    ...optional("operationId", fields.ApiName || undefined),
    ...optional("description", fields.ApiDesc),
    ...(all.length === 0 ? {} : { parameters: all }),
    responses: { "200": { description: "The answer of the back end" } },
    "x-apigw-api-type": fields.ApiType ?? "NORMAL",
    ...optional("x-apigw-api-business-type", fields.ApiBusinessType),
    ...optional("x-apigw-auth-type", fields.AuthType),
    ...optional("x-apigw-auth-relation", relation ?? undefined),
    ...optional("x-apigw-oauth-config", fields.OauthConfig),
    "x-apigw-backend": picked((name) => backendFields.test(name) && name !== "ServiceTimeout"),
    ...optional("x-apigw-const-paramters", fields.ConstantParameters),
    ...(inBody.length === 0 ? {} : { "x-apigw-body-parameters": inBody }),
    ...(Object.keys(response).length === 0 ? {} : { "x-apigw-response": response }),
    ...optional("x-apigw-cors", fields.EnableCORS),
    ...(fields.RequestConfig.Path.startsWith("=") ? { "x-apigw-exact-path": true } : {}),
    "x-apigw-protocol": fields.Protocol,
    "x-apigw-service-timeout": fields.ServiceTimeout,
  };
}

function optional(name: string, value: unknown): Readonly<Record<string, unknown>> {
  return value === undefined ? {} : { [name]: value };
}

type RequestParameter = NonNullable<ApiFields["RequestParameters"]>[number];

function isInBody({ Position: position = "" }: RequestParameter): boolean {
  return position.toUpperCase() === "BODY";
}

function parameterOf({ Name: name = "", Position: position = "", ...rest }: RequestParameter) {
  const place = position.toLowerCase() === "head" ? "header" : position.toLowerCase();
  const type = Object.entries(schemaTypes).find(([known]) => known === rest.Type)?.[1] ?? schemaTypes.string;
  const preset = rest.DefaultValue ?? "";
  return {
    name,
    in: place,
    ...(rest.Desc === undefined || rest.Desc === "" ? {} : { description: rest.Desc }),
    required: place === "path" ? true : (rest.Required ?? false),
    schema: { ...type, ...(preset === "" ? {} : { default: typed(preset, type.type) }) },
  };
}

/** As its type has it; as it was given where it does not fit. */
function typed(text: string, type: string): string | number | boolean {
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  const number = Number(text);
  return (type === "integer" || type === "number") && String(number) === text ? number : text;
}

/** OpenAPI wants every name of a path declared; the API does not. */
function undeclaredParameter(name: string) {
  return { name, in: "path", required: true, schema: schemaTypes.string, "x-apigw-undeclared": true };
}
