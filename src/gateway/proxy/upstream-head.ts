import { field, fieldOf, isChunked } from "../listener/field-names.ts";

/** The head of an upstream answer. */
export interface UpstreamHead {
  readonly status: number;
  /** Names and values in turn, as sent. */
  readonly pairs: readonly string[];
  /** How the body ends, before method and status are looked at. */
  readonly framing: { readonly kind: "length"; readonly bytes: number } | { readonly kind: "chunked" | "close" };
  readonly keepsAlive: boolean;
  /** Seconds that the server keeps an idle connection, where it says so. */
  readonly keepAliveS: number | null;
}

/** Breaks a rule of HTTP/1.1; the answer cannot be passed on. */
export class MalformedAnswer extends Error {}

const statusLinePattern = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const namePattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const badValuePattern = /[^\t\x20-\x7e\x80-\xff]/;

/** Reads a head: everything before the empty line, lines joined by CR LF. Strict: throws `MalformedAnswer`. */
export function readUpstreamHead(text: string): UpstreamHead {
  const lines = text.split("\r\n");
  const match = statusLinePattern.exec(lines[0] ?? "");
  if (match === null) throw new MalformedAnswer("its status line is not HTTP/1.1");
  const pairs: string[] = [];
  let length: number | null = null;
  let chunked = false;
  let keepsAlive = match[1] === "1";
  let keepAliveS: number | null = null;
  for (let i = 1; i < lines.length; i++) {
    const [name, value] = readLine(lines[i] ?? "");
    pairs.push(name, value);
    const which = fieldOf(name);
    if (which === field.contentLength) {
      if (length !== null || !/^\d{1,15}$/.test(value)) throw new MalformedAnswer("its Content-Length is wrong");
      length = Number(value);
    } else if (which === field.transferEncoding) {
      if (chunked || !isChunked(value)) throw new MalformedAnswer("its Transfer-Encoding is not just chunked");
      chunked = true;
    } else if (which === field.connection) {
      keepsAlive = keepsAliveAfter(value.toLowerCase(), keepsAlive);
    } else if (which === field.hop && name.toLowerCase() === "keep-alive") {
      const seconds = /timeout=(\d{1,6})/.exec(value)?.[1];
      if (seconds !== undefined) keepAliveS = Number(seconds);
    }
  }
  if (chunked && length !== null) throw new MalformedAnswer("it has both Content-Length and Transfer-Encoding");
  const framing = chunked
    ? ({ kind: "chunked" } as const)
    : length === null
      ? ({ kind: "close" } as const)
      : ({ kind: "length", bytes: length } as const);
  return { status: Number(match[2]), pairs, framing, keepsAlive, keepAliveS };
}

function readLine(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(0, colon));
  if (!namePattern.test(name)) throw new MalformedAnswer("it has a header line without a proper name");
  const value = line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, "");
  if (badValuePattern.test(value)) throw new MalformedAnswer("it has a control character in a header");
  return [name, value];
}

function keepsAliveAfter(connection: string, before: boolean): boolean {
  if (/(?:^|[\s,])close(?:$|[\s,])/.test(connection)) return false;
  if (/(?:^|[\s,])keep-alive(?:$|[\s,])/.test(connection)) return true;
  return before;
}

/** Reads trailer lines (without the empty line that ends them). */
export function readTrailers(text: string): string[] {
  if (text === "") return [];
  return text.split("\r\n").flatMap((line) => [...readLine(line)]);
}

/**
 * The head that a connection's last answer had. Servers repeat theirs but for its date: one that is equal byte by byte is neither read nor
 * screened again (measured, with chunks read as bytes: a tenth of what a request to a service costs the gateway).
 */
export class KnownHead {
  #head: UpstreamHead | null = null;
  #bytes = Buffer.alloc(0);
  #isRepeated = false;

  /** How long it is, with its empty line. */
  get length(): number {
    return this.#bytes.length;
  }

  /** The head, where these bytes begin with it. */
  at(bytes: Buffer): UpstreamHead | null {
    const { length } = this.#bytes;
    if (this.#head === null || bytes.length < length || !bytes.subarray(0, length).equals(this.#bytes)) return null;
    if (!this.#isRepeated) Object.freeze(this.#head.pairs);
    this.#isRepeated = true;
    return this.#head;
  }

  /** The head takes the first `length` of these bytes. */
  remember(head: UpstreamHead, bytes: Buffer, length: number): void {
    this.#head = head;
    this.#isRepeated = false;
    if (this.#bytes.length !== length) this.#bytes = Buffer.allocUnsafeSlow(length);
    bytes.copy(this.#bytes, 0, 0, length);
  }
}
