import http from "node:http";
import https from "node:https";
import type { Readable } from "node:stream";
import { GustConnectionError } from "../../../sdk/src/index.ts";

/** A request to a function's own URL. */
export interface FunctionRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string | null;
}

export interface FunctionReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Readable;
}

/** Sends a request and gives the reply as soon as its head is there; the body streams. */
export function requestFunction(request: FunctionRequest, signal: AbortSignal): Promise<FunctionReply> {
  const { url, method, body } = request;
  const headers = body === null ? request.headers : { ...request.headers, "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const open = url.protocol === "https:" ? https.request : http.request;
    const call = open(url, { method, headers, signal });
    call.once("error", (cause) => {
      reject(signal.aborted ? cause : new GustConnectionError(url.origin, cause.message, cause));
    });
    call.once("response", (reply) => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: reply }));
    call.end(body ?? undefined);
  });
}

/** `-H 'Name: value'` options as headers; a name may come more than once. */
export function parseHeaders(lines: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}
