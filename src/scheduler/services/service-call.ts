import type { FunctionVersion, LogLine, PlatformError } from "../../core/index.ts";
import type { CallContext } from "../calls/call-context.ts";
import { withServerTiming } from "../calls/server-timing.ts";
import type { CallMeter } from "../calls/usage.ts";
import { memoryLimitReached, requestCanceled } from "../instances/failures.ts";
import type { Instance } from "../instances/instance.ts";
import type { ServiceSlot } from "../invoker.ts";
import type { ServiceWaiter } from "./service-context.ts";
import type { ServiceInstances } from "./service-instances.ts";

/** Runs one call through admission: its slot at once when an instance is free, else when one is; rejects when it gets none. */
export function acquireSlot(
  instances: ServiceInstances,
  context: CallContext,
  meter: CallMeter,
  options: { readonly signal: AbortSignal },
): ServiceSlot | Promise<ServiceSlot> {
  const call = new ServiceCall(instances, context, meter);
  instances.admit(call);
  return call.hasSlot ? call : call.wait(options.signal);
}

/** One call of a service; once it holds a slot it is that slot. */
class ServiceCall implements ServiceWaiter, ServiceSlot {
  position = 0;
  host = "";
  port = 0;
  readonly #instances: ServiceInstances;
  readonly #context: CallContext;
  readonly #meter: CallMeter;
  /** Whoever waits for the slot. */
  #waiting: { onSlot(): void; onRefused(error: PlatformError): void } | null = null;
  #instance: Instance | null = null;
  #isReleased = false;

  constructor(instances: ServiceInstances, context: CallContext, meter: CallMeter) {
    this.#instances = instances;
    this.#context = context;
    this.#meter = meter;
  }

  get hasSlot(): boolean {
    return this.#instance !== null;
  }

  wait(signal: AbortSignal): Promise<ServiceSlot> {
    const { promise, resolve, reject } = Promise.withResolvers<ServiceSlot>();
    const cancel = (): void => this.cancel();
    const settled = (): void => signal.removeEventListener("abort", cancel);
    this.#waiting = {
      onSlot: () => {
        settled();
        resolve(this);
      },
      onRefused: (error) => {
        settled();
        reject(error);
      },
    };
    signal.addEventListener("abort", cancel, { once: true });
    return promise;
  }

  get requestId(): string {
    return this.#meter.invocation.requestId;
  }

  get arrivedAt(): number {
    return this.#meter.arrivedAt;
  }

  get version(): FunctionVersion {
    return this.#instances.version;
  }

  get instanceId(): string {
    return this.#instance?.id ?? "";
  }

  shownHeaders(pairs: readonly string[]): readonly string[] {
    if (!this.#instances.wantsServerTiming) return pairs;
    return withServerTiming(pairs, this.#meter.times(this.#context.clock.monotonic()));
  }

  explainBreak(): PlatformError | null {
    return this.#instance?.isShortOfMemory === true ? memoryLimitReached(this.version.spec, null) : null;
  }

  run(instance: Instance, address: { readonly host: string; readonly port: number }): void {
    this.#instance = instance;
    this.host = address.host;
    this.port = address.port;
    this.#meter.run(this.#context.clock.monotonic(), null, 0);
    this.#waiting?.onSlot();
  }

  refuse(error: PlatformError): void {
    // written at the end of this turn, when it is waited for even if it was refused at once
    this.#record(error.status, 0, 0, error.message, () => this.#waiting?.onRefused(error));
  }

  cancel(): void {
    if (this.#instance !== null) return;
    this.#instances.leaveQueue(this);
    this.refuse(requestCanceled());
  }

  /** A server's lines name no request: they go to the log of its instance. */
  takeLine(_line: LogLine): void {}

  release(outcome: Parameters<ServiceSlot["release"]>[0]): void {
    const instance = this.#instance;
    if (instance === null || this.#isReleased) return;
    this.#isReleased = true;
    this.#meter.bytesIn = outcome.bytesIn;
    this.#meter.bytesOut = outcome.bytesOut;
    this.#meter.networkBytesOut = instance.takeNetworkBytes();
    const peakBytes = outcome.isInstanceLost ? instance.sandbox.memory().peakBytes : instance.takePeakBytes();
    this.#record(outcome.status, outcome.httpStatus, peakBytes, outcome.message ?? "", () => undefined);
    this.#instances.release(instance, this);
    if (outcome.isInstanceLost) void this.#instances.checkAlive(instance);
  }

  #record(status: number, httpStatus: number, memoryBytes: number, message: string, written: () => void): void {
    const { clock, recorder } = this.#context;
    const record = this.#meter.record(this.version, clock.monotonic(), status, httpStatus, memoryBytes);
    recorder.end(record, null, message, written);
  }
}
