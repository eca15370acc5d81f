import {
  limits,
  type FunctionVersion,
  type InvocationResult,
  type LogLine,
  type PlatformError,
} from "../../core/index.ts";
import type { CallAhead, CallHead, CallReceiver, ChannelCall, RuntimeFailure } from "../../sandbox/index.ts";
import { requestCanceled, timeLimitReached, toPlatformError } from "../instances/failures.ts";
import type { Instance, StartTimes } from "../instances/instance.ts";
import type { PlacedCall } from "../instances/instance-context.ts";
import type { VersionInstances } from "../instances/version-instances.ts";
import type { EventInvocation } from "../invoker.ts";
import type { CallContext } from "./call-context.ts";
import { isTimeUp, type Deadlined } from "./deadlines.ts";
import { failureBody, failureMessage } from "./event-result.ts";
import { serverTiming } from "./server-timing.ts";
import { CallLog, type CallMeter } from "./usage.ts";

interface Outcome {
  readonly status: number;
  readonly body: string;
  readonly errorMessage: string;
  /** What the log says of it: the result, or the error with its stack. */
  readonly returnMessage: string;
  readonly memoryBytes: number;
}

/**
 * One call of an event function.
 *
 * waiting → running → ended
 *         ↘ (refused, canceled) ended
 * running → (canceled) lingering → ended
 * ended → (it is in an instance already, sent ahead) lingering → ended
 * running → (its instance ended before the call began) waiting
 *
 * lingering: the caller has its result, the function still runs and keeps its slot until it ends or
 * its deadline comes.
 */
export class EventCall implements PlacedCall, CallReceiver, Deadlined {
  position = 0;
  deadlineAt = 0;
  deadlineIndex = -1;
  readonly #invocation: EventInvocation;
  readonly #instances: VersionInstances;
  readonly #context: CallContext;
  readonly #meter: CallMeter;
  readonly #resolve: (result: InvocationResult) => void;
  readonly #chunks: Buffer[] = [];
  #state: "waiting" | "running" | "lingering" | "ended" = "waiting";
  #log: CallLog | null = null;
  #instance: Instance | null = null;
  #call: ChannelCall | null = null;

  constructor(
    invocation: EventInvocation,
    instances: VersionInstances,
    context: CallContext,
    meter: CallMeter,
    resolve: (result: InvocationResult) => void,
  ) {
    this.#invocation = invocation;
    this.#instances = instances;
    this.#context = context;
    this.#meter = meter;
    this.#resolve = resolve;
  }

  get requestId(): string {
    return this.#invocation.requestId;
  }

  get arrivedAt(): number {
    return this.#meter.arrivedAt;
  }

