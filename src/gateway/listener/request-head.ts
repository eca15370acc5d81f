import type { IncomingMessage } from "node:http";
import { readTrace, type IncomingTrace } from "../../core/index.ts";
import { connectionNames, field, fieldOf, isChunked } from "./field-names.ts";
import type { Peer } from "./client-line.ts";
import { refusal, type Refusal } from "./refusal.ts";
import type { ServerRequest } from "./server/http-server.ts";

/** What the gateway reads from the headers of a request, and what it passes on of them. */
export interface RequestHead {
  readonly kind: "head";
  readonly rawHeaders: readonly string[];
  /** The Host header as it came. */
  readonly authority: string;
  /** Its name: lower case, without port. */
  readonly hostName: string;
  /** Bytes that the client announced; null for a chunked body, 0 for none. */
  readonly bodyLength: number | null;
  readonly expectsContinue: boolean;
  /** Protocol that the client wants to change to; empty for none. */
  readonly upgrade: string;
  readonly accept: string;
  readonly isApiCall: boolean;
  readonly contentType: string;
  /** The trace that the client takes part in; null: none that could be continued. */
  readonly trace: IncomingTrace | null;
  /** End-to-end headers, names and values in turn, with the x-forwarded headers grown by this hop and without those of the trace. */
  readonly endToEnd: readonly string[];
  /** Its client has sent it more than once: what is made of it is worth keeping. */
  isRepeated: boolean;
}

/** Node counts the bytes of names and values only, so that very many tiny headers would fit its limit. */
const maxHeaders = 1_000;

const tooManyHeaders = refusal(431, "TooManyHeaders", `The request has more than ${maxHeaders} headers.`, {
  limit: "request headers",
  value: String(maxHeaders),
});

const hostPattern = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/** Draft of a head while its headers are read one by one. */
class HeadDraft {
  readonly kind = "head";
  readonly rawHeaders: readonly string[];
  authority = "";
  hostName = "";
  bodyLength: number | null = 0;
  expectsContinue = false;
  upgrade = "";
  accept = "";
  isApiCall = false;
  contentType = "";
  trace: IncomingTrace | null = null;
  endToEnd: string[] = [];
  isRepeated = false;
  hosts = 0;
  isUpgradeAsked = false;
  isChunked = false;
  dropped: readonly string[] = [];
  forwardedFor = "";
  forwardedProto = "";
  forwardedHost = "";
  traceparent = "";
  tracestate = "";

  constructor(rawHeaders: readonly string[]) {
    this.rawHeaders = rawHeaders;
  }
}

type HeadSource = { readonly rawHeaders: readonly string[]; readonly httpVersionMinor: number };

/** Reads the headers of a request. A strict parser came first; what it lets pass and we do not is refused here. */
export function readHead(request: HeadSource, peer: Peer): RequestHead | Refusal {
  const { rawHeaders } = request;
  if (rawHeaders.length > 2 * maxHeaders) return tooManyHeaders;
  const draft = new HeadDraft(rawHeaders);
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const problem = readField(draft, rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
    if (problem !== null) return problem;
  }
  const problem = checkFraming(request, draft) ?? checkHost(request, draft);
  if (problem !== null) return problem;
  dropNamed(draft);
  addForwarded(draft, peer);
  if (draft.traceparent !== "") draft.trace = readTrace(draft.traceparent, draft.tracestate);
  if (!draft.isUpgradeAsked || draft.upgrade.toLowerCase().includes("h2c")) draft.upgrade = "";
  return draft;
}

function readField(draft: HeadDraft, name: string, value: string): Refusal | null {
  switch (fieldOf(name)) {
    case field.plain:
    case field.trailer:
      draft.endToEnd.push(name, value);
      return null;
    case field.host:
      draft.hosts++;
      draft.authority = value;
      draft.endToEnd.push(name, value);
      return null;
    case field.contentLength:
      draft.bodyLength = Number(value);
      draft.endToEnd.push(name, String(draft.bodyLength));
      return null;
    case field.transferEncoding:
      if (!isChunked(value) || draft.isChunked) return unknownCoding(value);
      draft.isChunked = true;
      return null;
    case field.connection:
      readConnection(draft, value);
      return null;
    case field.upgrade:
      draft.upgrade = draft.upgrade === "" ? value : `${draft.upgrade}, ${value}`;
      return null;
    case field.expect:
      draft.expectsContinue = value.toLowerCase() === "100-continue";
      return null;
    case field.accept:
      draft.accept = value;
      draft.endToEnd.push(name, value);
      return null;
    case field.contentType:
      draft.contentType = value;
      draft.endToEnd.push(name, value);
      return null;
    case field.apiAction:
      draft.isApiCall = true;
      draft.endToEnd.push(name, value);
      return null;
    case field.forwardedFor:
      draft.forwardedFor = appended(draft.forwardedFor, value);
      return null;
    case field.forwardedProto:
      draft.forwardedProto = appended(draft.forwardedProto, value);
      return null;
    case field.forwardedHost:
      draft.forwardedHost = appended(draft.forwardedHost, value);
      return null;
    case field.traceparent:
      draft.traceparent = appended(draft.traceparent, value);
      return null;
    case field.tracestate:
      draft.tracestate = appended(draft.tracestate, value);
      return null;
    case field.hop:
    case field.ours:
      return null;
  }
}

