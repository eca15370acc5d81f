import { traceHeaders, type FunctionVersion, type TraceContext } from "../../core/index.ts";
import type { InstallationFacts } from "../functions/function-headers.ts";
import { flatText } from "../listener/answer/flat-text.ts";
import type { RequestHead } from "../listener/request-head.ts";

/** Header lines that hold for every request with the same head, version and prefix. */
interface PreparedLines {
  readonly revision: string;
  readonly prefix: string;
  readonly text: string;
}

/** Kept with the head they were made of, where it repeats, and gone with it. */
const prepared = new WeakMap<RequestHead, PreparedLines>();

export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly prefix: string;
  readonly head: RequestHead;
  readonly requestId: string;
  readonly trace: TraceContext;
  readonly version: FunctionVersion;
  readonly facts: InstallationFacts;
  /** Asks for the client's change of protocol. */
  readonly isUpgrade: boolean;
}

/** The head of a request as the service gets it, with the framing that we write ourselves. */
export function requestText(request: ServiceRequest): string {
  const { head } = request;
  const framing = head.bodyLength === null ? "transfer-encoding: chunked\r\n" : "";
  const upgrade = request.isUpgrade ? `connection: Upgrade\r\nupgrade: ${head.upgrade}\r\n` : "";
  const [parentName, parent, stateName, state] = traceHeaders(request.trace);
  const stateLine = state === undefined ? "" : `${stateName}: ${state}\r\n`;
  return (
    `${request.method} ${request.path} HTTP/1.1\r\n${lines(request)}${framing}${upgrade}` +
    `${parentName}: ${parent}\r\n${stateLine}x-scf-request-id: ${request.requestId}\r\n\r\n`
  );
}

function lines(request: ServiceRequest): string {
  const { head, version, prefix } = request;
  const before = prepared.get(head);
  if (before !== undefined && before.revision === version.revision && before.prefix === prefix) return before.text;
  let text = head.authority === "" ? "host: localhost\r\n" : "";
  for (let i = 0; i + 1 < head.endToEnd.length; i += 2) text += `${head.endToEnd[i]}: ${head.endToEnd[i + 1]}\r\n`;
  if (prefix !== "") text += `x-forwarded-prefix: ${prefix}\r\n`;
  text += scfLines(version, request.facts);
  if (!head.isRepeated) return text;
  const flat = flatText(text);
  prepared.set(head, { revision: version.revision, prefix, text: flat });
  return flat;
}

function scfLines(version: FunctionVersion, facts: InstallationFacts): string {
  return (
    `x-scf-memory: ${version.spec.memoryMb}\r\nx-scf-timeout: ${version.spec.timeoutS}\r\n` +
    `x-scf-version: ${version.version}\r\nx-scf-name: ${version.name}\r\nx-scf-namespace: ${version.namespace}\r\n` +
    `x-scf-region: ${facts.region}\r\nx-scf-appid: ${facts.appId}\r\nx-scf-uin: ${facts.uin}\r\n`
  );
}
