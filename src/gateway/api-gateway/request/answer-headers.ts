import type { Exchange } from "../../listener/exchange.ts";
import { corsHeaders, withCors } from "../../cors.ts";
import type { Rates } from "../access/request-limits.ts";
import type { ApiRequest } from "./api-request.ts";

/** Lets every answer to a request say which API it is of and what its limits are, as Tencent's gateway does. */
export function shapeAnswer(exchange: Exchange, request: ApiRequest, rates: Rates, appId: string): void {
  const { api, service } = request;
  const { published } = service;
  const own = [
    "x-api-requestid",
    exchange.requestId.replaceAll("-", ""),
    "x-api-id",
    api.apiId,
    "x-api-appid",
    appId,
    "x-api-serviceid",
    published.serviceId,
    "x-api-httphost",
    exchange.head.authority,
    ...("functionName" in api.backend ? ["x-api-funcname", api.backend.functionName] : []),
  ];
  const added = api.cors === null ? [] : corsHeaders(api.cors, exchange.request.headers.origin);
  exchange.shapeHeaders = (pairs, status) => {
    exchange.api?.onHead(status);
    return [...withCors(pairs, added), ...own, ...rates.pairs(), "x-api-status", String(status)];
  };
}
