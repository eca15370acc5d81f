import type { ApiDefinition, ApiMethod, ApiParameter, ParameterPlace } from "../../../core/index.ts";
import { ApiError } from "../../api-error.ts";
import type { ApiFields } from "./api-fields.ts";

const types: readonly string[] = ["string", "int", "long", "float", "double", "boolean"];

/** The parameters that an API takes; `names` are those of its path. */
export function parametersOf({ RequestParameters: given = [] }: ApiFields, names: readonly string[]): ApiParameter[] {
  const problem = (sentence: string) => new ApiError("InvalidParameterValue.InvalidRequestParameters", sentence);
  const parameters = given.map((parameter, index) => {
    const { Name: name = "", Position: position = "", Type: type = "string", DefaultValue: preset = "" } = parameter;
    const place = placeOf(position);
    const at = `RequestParameters.${index}`;
    if (!isParameterName(name)) throw problem(`${at}.Name must be a name of letters, digits, "-", "_" and ".".`);
    if (place === null) throw problem(`${at}.Position must be HEADER, QUERY, PATH or BODY.`);
    if (!types.includes(type)) throw problem(`${at}.Type must be one of ${types.join(", ")}.`);
    if (place === "PATH" && !names.includes(name)) throw problem(`${at}: the path has no {${name}}.`);
    return {
      name,
      place,
      type: type as ApiParameter["type"], // checked the lines above
      isRequired: parameter.Required ?? false,
      presetValue: preset === "" ? null : preset,
    };
  });
  const keys = parameters.map(({ place, name }) => `${place} ${name}`);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw problem(`RequestParameters has ${twice} twice.`);
  return parameters;
}

export function constantsOf({ ConstantParameters: given = [] }: ApiFields): ApiDefinition["constants"] {
  return given.map(({ Name: name = "", Position: position = "", DefaultValue: value = "" }, index) => {
    const place = placeOf(position);
    if (isParameterName(name) && place !== null && place !== "PATH") return { name, place, value };
    throw new ApiError(
      "InvalidParameterValue.InvalidConstantParameters",
      `ConstantParameters.${index} must have a Name of letters, digits, "-", "_" and ".", and HEADER, QUERY or BODY as Position.`,
    );
  });
}

export function isParameterName(name: string): boolean {
  return /^[\w.-]{1,128}$/.test(name);
}

/** In either case, and `head`, as some clients have it. */
export function placeOf(text: string): ParameterPlace | null {
  const upper = text.toUpperCase();
  if (upper === "HEAD") return "HEADER";
  return upper === "HEADER" || upper === "QUERY" || upper === "PATH" || upper === "BODY" ? upper : null;
}

const methods: readonly string[] = ["ANY", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];

export function methodOf(text: string, protocol: ApiDefinition["protocol"]): ApiMethod {
  if (!methods.includes(text)) {
    throw new ApiError(
      "InvalidParameterValue.InvalidMethod",
      `Method must be one of ${methods.join(", ")}; it is ${JSON.stringify(text)}.`,
    );
  }
  if (protocol === "WEBSOCKET" && text !== "GET") {
    throw new ApiError("InvalidParameterValue.InvalidWSMethod", `A WebSocket begins with GET; Method is ${text}.`);
  }
  return text as ApiMethod; // checked the lines above
}
