import { PlatformError, type FunctionVersion, type LogLine } from "../../core/index.ts";
import type { CallAhead, CallHead, CallReceiver, ChannelCall, RuntimeFailure } from "../../sandbox/index.ts";
import { requestCanceled, timeLimitReached, toPlatformError } from "../instances/failures.ts";
import type { Instance, StartTimes } from "../instances/instance.ts";
import type { PlacedCall } from "../instances/instance-context.ts";
import type { VersionInstances } from "../instances/version-instances.ts";
import type { HttpCall, HttpInvocation, HttpReceiver } from "../invoker.ts";
import type { CallContext } from "./call-context.ts";
import type { Deadlined } from "./deadlines.ts";
import { withServerTiming } from "./server-timing.ts";
import { CallLog, type CallMeter } from "./usage.ts";

/**
 * One call of an HTTP function: the gateway's `HttpCall` and the channel's receiver in one object,
 * since this is the hot path.
 *
 * waiting → running → ended
 *         ↘ (refused, canceled) ended
 * running → (canceled) lingering → ended
 * ended → (it is in an instance already, sent ahead) lingering → ended
 * running → (its instance ended before the call, all in one frame, began) waiting
 *
 * waiting: for its function or for a slot; what the client sends meanwhile is kept, at most one chunk
 * beyond what `write` allowed. lingering: the client is gone, the function still runs and keeps its
 * slot until it ends or its deadline comes.
 */
export class HttpFunctionCall implements HttpCall, PlacedCall, CallReceiver, Deadlined {
  position = 0;
  deadlineAt = 0;
  deadlineIndex = -1;
  readonly #invocation: HttpInvocation;
  readonly #receiver: HttpReceiver;
  readonly #context: CallContext;
  readonly #meter: CallMeter;
  #state: "waiting" | "running" | "lingering" | "ended" = "waiting";
  /** Null until its version is known. */
  #instances: VersionInstances | null = null;
  #instance: Instance | null = null;
  #call: ChannelCall | null = null;
  #log: CallLog | null = null;
  #httpStatus = 0;
  /** Body written while waiting. */
  #early: Uint8Array[] = [];
  /** Trailers of a body that ended while waiting. */
  #earlyEnd: { trailers: readonly string[] | undefined } | null = null;
  #isCanceled = false;

  constructor(invocation: HttpInvocation, receiver: HttpReceiver, context: CallContext, meter: CallMeter) {
    this.#invocation = invocation;
    this.#receiver = receiver;
    this.#context = context;
    this.#meter = meter;
    if (invocation.body !== undefined) meter.bytesIn = Buffer.byteLength(invocation.body);
  }

  get requestId(): string {
    return this.#invocation.requestId;
  }

  get arrivedAt(): number {
    return this.#meter.arrivedAt;
  }

