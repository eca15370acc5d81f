import type { ApiParameter } from "../../../core/index.ts";
import type { Exchange } from "../../listener/exchange.ts";
import { apiRefusal, type ApiRefusal } from "./api-refusal.ts";
import type { ApiRequest } from "./api-request.ts";
import { BodyParameters, isForm } from "./body-parameters.ts";

/** Values of a request by where they stand. */
export interface ParameterValues {
  of(place: ApiParameter["place"], name: string): string | null;
  /** Those of its body, to be changed. */
  readonly inBody: BodyParameters;
}

/** Reads the values of a request; `body` is empty where it was not read. */
export function parameterValues(exchange: Exchange, request: ApiRequest, body: Buffer): ParameterValues {
  const query = new URLSearchParams(request.query);
  const { head, request: sent } = exchange;
  let inBody: BodyParameters | null = null; // read once somebody asks: most bodies have nothing to be looked for
  return {
    get inBody() {
      return (inBody ??= new BodyParameters(body, head.contentType, sent.headers["content-encoding"] ?? ""));
    },
    of(place, name) {
      switch (place) {
        case "PATH":
          return request.pathParameters[name] ?? null;
        case "QUERY":
          return query.get(name);
        case "HEADER":
          return [sent.headers[name.toLowerCase()]].flat()[0] ?? null;
        case "BODY":
          return this.inBody.of(name);
      }
    },
  };
}

/** Whether an API declares parameters that stand in the body. */
export function declaresBody({ parameters }: Pick<ApiRequest["api"], "parameters">): boolean {
  return parameters.some(({ place }) => place === "BODY");
}

/** What is wrong with the declared parameters of a request; null: nothing. */
export function refusalOfParameters(
  exchange: Exchange,
  { api }: ApiRequest,
  values: ParameterValues,
): ApiRefusal | null {
  const needsForm = api.parameters.some(({ place, isRequired }) => place === "BODY" && isRequired);
  if (needsForm && !isForm(exchange.head.contentType))
    return apiRefusal(403, "req content type need application/x-www-form-urlencoded.");
  for (const parameter of api.parameters) {
    const { place, name, type, isRequired, presetValue } = parameter;
    const value = values.of(place, name) ?? presetValue;
    if (value === null && isRequired) return apiRefusal(403, `${placeNames[place]} ${name} is required.`);
    if (value !== null && !types[type].test(value)) {
      return apiRefusal(403, `${placeNames[place]} ${name} must be of the type ${type}.`);
    }
  }
  return null;
}

const placeNames = { PATH: "path variable", QUERY: "querystring", HEADER: "header", BODY: "body param" } as const;

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

const types = {
  string: /^/,
  int: /^[+-]?\d{1,10}$/,
  long: /^[+-]?\d{1,19}$/,
  float: decimal,
  double: decimal,
  boolean: /^(?:true|false|0|1)$/i,
} as const;