function appended(before: string, value: string): string {
  return before === "" ? value : `${before}, ${value}`;
}

function readConnection(draft: HeadDraft, value: string): void {
  const names = connectionNames(value);
  if (names.length === 0) return;
  draft.dropped = [...draft.dropped, ...names];
  if (names.includes("upgrade")) draft.isUpgradeAsked = true;
}

function checkFraming(request: HeadSource, draft: HeadDraft): Refusal | null {
  if (draft.isChunked && request.httpVersionMinor === 0) {
    return refusal(400, "BadRequest", "An HTTP/1.0 request cannot have a Transfer-Encoding; send Content-Length.");
  }
  if (draft.isChunked) draft.bodyLength = null;
  if (draft.bodyLength !== null && !Number.isSafeInteger(draft.bodyLength)) {
    return refusal(400, "BadRequest", "The Content-Length is not a number that can be served.");
  }
  return null;
}

function unknownCoding(value: string): Refusal {
  return refusal(
    501,
    "TransferEncodingUnsupported",
    `The Transfer-Encoding "${value.slice(0, 40)}" is not understood; "chunked", once and alone, is.`,
  );
}

function checkHost(request: HeadSource, draft: HeadDraft): Refusal | null {
  if (draft.hosts > 1) return refusal(400, "BadRequest", "The request has more than one Host header; send one.");
  if (draft.hosts === 0) {
    return request.httpVersionMinor === 0
      ? null
      : refusal(400, "BadRequest", "The request has no Host header; HTTP/1.1 needs one.");
  }
  // Python's cloud SDK writes its endpoint into the Host header as it was given, scheme included.
  const plain = draft.authority.replace(/^https?:\/\//, "");
  if (!hostPattern.test(plain)) {
    return refusal(400, "BadRequest", "The Host header is not a name or address with an optional port.");
  }
  draft.hostName = plain.replace(/:\d+$/, "").toLowerCase();
  return null;
}

/** Headers that `Connection` named are for this hop. Only plain ones: nobody can name our own or the framing away. */
function dropNamed(draft: HeadDraft): void {
  const { dropped, endToEnd } = draft;
  if (dropped.length === 0) return;
  const kept: string[] = [];
  for (let i = 0; i + 1 < endToEnd.length; i += 2) {
    const name = endToEnd[i] ?? "";
    if (fieldOf(name) === field.plain && dropped.includes(name.toLowerCase())) continue;
    kept.push(name, endToEnd[i + 1] ?? "");
  }
  draft.endToEnd = kept;
}

function addForwarded(draft: HeadDraft, peer: Peer): void {
  draft.endToEnd.push(
    "x-forwarded-for",
    appended(draft.forwardedFor, peer.address),
    "x-forwarded-proto",
    appended(draft.forwardedProto, peer.isTls ? "https" : "http"),
    "x-forwarded-host",
    appended(draft.forwardedHost, draft.authority),
  );
}

type RequestLine = Pick<ServerRequest, "method" | "url" | "httpVersion" | "httpVersionMajor">;

/** Checks the request line: version and form of the target. */
export function checkRequestLine(request: RequestLine): Refusal | null {
  if (request.httpVersionMajor !== 1) {
    return refusal(505, "HttpVersionUnsupported", `HTTP/${request.httpVersion} is not spoken here; use HTTP/1.1.`);
  }
  const { url } = request;
  if (url.charCodeAt(0) === slash) {
    return url.includes("#") ? refusal(400, "BadRequest", "The request target contains a fragment (#).") : null;
  }
  if (url === "*" && request.method === "OPTIONS") return null;
  return refusal(
    400,
    "BadRequest",
    "The request target must be a path that begins with /; absolute and authority forms are for proxies.",
  );
}

const slash = 47;

/** Stands for the head of a request that was refused before it was read. */
export const unreadHead: RequestHead = {
  kind: "head",
  rawHeaders: [],
  authority: "",
  hostName: "",
  bodyLength: 0,
  expectsContinue: false,
  upgrade: "",
  accept: "",
  isApiCall: false,
  contentType: "",
  trace: null,
  endToEnd: [],
  isRepeated: false,
};

/** Whether a body is to come behind a head, as Node's parser has read it. */
export function announcesBody({ headers }: Pick<IncomingMessage, "headers">): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
}
