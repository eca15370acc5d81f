import type { ApiBackend, FunctionTarget, MappedParameter } from "../../../core/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import type { ErrorCode } from "../../error-codes.ts";
import type { ApiFields } from "./api-fields.ts";
import { findTarget } from "./function-target.ts";
import { isParameterName, methodOf, placeOf } from "./parameters.ts";

export const backendErrors = [
  "MissingParameter.BackendSpecificParam",
  "InvalidParameterValue.InvalidBackendPath",
  "InvalidParameterValue.InvalidScfConfig",
  "InvalidParameterValue.InvalidServiceParameters",
  "InvalidParameterValue.InvalidServiceType",
  "InvalidParameterValue.InvalidUrl",
] as const satisfies readonly ErrorCode[];

/** Tencent's other back ends. */
const absentTypes = ["TSF", "EB", "TARGET", "VPC", "UPSTREAM", "GRPC", "COS"];

/** Where requests go. Throws for what is not there or does not fit. */
export async function backendOf(given: ApiFields, context: ActionContext): Promise<ApiBackend> {
  const isWebSocket = given.Protocol === "WEBSOCKET";
  refuseNetworks(given);
  switch (given.ServiceType) {
    case "SCF":
      return isWebSocket && given.ServiceScfFunctionType !== "HTTP"
        ? webSocketFunctions(given, context)
        : functionBackend(given, context);
    case "HTTP":
      if (isWebSocket) break;
      return httpBackend(given);
    case "MOCK":
      if (isWebSocket) break;
      return mockBackend(given);
    case "WEBSOCKET":
      if (!isWebSocket) break;
      return webSocketBackend(given);
    default:
      throw absentType(given.ServiceType);
  }
  throw new ApiError(
    "InvalidParameterValue.InvalidServiceType",
    `ServiceType ${given.ServiceType} does not go with Protocol ${given.Protocol}.`,
  );
}

function absentType(type: string): ApiError {
  if (absentTypes.includes(type)) {
    return new ApiError(
      "UnsupportedOperation",
      `Back ends of type ${type} are not available; ServiceType can be SCF, HTTP, MOCK or WEBSOCKET.`,
    );
  }
  return new ApiError(
    "InvalidParameterValue.InvalidServiceType",
    `ServiceType must be SCF, HTTP, MOCK or WEBSOCKET; it is ${JSON.stringify(type)}.`,
  );
}

function refuseNetworks({ ServiceConfig: config = {} }: ApiFields): void {
  const asked = (["UniqVpcId", "UpstreamId", "Product"] as const).find((name) => (config[name] ?? "") !== "");
  if (asked === undefined) return;
  throw new ApiError(
    "UnsupportedOperation",
    `ServiceConfig.${asked} is not available: there are no private networks or upstreams.`,
  );
}

async function functionBackend(given: ApiFields, context: ActionContext): Promise<ApiBackend> {
  const type = given.ServiceScfFunctionType ?? "EVENT";
  const named = namedFunction(given, "ServiceScf");
  if (type === "HTTP") return { kind: "http-function", ...(await findTarget(named, "http", context)) };
  if (type !== "EVENT" && type !== "") {
    throw new ApiError(
      "InvalidParameterValue.InvalidScfConfig",
      `ServiceScfFunctionType must be EVENT or HTTP; it is ${JSON.stringify(type)}.`,
    );
  }
  return {
    kind: "function",
    ...(await findTarget(named, "event", context)),
    isIntegratedResponse: given.ServiceScfIsIntegratedResponse ?? false,
    isBase64Encoded: given.IsBase64Encoded ?? false,
    isAsync: given.ServiceScfEventIsAsyncCall ?? false,
  };
}

async function webSocketFunctions(given: ApiFields, context: ActionContext): Promise<ApiBackend> {
  const optional = async (prefix: string) => {
    if (!hasName(given, prefix)) return null;
    return findTarget(namedFunction(given, prefix), "event", context);
  };
  return {
    kind: "websocket-functions",
    register: await optional("ServiceWebsocketRegister"),
    transport: await findTarget(namedFunction(given, "ServiceWebsocketTransport"), "event", context),
    cleanup: await optional("ServiceWebsocketCleanup"),
  };
}

