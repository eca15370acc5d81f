import { connectionNames, field, fieldOf, type Field } from "./field-names.ts";

/** The headers of an answer that may go to the client. */
export interface AnswerHead {
  readonly kind: "head";
  /** Names and values in turn; may be added to. */
  readonly pairs: string[];
  /** Announced length of the body; null where none was announced. */
  readonly length: number | null;
}

export interface AnswerProblem {
  readonly kind: "problem";
  /** What is wrong, as the end of "The answer …". */
  readonly message: string;
}

/** The head of an answer as its client gets it. `length`: the body's, where it is known. */
export function completeAnswer(
  status: number,
  pairs: readonly string[],
  length: number | null,
  requestId: string,
): AnswerHead | AnswerProblem {
  const head = screenAnswer(status, pairs);
  if (head.kind === "problem") return head;
  const announced = head.length ?? length;
  if (length !== null && announced !== length) return problem(`announces ${announced} bytes but has ${length}`);
  if (announced !== null && status !== 204) head.pairs.push("content-length", String(announced));
  head.pairs.push("x-scf-request-id", requestId);
  return { ...head, length: announced };
}

/**
 * Screens the head of an answer that came from a sandbox: hop-by-hop headers go, a wrong status or length is a
 * problem. Names and values are checked for control characters by Node when it writes them.
 */
function screenAnswer(status: number, pairs: readonly string[]): AnswerHead | AnswerProblem {
  if (!Number.isInteger(status) || status < 200 || status > 599) return problem(`has the status ${status}`);
  if (pairs.length % 2 !== 0) return problem("has a header without a value");
  const kept: string[] = [];
  let length: number | null = null;
  let dropped: readonly string[] = [];
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
    } else if (isPassedOn(which, name)) {
      kept.push(name, value);
    }
  }
  return { kind: "head", pairs: dropped.length === 0 ? kept : withoutNamed(kept, dropped), length };
}

function isPassedOn(which: Field, name: string): boolean {
  if (which === field.hop || which === field.upgrade || which === field.transferEncoding) return false;
  return which !== field.ours || name.toLowerCase() !== "x-scf-request-id";
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
    const isWellFormed = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && !/[^\t\x20-\x7e\x80-\xff]/.test(value);
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
