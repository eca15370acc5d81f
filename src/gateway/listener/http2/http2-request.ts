import { METHODS, type IncomingHttpHeaders } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { headersByName } from "../field-names.ts";
import type { Peer } from "../client-line.ts";
import { refusal, type Refusal } from "../refusal.ts";
import { checkRequestLine, readHead, type RequestHead } from "../request-head.ts";

/** A request on a stream of HTTP/2; the members are named as those of HTTP/1.1. */
export class Http2Request {
  readonly httpVersion = "2.0";
  readonly stream: ServerHttp2Stream;
  readonly method: string;
  readonly url: string;
  /** As of HTTP/1.1: the authority is the header Host, and cookies are one header. */
  readonly rawHeaders: readonly string[];
  readonly #hasNoBody: boolean;
  rawTrailers: readonly string[] = [];

  constructor(stream: ServerHttp2Stream, pairs: readonly string[], hasNoBody: boolean) {
    const { method, path, fields } = translate(pairs);
    this.stream = stream;
    this.method = method;
    this.url = path;
    this.rawHeaders = fields;
    this.#hasNoBody = hasNoBody;
    if (!hasNoBody) stream.once("trailers", (_headers, _flags, raw: string[]) => (this.rawTrailers = raw));
  }

  /** Its body has come in altogether. */
  get complete(): boolean {
    return this.#hasNoBody || this.stream.readableEnded;
  }

  /** By lower-case name; repeated ones joined. */
  get headers(): IncomingHttpHeaders {
    return headersByName(this.rawHeaders);
  }

  /** What the protocol's own checks let pass and we do not is refused. */
  readHead(peer: Peer): RequestHead | Refusal {
    const { method, url } = this;
    if (method === "CONNECT")
      return refusal(405, "MethodNotAllowed", "CONNECT is for proxies; this is a server for functions.");
    if (!METHODS.includes(method)) return refusal(400, "BadRequest", "The method of the request is unknown.");
    if (!/^[!-~]+$/.test(url))
      return refusal(400, "BadRequest", "The request target has a character that must be encoded.");
    const problem = checkRequestLine({ httpVersionMajor: 1, httpVersion: "1.1", method, url });
    if (problem !== null) return problem;
    const head = readHead({ rawHeaders: this.rawHeaders, httpVersionMinor: 1 }, peer);
    if (head.kind === "refusal" || this.#hasNoBody || hasLength(this.rawHeaders)) return head;
    return { ...head, bodyLength: null };
  }
}

interface Translated {
  readonly method: string;
  readonly path: string;
  readonly fields: readonly string[];
}

function translate(pairs: readonly string[]): Translated {
  const pseudo = new Map<string, string>();
  const fields: string[] = [];
  const cookies: string[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i] ?? "";
    const value = pairs[i + 1] ?? "";
    if (name.startsWith(":")) pseudo.set(name, value);
    else if (name === "cookie") cookies.push(value);
    else if (name !== "host" || value !== pseudo.get(":authority")) fields.push(name, value); // another one makes two, which is refused
  }
  const authority = pseudo.get(":authority");
  if (authority !== undefined) fields.unshift("host", authority);
  if (cookies.length > 0) fields.push("cookie", cookies.join("; "));
  return { method: pseudo.get(":method") ?? "", path: pseudo.get(":path") ?? "", fields };
}

function hasLength(rawHeaders: readonly string[]): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i] === "content-length") return true;
  return false;
}
