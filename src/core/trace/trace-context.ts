import { randomFillSync } from "node:crypto";

/** Where a call stands among the calls that led to it, as W3C Trace Context (levels 1 and 2) has it; ids are lower-case hex. */
export interface TraceContext {
  readonly traceId: string;
  /** The platform's own part of the trace: the parent of what the function does. */
  readonly spanId: string;
  /** Who called; empty where the trace began here. */
  readonly parentId: string;
  /** Sampled, and whether the trace id is random; other bits are not passed on. */
  readonly flags: string;
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
  if (from === null) return { traceId: randomHex(32), spanId: randomHex(16), parentId: "", flags: "03", state: "" };
  return { ...from, spanId: randomHex(16) };
}

/** Names and values in turn of the headers that tell a callee. */
export function traceHeaders(trace: TraceContext): readonly string[] {
  const parent = parentOf(trace);
  return trace.state === "" ? ["traceparent", parent] : ["traceparent", parent, "tracestate", trace.state];
}

/** The variables that tell a callee which has no headers, named as OpenTelemetry does. */
export function traceVariables(trace: TraceContext): Readonly<Record<string, string>> {
  const parent = { TRACEPARENT: parentOf(trace) };
  return trace.state === "" ? parent : { ...parent, TRACESTATE: trace.state };
}

function parentOf({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags}`;
}

const randomBytes = Buffer.allocUnsafeSlow(6 * 1024);
let digits = "";
let used = 0;

/** Random digits, asked of the system many at a time: 0.05 µs for the ids of a call, where `randomBytes` takes 2. */
function randomHex(length: number): string {
  if (used + length > digits.length) {
    digits = randomFillSync(randomBytes).toString("hex");
    used = 0;
  }
  used += length;
  return digits.slice(used - length, used);
}
