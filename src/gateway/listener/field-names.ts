import type { IncomingHttpHeaders } from "node:http";
import { hostHeaders } from "../../core/index.ts";

/** What a header name means to the gateway; everything else is `plain` and passes through. */
export const field = {
  plain: 0,
  /** Hop by hop: ends here, in both directions. */
  hop: 1,
  host: 2,
  contentLength: 3,
  transferEncoding: 4,
  connection: 5,
  upgrade: 6,
  expect: 7,
  accept: 8,
  forwardedFor: 9,
  forwardedProto: 10,
  forwardedHost: 11,
  /** Said by the gateway alone; a client's own is dropped. */
  ours: 12,
  apiAction: 13,
  trailer: 14,
  contentType: 15,
  traceparent: 16,
  tracestate: 17,
} as const;

export type Field = (typeof field)[keyof typeof field];

const known = new Map<string, Field>([
  ["host", field.host],
  ["content-length", field.contentLength],
  ["transfer-encoding", field.transferEncoding],
  ["connection", field.connection],
  ["upgrade", field.upgrade],
  ["expect", field.expect],
  ["accept", field.accept],
  ["content-type", field.contentType],
  ["x-forwarded-for", field.forwardedFor],
  ["x-forwarded-proto", field.forwardedProto],
  ["x-forwarded-host", field.forwardedHost],
  ["x-tc-action", field.apiAction],
  ["trailer", field.trailer],
  ["traceparent", field.traceparent],
  ["tracestate", field.tracestate],
  ...["keep-alive", "proxy-connection", "proxy-authorization", "proxy-authenticate", "te", "http2-settings"].map(
    (name): [string, Field] => [name, field.hop],
  ),
  ...["request-id", "status", "memory", "timeout", "version", "name", "namespace", "region", "appid", "uin"].map(
    (name): [string, Field] => [`x-scf-${name}`, field.ours],
  ),
  ["x-forwarded-prefix", field.ours],
  ...Object.values(hostHeaders).map((name): [string, Field] => [name, field.ours]),
]);

/** Names as they were sent, so that a repeated spelling costs one lookup and no lower-casing. */
const spellings = new Map<string, Field>(known);
const maxSpellings = 4_096;

/** Classifies a header name in any spelling. */
export function fieldOf(name: string): Field {
  const remembered = spellings.get(name);
  if (remembered !== undefined) return remembered;
  const found = known.get(name.toLowerCase()) ?? field.plain;
  if (spellings.size < maxSpellings) spellings.set(name, found);
  return found;
}

/** `chunked` and nothing else is the one transfer coding that is understood on either side. */
export function isChunked(value: string): boolean {
  return value === "chunked" || value.toLowerCase() === "chunked";
}

/** Lower-case names that a `Connection` value lists besides the usual ones: they end at this hop, too. */
export function connectionNames(value: string): readonly string[] {
  if (value === "keep-alive" || value === "close") return usualNames;
  return value
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
}

const usualNames: readonly string[] = [];

/** Headers by lower-case name; repeated ones joined. */
export function headersByName(rawHeaders: readonly string[]): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? "").toLowerCase();
    const before = headers[name];
    const value = rawHeaders[i + 1] ?? "";
    headers[name] = before === undefined ? value : `${String(before)}, ${value}`;
  }
  return headers;
}

/** What the headers of one name say, of names and values in turn; the name in lower case. */
export function valuesOf(pairs: readonly string[], name: string): string[] {
  return pairs.filter((_, index) => index % 2 === 1 && pairs[index - 1]?.toLowerCase() === name);
}
