import type { FunctionDestination } from "../routes/function-destination.ts";
import { hostHeaders, issuePass, isPassOf, traceHeaders, type RequestId } from "../../core/index.ts";
import type { Exchange } from "../listener/exchange.ts";
import { field, fieldOf } from "../listener/field-names.ts";
import type { RequestHead } from "../listener/request-head.ts";

/** Signs and reads requests between gateways of one installation. */
export interface PassKey {
  readonly key: Buffer;
  now(): number;
}

/** The head of a request for the host that has its function. */
export function hostRequestText(
  { request, head, requestId, trace }: Pick<Exchange, "request" | "head" | "requestId" | "trace">,
  { route, path, prefix }: FunctionDestination,
  { key, now }: PassKey,
  isUpgrade: boolean,
): string {
  const { method } = request;
  const target = `${route.namespace}/${route.name}/${route.qualifier}`;
  let text = `${method} ${path} HTTP/1.1\r\n`;
  if (head.authority === "") text += "host: localhost\r\n";
  for (let i = 0; i + 1 < head.endToEnd.length; i += 2) text += `${head.endToEnd[i]}: ${head.endToEnd[i + 1]}\r\n`;
  const told = traceHeaders(trace);
  for (let i = 0; i + 1 < told.length; i += 2) text += `${told[i]}: ${told[i + 1]}\r\n`;
  if (head.bodyLength === null) text += "transfer-encoding: chunked\r\n";
  if (isUpgrade) text += `connection: Upgrade\r\nupgrade: ${head.upgrade}\r\n`;
  if (prefix !== "") text += `${hostHeaders.prefix}: ${prefix}\r\n`;
  const pass = issuePass(key, { method, url: path, requestId, target }, now());
  return (
    `${text}${hostHeaders.requestId}: ${requestId}\r\n${hostHeaders.target}: ${target}\r\n` +
    `${hostHeaders.pass}: ${pass}\r\n\r\n`
  );
}

/** A request of another process of this installation. */
export interface HostRequest {
  readonly requestId: RequestId;
  /** The function that it was routed to; null: it is for the process itself. */
  readonly target: { readonly namespace: string; readonly name: string; readonly qualifier: string } | null;
  readonly prefix: string;
}

/** Null: nobody with the key of this installation has sent it, or it was for another request. */
export function readHostRequest(
  request: Pick<Exchange["request"], "method" | "url">,
  head: RequestHead,
  { key, now }: PassKey,
): HostRequest | null {
  const said = new Map<string, string>();
  for (let i = 0; i + 1 < head.rawHeaders.length; i += 2) {
    const name = (head.rawHeaders[i] ?? "").toLowerCase();
    if (fieldOf(name) === field.ours) said.set(name, head.rawHeaders[i + 1] ?? "");
  }
  const requestId = said.get(hostHeaders.requestId) ?? "";
  const target = said.get(hostHeaders.target) ?? "";
  const asked = { method: request.method, url: request.url, requestId, target };
  if (!isPassOf(key, said.get(hostHeaders.pass) ?? "", asked, now())) return null;
  const [namespace = "", name = "", qualifier = ""] = target.split("/");
  return {
    requestId: requestId as RequestId, // brand: the other process made it
    target: target === "" ? null : { namespace, name, qualifier },
    prefix: said.get(hostHeaders.prefix) ?? "",
  };
}

/** Headers that reading a head adds at its end, names and values. */
const grown = 6;

/** The head as the first gateway read it: this hop is inside the platform, and no function hears of it. */
export function withoutHop(head: RequestHead): RequestHead {
  const endToEnd = head.endToEnd.slice(0, -grown);
  for (let i = 0; i + 1 < head.rawHeaders.length; i += 2) {
    const which = fieldOf(head.rawHeaders[i] ?? "");
    const isForwarded = which === field.forwardedFor || which === field.forwardedProto || which === field.forwardedHost;
    if (isForwarded) endToEnd.push(head.rawHeaders[i] ?? "", head.rawHeaders[i + 1] ?? "");
  }
  return { ...head, endToEnd };
}