  get #version(): FunctionVersion {
    return this.#instances.version;
  }

  headFor(instance: Instance): CallHead | null {
    return Buffer.byteLength(this.#invocation.payload) <= inlineBytes ? this.#headFor(instance) : null;
  }

  /** With its payload where that is small. */
  #headFor({ credentials }: Instance): CallHead {
    const { payload, variables } = this.#invocation;
    const deadlineMs = this.#version.spec.timeoutS * 1000;
    const pairs = Object.entries({ ...variables, ...credentials?.variables() }).flat();
    const isSmall = Buffer.byteLength(payload) <= inlineBytes;
    return { kind: "event", requestId: this.requestId, deadlineMs, pairs, ...(isSmall ? { body: payload } : {}) };
  }

  run(instance: Instance, start: StartTimes | null, thawUs: number, ahead: CallAhead | null): void {
    const { clock, deadlines } = this.#context;
    const { payload } = this.#invocation;
    const now = clock.monotonic();
    this.#state = this.#state === "ended" ? "lingering" : "running";
    this.#instance = instance;
    this.#meter.run(now, start, thawUs);
    this.#meter.bytesIn = Buffer.byteLength(payload);
    deadlines.add(this, now + this.#version.spec.timeoutS * 1000);
    if (start === null) instance.sandbox.forgetPeak(); // the first call's is that of its start as well
    this.#call = ahead?.begin(this) ?? instance.channel.open(this.#headFor(instance), this);
    if (this.#meter.bytesIn <= inlineBytes) return;
    // Nothing else writes: what has no credit waits in the channel, bounded by the size of a payload.
    this.#call.write(Buffer.from(payload));
    this.#call.end();
  }

  refuse(error: PlatformError): void {
    this.#answerError(error, 0);
    this.#state = "ended";
  }

  /** The caller is gone: it gets its result, the function is told. */
  cancel(): void {
    if (this.#state !== "waiting" && this.#state !== "running") return;
    const isRunning = this.#state === "running";
    const error = requestCanceled();
    if (isRunning) this.#call?.cancel("caller-gone");
    else this.#instances.leaveQueue(this);
    this.#meter.networkBytesOut = this.#instance?.takeNetworkBytes() ?? 0;
    this.refuse(error);
    if (isRunning) this.#state = "lingering";
  }

  takeLine(line: LogLine): void {
    if (this.#state !== "running") return;
    this.#log ??= new CallLog();
    this.#log.add(line);
  }

  /** Event results have no head. */
  onHead(): void {}

  onDrain(): void {}

  onData(chunk: Buffer): void {
    this.#call?.grant(chunk.length);
    if (this.#state !== "running") return;
    this.#meter.bytesOut += chunk.length;
    if (this.#meter.bytesOut <= limits.payload.syncBytes) this.#chunks.push(Buffer.from(chunk));
  }

  onEnd(): void {
    if (this.#meter.bytesOut > limits.payload.syncBytes) return this.#fail(oversized);
    const wasRunning = this.#state === "running";
    const memoryBytes = this.#leave();
    if (!wasRunning) return;
    const body = Buffer.concat(this.#chunks).toString("utf8");
    this.#answer({ status: 200, body, errorMessage: "", returnMessage: body, memoryBytes });
  }

  onError(failure: RuntimeFailure): void {
    if (failure.kind === "not-begun" && this.#state === "running") return this.#placeAgain();
    if (failure.kind !== "exit" && failure.kind !== "protocol") return this.#fail(failure);
    this.#context.deadlines.remove(this);
    void this.#instance?.explainDeath(failure).then((cause) => this.#fail(cause));
  }

  #placeAgain(): void {
    const instance = this.#instance;
    if (instance === null) return;
    this.#context.deadlines.remove(this);
    this.#state = "waiting";
    this.#instance = null;
    this.#instances.placeAgain(this, instance);
  }

  /** The instance is never used again: nobody knows what its code is still doing. */
  deadlineReached(): void {
    const instance = this.#instance;
    this.#call?.cancel("deadline");
    this.#call?.abandon();
    this.#failWith(timeLimitReached(this.#version));
    if (instance !== null) this.#instances.discard(instance);
  }

  #fail(failure: RuntimeFailure): void {
    const isOwn = failure.kind === "user" && this.#state === "running";
    const isLate = isOwn && isTimeUp(this, this.#context.clock.monotonic());
    this.#failWith(isLate ? timeLimitReached(this.#version) : toPlatformError(failure, this.#version));
  }

  #failWith(error: PlatformError): void {
    const wasRunning = this.#state === "running";
    const memoryBytes = this.#leave();
    if (wasRunning) this.#answerError(error, memoryBytes);
  }

  /** Gives the slot back; returns the peak memory of the instance. */
  #leave(): number {
    const instance = this.#instance;
    this.#context.deadlines.remove(this);
    if (this.#state === "running") this.#meter.networkBytesOut = instance?.takeNetworkBytes() ?? 0;
    this.#state = "ended";
    if (instance === null) return 0;
    this.#instance = null;
    this.#instances.release(instance, this);
    return instance.takePeakBytes();
  }

  #answerError(error: PlatformError, memoryBytes: number): void {
    const body = failureBody(error, this.#invocation.requestId);
    const returnMessage = error.details.stackTrace ?? error.message;
    this.#answer({ status: error.status, body, errorMessage: failureMessage(error), returnMessage, memoryBytes });
  }

  #answer(outcome: Outcome): void {
    const { clock, recorder } = this.#context;
    const { body, errorMessage } = outcome;
    const record = this.#meter.record(this.#version, clock.monotonic(), outcome.status, 0, outcome.memoryBytes);
    const log = this.#log;
    const timing = this.#instances.wantsServerTiming ? { serverTiming: serverTiming(record) } : {};
    recorder.end(record, log, outcome.returnMessage, () =>
      this.#resolve({ record, body, errorMessage, ...timing, log: log?.tail ?? "" }),
    );
  }
}

/** A body up to this size travels in the frame of its call. */
const inlineBytes = 64 * 1024;

/** The runtime checks the size itself; one that does not is not believed. */
const oversized: RuntimeFailure = { kind: "result-too-large", errorType: "", message: "", stackTrace: "" };