function hasName(given: ApiFields, prefix: string): boolean {
  return (fieldOf(given, `${prefix}FunctionName`) ?? "") !== "";
}

function namedFunction(given: ApiFields, prefix: string): FunctionTarget {
  const functionName = fieldOf(given, `${prefix}FunctionName`) ?? "";
  if (functionName === "") throw missing(`${prefix}FunctionName`, given.ServiceType);
  return {
    functionName,
    namespace: fieldOf(given, `${prefix}FunctionNamespace`) || "default",
    qualifier: fieldOf(given, `${prefix}FunctionQualifier`) || "$DEFAULT",
  };
}

function fieldOf(given: ApiFields, name: string): string | undefined {
  const value: unknown = Object.entries(given).find(([key]) => key === name)?.[1];
  return typeof value === "string" ? value : undefined;
}

function httpBackend(given: ApiFields): ApiBackend {
  const { Url: url = "", Path: path = "", Method: method = "" } = given.ServiceConfig ?? {};
  if (url === "") throw missing("ServiceConfig.Url", "HTTP");
  if (path === "") throw missing("ServiceConfig.Path", "HTTP");
  if (method === "") throw missing("ServiceConfig.Method", "HTTP");
  return {
    kind: "http",
    url: originOf(url, ["http:", "https:"]),
    path: backendPath(path),
    method: methodOf(method, "HTTP"),
    mapped: mappedOf(given),
  };
}

function webSocketBackend(given: ApiFields): ApiBackend {
  const { Url: url = "", Path: path = "" } = given.ServiceConfig ?? {};
  if (url === "") throw missing("ServiceConfig.Url", "WEBSOCKET");
  return {
    kind: "websocket",
    url: originOf(url, ["ws:", "wss:", "http:", "https:"]),
    path: backendPath(path === "" ? "/" : path),
  };
}

function mockBackend(given: ApiFields): ApiBackend {
  if (given.ServiceMockReturnMessage === undefined) throw missing("ServiceMockReturnMessage", "MOCK");
  return { kind: "mock", body: given.ServiceMockReturnMessage };
}

function missing(field: string, type: string): ApiError {
  return new ApiError("MissingParameter.BackendSpecificParam", `${field} is required with ServiceType ${type}.`);
}

/** Scheme and authority alone. */
function originOf(text: string, schemes: readonly string[]): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin = url !== null && url.pathname.replace("/", "") === "" && url.search === "" && url.hash === "";
  if (isOrigin && url.username === "" && url.password === "" && url.hostname !== "" && schemes.includes(url.protocol)) {
    return `${url.protocol}//${url.host}`;
  }
  throw new ApiError(
    "InvalidParameterValue.InvalidUrl",
    `ServiceConfig.Url must be a scheme (${schemes.map((scheme) => `${scheme}//`).join(", ")}) and a host, with a port or without, and nothing more.`,
  );
}

function backendPath(path: string): string {
  if (/^\/[\w.~!$&'()*+,;=:@%{}/-]*$/.test(path)) return path;
  throw new ApiError(
    "InvalidParameterValue.InvalidBackendPath",
    "ServiceConfig.Path must be a path such as /, /a or /a/{name}.",
  );
}

function mappedOf({ ServiceParameters: given = [] }: ApiFields): MappedParameter[] {
  return given.map((parameter, index) => {
    const to = { place: placeOf(parameter.Position ?? ""), name: parameter.Name ?? "" };
    const from = {
      place: placeOf(parameter.RelevantRequestParameterPosition ?? ""),
      name: parameter.RelevantRequestParameterName ?? "",
    };
    if (to.place === null || from.place === null || !isParameterName(to.name) || !isParameterName(from.name)) {
      throw new ApiError(
        "InvalidParameterValue.InvalidServiceParameters",
        `ServiceParameters.${index} must have Name and Position, and name and position of the request's parameter.`,
      );
    }
    const preset = parameter.DefaultValue ?? "";
    return {
      from: { place: from.place, name: from.name },
      to: { place: to.place, name: to.name },
      presetValue: preset === "" ? null : preset,
    };
  });
}
