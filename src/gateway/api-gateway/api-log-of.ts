import type { ApiLog } from "../../core/index.ts";
import type { Exchange } from "../listener/exchange.ts";
import { pathOfUrl } from "../path-of-url.ts";
import type { AnsweredApi } from "./answered-api.ts";

/** Characters of a path or a message that are kept. */
const maxText = 2_000;

/** What the log keeps of an exchange that is over. */
export function apiLogOf(exchange: Exchange, api: AnsweredApi, now: number): ApiLog {
  const { request, connection, head } = exchange;
  return {
    requestId: exchange.requestId,
    at: Math.round(now),
    serviceId: api.serviceId,
    apiId: api.apiId,
    environment: api.environment,
    host: plainText(head.authority),
    path: plainText(pathOfUrl(request.url)),
    method: request.method,
    scheme: connection.peer.isTls ? "https" : "http",
    status: exchange.httpStatus,
    backendStatus: api.backendStatus,
    clientAddress: connection.peer.address,
    backendAddress: api.backendAddress,
    keyId: api.keyId,
    bytesIn: exchange.bytesIn,
    bytesOut: exchange.bytesOut,
    durationUs: Math.round(exchange.durationMs * 1_000),
    backendUs: api.backendUs,
    errorMessage: plainText(api.errorMessage),
  };
}

/** The database has no place for a character 0, and a whole batch would wait for it. */
function plainText(text: string): string {
  return text.slice(0, maxText).replaceAll("\0", "\u{fffd}");
}
