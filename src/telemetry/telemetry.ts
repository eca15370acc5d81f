import type { ApiLog, FunctionId, LogLine, RequestId } from "../core/index.ts";
import type { EncodedLines } from "../store/index.ts";

/** The text side of an ended invocation: what its function printed and answered. */
export interface InvocationLog {
  readonly requestId: RequestId;
  readonly functionId: FunctionId;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly lines: EncodedLines;
  /** Lines or bytes over the limit that were not kept. */
  readonly droppedLines: number;
  /** Result or error text for GetFunctionLogs, cut at 8 KiB. */
  readonly returnMessage: string;
}

/** Lines that belong to no invocation: what a service or an instance says between calls. */
export interface InstanceLog {
  readonly functionId: FunctionId;
  readonly version: string;
  readonly instanceId: string;
  readonly lines: readonly LogLine[];
}

/** Takes what functions say and brings it to the store in batches. May drop under pressure, and counts what it drops. */
export interface FunctionLogs extends AsyncDisposable {
  recordInvocation(log: InvocationLog): void;
  recordInstance(log: InstanceLog): void;
  /** Records dropped since start because the store could not take them. */
  readonly dropped: number;
  /** Resolves when everything recorded so far is in the store (or was dropped). */
  flush(options: { signal: AbortSignal }): Promise<void>;
}

/** Takes what the API gateway answered and brings it to the store in batches. May drop under pressure, and counts what it drops. */
export interface ApiLogs extends AsyncDisposable {
  record(log: ApiLog): void;
  /** Since start. */
  readonly dropped: number;
  /** Resolves when everything recorded so far is in the store (or was dropped). */
  flush(options: { signal: AbortSignal }): Promise<void>;
}
