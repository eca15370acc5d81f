import type { ApiDefinition } from "../../../core/index.ts";
import type { ApiContent } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import type { ErrorCode } from "../../error-codes.ts";
import type { ApiFields } from "./api-fields.ts";
import { authorizationOf } from "./authorization.ts";
import { backendErrors, backendOf } from "./backend.ts";
import { constantsOf, methodOf, parametersOf } from "./parameters.ts";
import { parsePath } from "./path.ts";
import { refuseUntaken } from "./refused-fields.ts";

/** Codes of what an API may be wrong in. */
export const definitionErrors = [
  ...backendErrors,
  "UnsupportedOperation",
  "MissingParameter",
  "ResourceNotFound.InvalidOauthApi",
  "InvalidParameterValue.InvalidApiBusinessType",
  "InvalidParameterValue.InvalidApiRequestConfig",
  "InvalidParameterValue.InvalidApiType",
  "InvalidParameterValue.InvalidConstantParameters",
  "InvalidParameterValue.InvalidMethod",
  "InvalidParameterValue.InvalidProcotol",
  "InvalidParameterValue.InvalidPublicKey",
  "InvalidParameterValue.InvalidRequestParameters",
  "InvalidParameterValue.InvalidWSMethod",
] as const satisfies readonly ErrorCode[];

/** What the fields of CreateApi make. Throws for the first thing that is wrong. */
export async function contentOf(
  api: { readonly apiId: string; readonly serviceId: string },
  given: ApiFields,
  context: ActionContext,
): Promise<ApiContent> {
  const { path, isExactPath, names } = parsePath(given.RequestConfig.Path);
  const protocol = protocolOf(given);
  const method = methodOf(given.RequestConfig.Method, protocol);
  requireNormal(given);
  const { authorization, authorizedBy, oauth } = await authorizationOf(given, api.serviceId, context);
  const definition: ApiDefinition = {
    apiId: api.apiId,
    name: given.ApiName ?? "",
    protocol,
    method,
    path,
    isExactPath,
    authorization,
    allowsCors: given.EnableCORS ?? false,
    parameters: parametersOf(given, names),
    constants: constantsOf(given),
    backend: await backendOf(given, context),
    timeoutS: given.ServiceTimeout,
    convertedCodes: (given.ResponseErrorCodes ?? []).flatMap(({ Code: code, ConvertedCode: converted, ...rest }) => {
      if (rest.NeedConvert !== true || code === undefined || converted === undefined) return [];
      return [{ code, convertedCode: converted, message: rest.Msg ?? "" }];
    }),
  };
  refuseUntaken(given);
  return { definition, given: { ...given }, authorizedBy, oauth };
}

/** What may be there only once in a service. A last slash makes a difference to exact paths without names alone. */
export function routeOf({ protocol, method, path, isExactPath }: ApiDefinition): string {
  const isLiteral = isExactPath && !path.includes("{");
  const same = isLiteral || path === "/" || !path.endsWith("/") ? path : path.slice(0, -1);
  return `${protocol} ${method} ${isExactPath ? "=" : ""}${same.replaceAll(/\{[^}]*\}/g, "{}")}`;
}

function protocolOf({ Protocol: text }: ApiFields): ApiDefinition["protocol"] {
  if (text === "HTTP" || text === "WEBSOCKET") return text;
  throw new ApiError(
    "InvalidParameterValue.InvalidProcotol",
    `Protocol must be HTTP or WEBSOCKET; it is ${JSON.stringify(text)}.`,
  );
}

function requireNormal({ ApiType: type = "NORMAL" }: ApiFields): void {
  if (type === "NORMAL") return;
  if (type === "TSF")
    throw new ApiError("UnsupportedOperation", "APIs of type TSF are not available; ApiType can be NORMAL.");
  throw new ApiError("InvalidParameterValue.InvalidApiType", `ApiType must be NORMAL; it is ${JSON.stringify(type)}.`);
}
