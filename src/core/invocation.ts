import type { FunctionForm } from "./function.ts";
import type { FunctionId, RequestId } from "./ids.ts";

/** Which function, and which of its versions, a call is for. */
export interface Target {
  readonly namespace: string;
  readonly name: string;
  /** A version, an alias, `$LATEST` or `$DEFAULT`. */
  readonly qualifier: string;
  /** Pairs that matched routing of an alias looks at. */
  readonly routingKey?: Readonly<Record<string, string>> | undefined;
}

/** Where time went, in microseconds. */
export interface PhaseTimes {
  /** Waiting for admission and a slot. */
  readonly queueUs: number;
  /** Taking a started sandbox from the pool (or starting one). 0 on a warm call. */
  readonly claimUs: number;
  /** Giving the sandbox its code and limits. 0 on a warm call. */
  readonly mountUs: number;
  /** Loading the handler. 0 on a warm call. */
  readonly initUs: number;
  /** Thawing an instance that stood still. 0 when it did not. */
  readonly thawUs: number;
  /** From the call's first byte in to its last byte out of the sandbox. */
  readonly runUs: number;
}

export type InvocationKind = "sync" | "async" | "http";

/**
 * The durable fact that a call ended, one per invocation: what billing, metrics and
 * GetFunctionLogs read. Measured by the host, never reported by the sandbox.
 */
export interface UsageRecord extends PhaseTimes {
  readonly requestId: RequestId;
  readonly functionId: FunctionId;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly qualifier: string;
  readonly form: FunctionForm;
  readonly kind: InvocationKind;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** What is billed: claim, mount, init, thaw and run together, without the queue, microseconds. */
  readonly durationUs: number;
  readonly memoryMb: number;
  /** Peak memory of the instance, bytes; 0 when it was not sampled. */
  readonly memoryBytes: number;
  /** SCF result code: 200, 430, 433, … */
  readonly status: number;
  /** HTTP status sent to the client; 0 for events. */
  readonly httpStatus: number;
  /** Body of the request or event. */
  readonly bytesIn: number;
  /** Body of the answer or result. */
  readonly bytesOut: number;
  /**
   * What the sandbox sent over its network, with packet headers, since the call before ended: to the internet and to nameservers; of a
   * service, whose answers leave that way, those, too. Of calls at the same time, who ends first has it all. 0 without a network of its own.
   */
  readonly networkBytesOut: number;
  readonly retry: number;
  readonly isCold: boolean;
}

/** One line that a function wrote. */
export interface LogLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** How an event invocation ended, body included. */
export interface InvocationResult {
  readonly record: UsageRecord;
  /** The function's JSON text, or the failure's JSON. */
  readonly body: string;
  /** Empty on success. */
  readonly errorMessage: string;
  /** `Server-Timing` for an answer made of the result, where the function's owner asks for it. */
  readonly serverTiming?: string;
  /** The end of this call's log as text: at least the last `limits.payload.logTailBytes`, if there are so many. */
  readonly log: string;
}
