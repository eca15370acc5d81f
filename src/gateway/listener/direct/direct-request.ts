import type { IncomingHttpHeaders } from "node:http";
import { field, fieldOf, headersByName } from "../field-names.ts";
import type { Peer } from "../client-line.ts";
import { readHead, type RequestHead } from "../request-head.ts";

/** A request that was read without Node's parser, body and all; the members are named as Node's. */
export class DirectRequest {
  readonly httpVersion = "1.1";
  readonly httpVersionMajor = 1;
  readonly httpVersionMinor = 1;
  readonly complete = true;
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly head: RequestHead;
  /** Its client has sent it before: whoever makes something of it may keep that. */
  isRepeated = false;
  /** Null: none. */
  readonly body: Buffer | null;
  /** Its client wants the connection to end with the answer. */
  readonly isLast: boolean;

  constructor(method: string, url: string, head: RequestHead, body: Buffer | null) {
    this.method = method;
    this.url = url;
    this.rawHeaders = head.rawHeaders;
    this.head = head;
    this.body = body;
    this.isLast = wantsClose(head.rawHeaders);
  }

  /** By lower-case name; repeated ones joined. */
  get headers(): IncomingHttpHeaders {
    return headersByName(this.rawHeaders);
  }
}

/**
 * The request that one piece holds, when it is simple, whole, and all that the piece holds; null for Node's parser to look. The piece is valid
 * during the call only.
 */
export type DirectReader = (piece: Buffer) => DirectRequest | null;

const requestLine = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[!"$-~]*) HTTP\/1\.1\r\n/;
/** Names and values as RFC 9110 (5.1, 5.5) and RFC 9112 (5) have them: no folding, no space before the colon, no bare CR or LF. */
const fieldLines = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+\r\n$/;

/**
 * Reads the requests of one connection that need no judgement: HTTP/1.1, in one chunk, strictly formed, of known and present
 * length, with no wish for another protocol or for permission. Whatever else there is, Node's parser sees from its
 * first byte. Clients repeat themselves: a head equal to the last one costs a comparison of its bytes.
 */
export function createDirectReader(peer: Peer, headerBytes: number): DirectReader {
  let last: DirectRequest | null = null;
  let lastChunk: Buffer | null = null;
  let lastFields: Buffer | null = null;
  return (piece) => {
    if (last !== null && lastChunk !== null && piece.equals(lastChunk)) {
      last.isRepeated = true;
      last.head.isRepeated = true;
      return last;
    }
    const headEnd = piece.indexOf("\r\n\r\n") + 4;
    if (headEnd < 4 || headEnd > headerBytes) return null;
    const chunk = Buffer.from(piece);
    const text = chunk.toString("latin1", 0, headEnd);
    const line = requestLine.exec(text);
    if (line === null) return null;
    const [{ length: lineEnd }, method = "", url = ""] = line;
    const fields = chunk.subarray(lineEnd, headEnd);
    const isKnown = last !== null && lastFields !== null && fields.equals(lastFields);
    const head = isKnown && last !== null ? last.head : readFields(text.slice(lineEnd), peer);
    if (head === null || head.bodyLength !== chunk.length - headEnd) return null;
    head.isRepeated ||= isKnown;
    const request = new DirectRequest(method, url, head, head.bodyLength === 0 ? null : chunk.subarray(headEnd));
    lastChunk = request.body === null ? chunk : null;
    lastFields = fields;
    last = request;
    return request;
  };
}

/** Null: not simple, or not allowed. */
function readFields(text: string, peer: Peer): RequestHead | null {
  if (!fieldLines.test(text)) return null;
  const rawHeaders: string[] = [];
  for (let at = 0; at < text.length - 2;) {
    const colon = text.indexOf(":", at);
    const end = text.indexOf("\r\n", colon);
    const name = text.slice(at, colon);
    const value = trimmed(text, colon + 1, end);
    if (!isSimple(name, value)) return null;
    rawHeaders.push(name, value);
    at = end + 2;
  }
  const head = readHead({ rawHeaders, httpVersionMinor: 1 }, peer);
  return head.kind === "head" && !hasTwoLengths(rawHeaders) ? head : null;
}

/** Space and tab only: `trim` would take characters that belong to the value. */
function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function isSimple(name: string, value: string): boolean {
  const which = fieldOf(name);
  if (which === field.transferEncoding || which === field.upgrade || which === field.expect) return false;
  if (which === field.connection) return isPersistence(value);
  if (which === field.hop && name.toLowerCase() === "proxy-connection") return false; // Node's parser heeds it
  return which !== field.contentLength || /^\d{1,9}$/.test(value);
}

/** `keep-alive` or `close`, and nothing that names a header. */
function isPersistence(value: string): boolean {
  return value === "keep-alive" || value === "close" || /^(?:keep-alive|close)$/i.test(value);
}

function wantsClose(rawHeaders: readonly string[]): boolean {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (fieldOf(rawHeaders[i] ?? "") === field.connection && lastWish.test(rawHeaders[i + 1] ?? "")) return true;
  }
  return false;
}

const lastWish = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i;

function hasTwoLengths(rawHeaders: readonly string[]): boolean {
  let lengths = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (fieldOf(rawHeaders[i] ?? "") === field.contentLength) lengths++;
  return lengths > 1;
}
