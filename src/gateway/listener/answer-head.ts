import { STATUS_CODES } from "node:http";
import { flatText } from "./answer/flat-text.ts";
import { connectionNames, field, fieldOf, type Field } from "./field-names.ts";

/** The head of an answer that may go to the client; its length and request id are said with each answer. */
export class AnswerHead {
  readonly kind = "head";
  readonly status: number;
  /** Names and values in turn. */
  readonly pairs: readonly string[];
  /** Length of the body that the sandbox announced; null where it did not. */
  readonly announced: number | null;
  /** What the sandbox said of its trailers: goes out only with chunks, as nothing else can have any. Empty: nothing. */
  readonly trailer: string;
  readonly hasDate: boolean;
  #start: string;

  constructor(status: number, pairs: readonly string[], announced: number | null, trailer = "") {
    this.status = status;
    this.pairs = pairs;
    this.announced = announced;
    this.trailer = trailer;
    let hasDate = false;
    let start = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "unknown"}\r\n`;
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const name = pairs[i] ?? "";
      start += `${name}: ${pairs[i + 1]}\r\n`;
      hasDate ||= name.length === 4 && name.toLowerCase() === "date";
    }
    this.hasDate = hasDate;
    this.#start = start;
  }

  /** The status line and those of the headers, as HTTP/1.1 has them. */
  get start(): string {
    return this.#start;
  }

  /** It will be sent many times. */
  keep(): void {
    this.#start = flatText(this.#start);
  }
}

export interface AnswerProblem {
  readonly kind: "problem";
  /** What is wrong, as the end of "The answer …". */
  readonly message: string;
}

/** Kept with the pairs that they were made of, and gone with them. */
const screened = new WeakMap<readonly string[], AnswerHead>();

/** `length`: the body's, where it is known. Frozen pairs are those that a function sends again and again: looked at once. */
export function screenAnswer(
  status: number,
  pairs: readonly string[],
  length: number | null,
): AnswerHead | AnswerProblem {
  const before = screened.get(pairs);
  const head = before !== undefined && before.status === status ? before : screenHead(status, pairs);
  if (head.kind === "problem") return head;
  if (head !== before && Object.isFrozen(pairs)) {
    head.keep();
    screened.set(pairs, head);
  }
  if (length === null || head.announced === null || head.announced === length) return head;
  return problem(`announces ${head.announced} bytes but has ${length}`);
}

/**
 * Screens the head of an answer that came from a sandbox: hop-by-hop headers go, a wrong status or length is a
 * problem, and so is a name or value that would end its line early.
 */
function screenHead(status: number, pairs: readonly string[]): AnswerHead | AnswerProblem {
  if (!Number.isInteger(status) || status < 200 || status > 599) return problem(`has the status ${status}`);
  if (pairs.length % 2 !== 0) return problem("has a header without a value");
  const kept: string[] = [];
  let length: number | null = null;
  let dropped: readonly string[] = [];
  let trailer = "";
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] ?? "";
    const value = pairs[i + 1] ?? "";
    const which = fieldOf(name);
    if (which === field.contentLength) {
      if (!/^\d{1,15}$/.test(value)) return problem("has a Content-Length that is no number");
      if (length !== null) return problem("has more than one Content-Length");
      length = Number(value);
    } else if (which === field.connection) {
      dropped = [...dropped, ...connectionNames(value)];
    } else if (which === field.trailer) {
      trailer = trailer === "" ? value : `${trailer}, ${value}`;
    } else if (isPassedOn(which, name) || (which === field.ours && isStatus(name) && ofGateways.has(pairs))) {
      kept.push(name, value);
    }
  }
  const head = new AnswerHead(status, dropped.length === 0 ? kept : withoutNamed(kept, dropped), length, trailer);
  return areAllowed(head.pairs) && !forbidden.test(trailer) ? head : problem("has a header that HTTP does not allow");
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const forbidden = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Names and values as RFC 9110 (5.1, 5.5) has them. Each by itself: in a text of all of them, a value with a line break would look
 * like two headers.
 */
function areAllowed(pairs: readonly string[]): boolean {
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    if (!token.test(pairs[i] ?? "") || forbidden.test(pairs[i + 1] ?? "")) return false;
  }
  return true;
}

function isPassedOn(which: Field, name: string): boolean {
  if (which === field.hop || which === field.upgrade || which === field.transferEncoding) return false;
  return which !== field.ours || !/^x-scf-(?:request-id|status)$/i.test(name); // what the gateway alone says of an answer
}

function isStatus(name: string): boolean {
  return name.toLowerCase() === "x-scf-status";
}

/** Heads that another gateway of this installation has made: what it says of its answer holds here, too. */
const ofGateways = new WeakSet<readonly string[]>();

export function fromGateway(pairs: readonly string[]): readonly string[] {
  ofGateways.add(pairs);
  return pairs;
}

function problem(message: string): AnswerProblem {
  return { kind: "problem", message };
}

function withoutNamed(pairs: readonly string[], dropped: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i] ?? "";
    if (!dropped.includes(name.toLowerCase())) kept.push(name, pairs[i + 1] ?? "");
  }
  return kept;
}

/** Trailers that may go on: names that change nothing about framing or routing; in the form that Node takes them. */
export function screenTrailers(pairs: readonly string[]): [string, string][] {
  const kept: [string, string][] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i] ?? "";
    const value = pairs[i + 1] ?? "";
    const isWellFormed = token.test(name) && !forbidden.test(value);
    if (isWellFormed && fieldOf(name) === field.plain) kept.push([name, value]);
  }
  return kept;
}

/** Headers of an informational answer in the form that Node takes. */
export function informationHeaders(pairs: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of screenTrailers(pairs)) {
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}
