import { isUtf8 } from "node:buffer";
import { traceHeaders } from "../../../core/index.ts";
import { eventHeaders, readQuery, type QueryValue } from "../../function-url/request-event.ts";
import type { Exchange } from "../../listener/exchange.ts";
import type { ApiRequest } from "../request/api-request.ts";
import type { Caller } from "../access/caller.ts";
import { hopsHeader, nextHop } from "./hops.ts";

/** What of an event is known beside its request. */
export interface EventFacts {
  readonly caller: Caller;
  readonly body: Buffer;
  /** Whether bodies are always base64; otherwise they are where they are no text. */
  readonly isBase64Encoded: boolean;
  /** Version or alias that is called. */
  readonly qualifier: string;
}

/** The event of a request, as JSON text. */
export function apiEvent(exchange: Exchange, request: ApiRequest, facts: EventFacts): string {
  const { api, path, query, pathParameters, environment } = request;
  const headers = headersOf(exchange, request, facts);
  const queryString = readQuery(query);
  const isBase64 = facts.isBase64Encoded || !isUtf8(facts.body);
  return JSON.stringify({
    requestContext: requestContext(exchange, request, facts.caller),
    headers,
    body: facts.body.toString(isBase64 ? "base64" : "utf8"),
    isBase64Encoded: isBase64,
    pathParameters,
    queryStringParameters: declared(api, "QUERY", queryString),
    headerParameters: declared(api, "HEADER", headers),
    stageVariables: { stage: environment.name },
    path,
    queryString,
    httpMethod: exchange.request.method,
  });
}

/** Where its request came in. */
function requestContext(exchange: Exchange, { service, environment, api }: ApiRequest, { secretId }: Caller) {
  return {
    serviceId: service.published.serviceId,
    path: api.path,
    httpMethod: api.method,
    requestId: exchange.requestId,
    identity: secretId === null ? {} : { secretId },
    sourceIp: exchange.connection.peer.address,
    stage: environment.name,
  };
}

/** With what the gateway says itself, whatever the client said. */
function headersOf(
  exchange: Exchange,
  { api }: ApiRequest,
  { caller, qualifier }: EventFacts,
): Readonly<Record<string, string>> {
  const { head, requestId, connection, trace } = exchange;
  return {
    ...eventHeaders([...head.endToEnd, ...traceHeaders(trace)]),
    "endpoint-timeout": String(api.timeoutS),
    ...(caller.secretId === null ? { "x-anonymous-consumer": "true" } : {}),
    "x-api-requestid": requestId.replaceAll("-", ""),
    [hopsHeader]: String(nextHop(exchange)), // a function that hands its headers on takes part in the count
    "x-api-scheme": connection.peer.isTls ? "https" : "http",
    "x-b3-traceid": requestId.replaceAll("-", ""),
    "x-qualifier": qualifier,
  };
}

/** Those of the values that the API declares, and what it presets of the others. */
function declared(
  { parameters }: ApiRequest["api"],
  place: "QUERY" | "HEADER",
  values: Readonly<Record<string, QueryValue>>,
): Readonly<Record<string, QueryValue>> {
  const own = parameters.filter((parameter) => parameter.place === place);
  const pairs = own.flatMap(({ name, presetValue }) => {
    const value = values[place === "HEADER" ? name.toLowerCase() : name] ?? presetValue;
    return value === null ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}