  get #version(): FunctionVersion | null {
    return this.#instances?.version ?? null;
  }

  get isCanceled(): boolean {
    return this.#isCanceled;
  }

  /** Its version is known: asks for a slot. */
  admit(instances: VersionInstances): void {
    if (this.#state !== "waiting") return;
    this.#instances = instances;
    instances.admit(this);
  }

  headFor({ version }: Instance): CallHead | null {
    return this.#invocation.body === undefined ? null : this.#headFor(version);
  }

  #headFor({ spec }: FunctionVersion): CallHead {
    const {
      method,
      path: target,
      rawHeaders: pairs,
      sharedHeaders: shared,
      body,
      requestId,
      isUpgrade,
    } = this.#invocation;
    const deadlineMs = spec.timeoutS * 1000;
    return { kind: "http", requestId, deadlineMs, method, target, pairs, shared, body, isUpgrade };
  }

  run(instance: Instance, start: StartTimes | null, thawUs: number, ahead: CallAhead | null): void {
    const { clock, deadlines } = this.#context;
    const { version } = instance;
    const now = clock.monotonic();
    this.#state = this.#state === "ended" ? "lingering" : "running";
    this.#instance = instance;
    this.#meter.run(now, start, thawUs);
    deadlines.add(this, now + version.spec.timeoutS * 1000);
    try {
      this.#call = ahead?.begin(this) ?? instance.channel.open(this.#headFor(version), this);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      queueMicrotask(() => this.#failWith(error)); // the channel takes no such call; whoever placed it is still busy with it
      return;
    }
    if (this.#invocation.body === undefined) this.#sendEarly(this.#call);
  }

  #sendEarly(call: ChannelCall): void {
    let hasCredit = true;
    for (const chunk of this.#early) hasCredit = call.write(chunk);
    this.#early = [];
    if (this.#earlyEnd !== null) call.end(this.#earlyEnd.trailers);
    else if (hasCredit) this.#receiver.onDrain();
  }

  /** The caller hears of it when its record is on disk; without a version there is nothing to record. */
  refuse(error: PlatformError): void {
    this.#state = "ended";
    if (this.#instances === null) queueMicrotask(() => this.#receiver.onError(error, null));
    else this.#answerError(error, 0);
  }

  write(chunk: Uint8Array): boolean {
    this.#meter.bytesIn += chunk.length;
    if (this.#state === "running" && this.#call !== null) return this.#call.write(chunk);
    if (this.#state === "waiting") this.#early.push(chunk);
    return this.#state !== "waiting";
  }

  end(trailers?: readonly string[]): void {
    if (this.#state === "running") this.#call?.end(trailers);
    if (this.#state === "waiting") this.#earlyEnd = { trailers };
  }

  grant(bytes: number): void {
    this.#call?.grant(bytes);
  }

  cancel(status = requestCanceled().status): void {
    if (this.#isCanceled) return;
    this.#isCanceled = true;
    if (this.#state === "running") {
      this.#state = "lingering";
      this.#call?.cancel("caller-gone");
      this.#meter.networkBytesOut = this.#instance?.takeNetworkBytes() ?? 0;
      this.#record(status, "", peakBytes(this.#instance), () => undefined);
    } else if (this.#state === "waiting") {
      this.#state = "ended";
      this.#early = [];
      if (this.#instances === null) return;
      this.#instances.leaveQueue(this);
      this.#record(status, "", 0, () => undefined);
    }
  }

  takeLine(line: LogLine): void {
    if (this.#state !== "running") return;
    this.#log ??= new CallLog();
    this.#log.add(line);
  }

  onHead(status: number, pairs: readonly string[], body: Buffer | null): void {
    if (this.#state !== "running") return;
    if (status >= 200 || status === 101) this.#httpStatus = status;
    if (body !== null) this.#meter.bytesOut += body.length;
    const problem = this.#receiver.onHead(status, this.#shown(status, pairs), body);
    if (problem === null) return;
    this.#httpStatus = 0;
    this.#reject(problem);
  }

  /** The function goes on for nobody. */
  #reject(problem: PlatformError): void {
    this.#call?.abandon();
    this.#failWith(problem);
  }

  /** Headers that the client gets. */
  #shown(status: number, pairs: readonly string[]): readonly string[] {
    if (this.#instances?.wantsServerTiming !== true || status < 200) return pairs;
    return withServerTiming(pairs, this.#meter.times(this.#context.clock.monotonic()));
  }

  onData(chunk: Buffer): void {
    if (this.#state !== "running") {
      this.#call?.grant(chunk.length);
      return;
    }
    this.#meter.bytesOut += chunk.length;
    const problem = this.#receiver.onData(chunk);
    if (problem !== null) this.#reject(problem);
  }

  onEnd(trailers: string[] | null): void {
    const wasRunning = this.#state === "running";
    const problem = wasRunning ? this.#receiver.onLastData() : null;
    if (problem !== null) return this.#failWith(problem);
    const memoryBytes = this.#leave();
    if (!wasRunning) return;
    this.#record(200, "", memoryBytes, () => {
      if (!this.#isCanceled) this.#receiver.onEnd(trailers);
    });
  }

  onDrain(): void {
    if (this.#state === "running") this.#receiver.onDrain();
  }

  onError(failure: RuntimeFailure): void {
    const instance = this.#instance;
    if (failure.kind === "not-begun" && this.#placeAgain()) return;
    if (instance === null || (failure.kind !== "exit" && failure.kind !== "protocol")) return this.#fail(failure);
    this.#context.deadlines.remove(this);
    void instance.explainDeath(failure).then((cause) => this.#fail(cause));
  }

  /** False: it cannot run again, since pieces of its body are gone, or nobody waits for it. */
  #placeAgain(): boolean {
    const [instance, instances] = [this.#instance, this.#instances];
    if (instance === null || instances === null || this.#state !== "running") return false;
    if (this.#invocation.body === undefined) return false;
    this.#context.deadlines.remove(this);
    this.#state = "waiting";
    this.#instance = null;
    instances.placeAgain(this, instance);
    return true;
  }

  /** The other calls of the instance go on, if its event loop still turns. */
  deadlineReached(): void {
    const instance = this.#instance;
    if (instance === null) return;
    this.#call?.cancel("deadline");
    this.#call?.abandon();
    void this.#instances?.checkAlive(instance);
    this.#failWith(timeLimitReached(instance.version));
  }

  #fail(failure: RuntimeFailure): void {
    if (this.#version !== null) this.#failWith(toPlatformError(failure, this.#version));
  }

  #failWith(error: PlatformError): void {
    const wasRunning = this.#state === "running";
    const memoryBytes = this.#leave();
    if (wasRunning) this.#answerError(error, memoryBytes);
  }

  #answerError(error: PlatformError, memoryBytes: number): void {
    this.#record(error.status, error.details.stackTrace ?? error.message, memoryBytes, () => {
      if (!this.#isCanceled) this.#receiver.onError(error, this.#version);
    });
  }

  /** Gives the slot back; returns the peak memory of the instance. */
  #leave(): number {
    const instance = this.#instance;
    this.#context.deadlines.remove(this);
    if (this.#state === "running") this.#meter.networkBytesOut = instance?.takeNetworkBytes() ?? 0;
    this.#state = "ended";
    if (instance === null) return 0;
    this.#instance = null;
    this.#instances?.release(instance, this);
    return peakBytes(instance);
  }

  #record(status: number, returnMessage: string, memoryBytes: number, written: () => void): void {
    const { clock, recorder } = this.#context;
    if (this.#version === null) return;
    const record = this.#meter.record(this.#version, clock.monotonic(), status, this.#httpStatus, memoryBytes);
    recorder.end(record, this.#log, returnMessage, written);
  }
}

function peakBytes(instance: Instance | null): number {
  return instance?.takePeakBytes() ?? 0;
}
