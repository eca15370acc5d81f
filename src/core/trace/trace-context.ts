import { randomFillSync } from "node:crypto";

/**
 * Where a call stands among the calls that led to it, as W3C Trace Context (levels 1 and 2) has it: the platform's own part of the trace,
 * which is the parent of what the function does.
 */
export interface TraceContext {
  /** The header for a callee, `00-<trace id>-<id of this part>-<flags>`. Flags: sampled, random trace id; other bits are not passed on. */
  readonly traceparent: string;
  /** The caller's part; empty where the trace began here. */
  readonly parentId: string;
  /** `tracestate`; empty for none. */
  readonly state: string;
}

/** What a request says of the trace that it belongs to. */
export interface IncomingTrace {
  readonly traceId: string;
  readonly parentId: string;
  readonly flags: string;
  readonly state: string;
}

/** Later versions may append fields; 00 has none, and ff is no version. */
const parentPattern = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-[^,]*)?$/;

/** The bits of the flags whose meaning is known: sampled, random trace id. */
const knownFlags = 0x03;

/** Reads the two headers, each with all its values joined by commas; null: no trace to continue. */
export function readTrace(traceparent: string, tracestate: string): IncomingTrace | null {
  const parsed = parentPattern.exec(traceparent);
  if (parsed === null) return null;
  const [, version, traceId = "", parentId = "", flags = "", rest] = parsed;
  if (version === "00" && rest !== undefined) return null;
  const known = (Number.parseInt(flags, 16) & knownFlags).toString(16);
  return { traceId, parentId, flags: `0${known}`, state: readState(tracestate) };
}

const maxMembers = 32;
const memberPattern =
  /^([a-z0-9][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;

/** All of it or, where any of it is wrong, nothing. */
function readState(text: string): string {
  if (text === "") return "";
  const members = text.split(",").flatMap((member) => member.replaceAll(/^[ \t]+|[ \t]+$/g, "") || []);
  const keys = new Set<string>();
  for (const member of members) {
    const key = memberPattern.exec(member)?.[1];
    if (key === undefined || keys.has(key)) return "";
    keys.add(key);
  }
  return members.length > maxMembers ? "" : members.join(",");
}

/** The platform's part of a trace that goes on here, or begins. One that begins is sampled: the platform keeps a record of every call. */
export function continueTrace(from: IncomingTrace | null): TraceContext {
  const own = nextParent();
  if (from === null) return { traceparent: own, parentId: "", state: "" };
  const { traceId, parentId, flags, state } = from;
  return { traceparent: `00-${traceId}${own.slice(spanAt - 1, flagsAt)}${flags}`, parentId, state };
}

/** The caller's part as ours, where the caller is the platform itself: no part is added. */
export function sharedTrace({ traceId, parentId, flags, state }: IncomingTrace): TraceContext {
  return { traceparent: `00-${traceId}-${parentId}-${flags}`, parentId: "", state };
}

/** Names and values in turn of the headers that tell a callee. */
export function traceHeaders({ traceparent, state }: TraceContext): readonly string[] {
  return state === "" ? ["traceparent", traceparent] : ["traceparent", traceparent, "tracestate", state];
}

/** The variables that tell a callee which has no headers, named as OpenTelemetry does. */
export function traceVariables({ traceparent, state }: TraceContext): Readonly<Record<string, string>> {
  return state === "" ? { TRACEPARENT: traceparent } : { TRACEPARENT: traceparent, TRACESTATE: state };
}

/** A header of the length and form of all that are made here. */
const form = `00-${"0".repeat(32)}-${"0".repeat(16)}-03`;
const spanAt = form.indexOf("-03") - 16;
const flagsAt = form.length - 2;
const digitsAt = Array.from(form, (_, at) => at).filter((at) => at >= 3 && at < flagsAt - 1 && at !== spanAt - 1);
const hexDigits = Buffer.from("0123456789abcdef");

/** So many are made at a time: one question to the system and one string for all. A call costs a cut out of it. */
const batch = 128;
const randomBytes = Buffer.allocUnsafeSlow((batch * digitsAt.length) / 2);
const text = Buffer.from(form.repeat(batch));
let made = "";
let used = 0;

/** A header of a trace and a part that nobody else has. */
function nextParent(): string {
  if (used === made.length) makeParents();
  used += form.length;
  return made.slice(used - form.length, used);
}

function makeParents(): void {
  randomFillSync(randomBytes);
  let from = 0;
  for (let start = 0; start < text.length; start += form.length) {
    for (let i = 0; i < digitsAt.length; i += 2) {
      const byte = randomBytes[from++] ?? 0;
      text[start + (digitsAt[i] ?? 0)] = hexDigits[byte >> 4] ?? 0;
      text[start + (digitsAt[i + 1] ?? 0)] = hexDigits[byte & 0xf] ?? 0;
    }
  }
  made = text.toString("latin1");
  used = 0;
}
