import { PlatformError, type FunctionVersion } from "../../core/index.ts";
import { instancesInUse, queueFull, waitedTooLong, type WaitReason } from "../admission/refusals.ts";
import { WaitingCalls } from "../admission/waiting-calls.ts";
import { Backoff } from "../admission/backoff.ts";
import type { Instance, InstanceCall } from "../instances/instance.ts";
import { leastLoaded } from "../instances/placement.ts";
import { startInstance, type StartOutcome } from "../instances/start-instance.ts";
import { Starts } from "../instances/starts.ts";
import { Stops } from "../instances/stops.ts";
import { documentedPort, findFreePort } from "./free-port.ts";
import { Scaler } from "./scaler.ts";
import type { ServiceContext, ServiceWaiter } from "./service-context.ts";
import { isHealthy } from "./service-health.ts";

/** A server that has run for so long is healthy: its end is no sign of a crash loop. */
const stableMs = 10_000;
const stopGraceMs = 5_000;

/**
 * The instances of one revision of a service, and the calls that wait for one.
 *
 * held → serving → retired
 *
 * held: another revision must leave its port first. serving: as many instances as scaling wants,
 * ones that end are replaced, with growing pauses when they do not become stable.
 * retired: instances finish their calls and stop.
 */
export class ServiceInstances {
  readonly version: FunctionVersion;
  /** How the first start ended: null when it serves. */
  readonly firstStart: Promise<PlatformError | null>;
  /** Resolves when it is retired and nothing of it is left. */
  readonly gone: Promise<void>;
  readonly #context: ServiceContext;
  readonly #all = new Map<Instance, { host: string; port: number; readyAt: number }>();
  readonly #waiting = new WaitingCalls<ServiceWaiter>();
  readonly #starts = new Starts();
  readonly #stops = new Stops();
  readonly #backoff = new Backoff({ isFirstFree: true });
  readonly #onFirstStart: (error: PlatformError | null) => void;
  readonly #onGone: () => void;
  #isHeld = false;
  #isRetired = false;
  #retireBy = Infinity;
  #isResident = false;
  #reason: WaitReason = "start";
  readonly #scaler = new Scaler();
  #lastUsedAt: number;
  /** The port that the server listens on although it was given another; null: it took the one it was given. */
  #fixedPort: number | null = null;
  #saidSingle = false;
  /** Why the function's last start failed, until one works: the next one is expected to fail too. */
  #startFailure: PlatformError | null = null;
  /** Null: not started yet. */
  #isFailing: boolean | null = null;

  constructor(version: FunctionVersion, context: ServiceContext) {
    this.version = version;
    this.#context = context;
    this.#lastUsedAt = context.clock.monotonic();
    const first = Promise.withResolvers<PlatformError | null>();
    this.firstStart = first.promise;
    this.#onFirstStart = first.resolve;
    const gone = Promise.withResolvers<void>();
    this.gone = gone.promise;
    this.#onGone = gone.resolve;
  }

  get instances(): Iterable<Instance> {
    return this.#all.keys();
  }

  get starting(): number {
    return this.#starts.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get isOver(): boolean {
    return this.#isRetired && this.#all.size === 0 && this.#starts.isOver && this.#stops.isOver;
  }

  /** Whether two revisions cannot run side by side, because its server insists on a port of the host. */
  get insistsOnPort(): boolean {
    return this.#fixedPort !== null && !this.#context.isolatesNetwork;
  }

  /** Keeps an instance running, calls or not. */
  setResident(isResident: boolean): void {
    this.#isResident = isResident;
    this.#ensure();
  }

  /** Starts nothing before `gone`. */
  async holdUntil(gone: Promise<void>): Promise<void> {
    this.#isHeld = true;
    await gone;
    this.#isHeld = false;
    this.#ensure();
  }

  start(): void {
    this.#lastUsedAt = this.#context.clock.monotonic();
    this.#ensure();
  }

  admit(call: ServiceWaiter): void {
    const { clock, capacity, queueLength } = this.#context;
    this.#lastUsedAt = clock.monotonic();
    if (this.#waiting.size === 0 && this.#place(call)) return;
    this.#waiting.add(call);
    this.#ensure();
    const failure = this.#knownFailure;
    if (failure === null && this.#waiting.size <= queueLength) return;
    // a start that failed at once has refused it already
    if (!this.#waiting.remove(call)) return;
    call.refuse(failure ?? queueFull(this.version, this.#reason, capacity, queueLength));
  }

  /** Why a call would wait in vain: nothing serves, and the last start failed or none is under way. */
  get #knownFailure(): PlatformError | null {
    if (this.#all.size > 0 || this.#isHeld) return null;
    return this.#startFailure ?? (this.#starts.size === 0 ? this.#backoff.error : null);
  }

  leaveQueue(call: ServiceWaiter): void {
    this.#waiting.remove(call);
  }

  release(instance: Instance, call: InstanceCall): void {
    instance.leave(call);
    this.#lastUsedAt = this.#context.clock.monotonic();
    if (instance.active > 0) return;
    this.#context.capacity.giveMemory(this.version.spec.memoryMb);
    if (instance.state === "draining") this.#stop(instance);
  }

  /** A connection to the server failed: it gets no calls until it answers, and is replaced unless it does. */
  async checkAlive(instance: Instance): Promise<void> {
    const address = this.#all.get(instance);
    if (address === undefined || instance.isSuspect) return;
    instance.isSuspect = true;
    if (!(await isHealthy(instance, address))) return instance.kill();
    instance.isSuspect = false;
    this.#serveWaiting();
  }

  roomLeft(): void {
    this.#serveWaiting();
  }

  tick(now: number): void {
    if (this.#isRetired) {
      if (now >= this.#retireBy) for (const instance of this.#all.keys()) this.#stop(instance);
      return;
    }
    this.#scale(now);
    this.#refuseLate(now);
    this.#ensure();
    const isIdle = this.#inFlight === 0 && now - this.#lastUsedAt >= this.#context.idleStopS * 1000;
    if (!isIdle || this.#isResident) return;
    this.#startFailure = null; // whoever comes next waits for a fresh attempt
    for (const instance of this.#all.keys()) this.#stop(instance);
  }

  /** Another revision serves, or none: waiting calls are refused, running ones have `drainTimeoutS`. */
  retire(error: PlatformError): void {
    this.#isRetired = true;
    this.#retireBy = this.#context.clock.monotonic() + this.#context.drainTimeoutS * 1000;
    this.#starts.cancel();
    this.#waiting.refuseAll(error);
    for (const instance of this.#all.keys()) {
      if (instance.active === 0) this.#stop(instance);
      else instance.drain();
    }
    this.#checkOver();
  }

  async stopAll(graceMs: number): Promise<void> {
    this.#starts.cancel();
    for (const instance of this.#all.keys()) this.#stop(instance, graceMs);
    await this.#starts.ended();
    await this.#stops.endWithin(graceMs);
  }

  get #inFlight(): number {
    let active = this.#waiting.size;
    for (const instance of this.#all.keys()) active += instance.active;
    return active;
  }

  get #desired(): number {
    return this.insistsOnPort ? 1 : this.#scaler.desired;
  }

  /** Gives the call the least loaded instance; false when none can take it. */
  #place(call: ServiceWaiter): boolean {
    const instance = leastLoaded([...this.#all.keys()].filter((one) => one.isServing && !one.isSuspect));
    const address = instance === null ? undefined : this.#all.get(instance);
    if (instance === null || address === undefined) return false;
    const { capacity } = this.#context;
    if (instance.active === 0 && !capacity.takeMemory(this.version.spec.memoryMb)) {
      this.#reason = "concurrency";
      capacity.waitForRoom(this);
      return false;
    }
    instance.enter(call);
    call.run(instance, address);
    return true;
  }

  #serveWaiting(): void {
    for (const call of this.#waiting) {
      if (!this.#place(call)) return;
      this.#waiting.remove(call);
    }
  }

  /** Starts what is missing, unless a failure is being waited out. */
  #ensure(): void {
    if (this.#isRetired || this.#isHeld) return;
    const isWanted = this.#isResident || this.#waiting.size > 0 || this.#all.size > 0;
    const now = this.#context.clock.monotonic();
    if (!isWanted && now - this.#lastUsedAt >= this.#context.idleStopS * 1000) return;
    if (this.#backoff.holding(now) !== null) return;
    for (let missing = this.#desired - this.#all.size - this.#starts.size; missing > 0; missing--) this.#start();
  }

  #scale(now: number): void {
    if (!this.#scaler.decide(now, this.#inFlight, this.#all.size)) return;
    if (this.#scaler.desired > 1 && this.insistsOnPort && !this.#saidSingle) {
      this.#saidSingle = true;
      this.#context.onSingleInstance(this.version, this.#fixedPort ?? documentedPort);
    }
    const idle = [...this.#all.keys()].filter((instance) => instance.active === 0);
    for (let excess = this.#all.size - this.#desired; excess > 0; excess--) {
      const instance = idle.pop();
      if (instance !== undefined) this.#stop(instance);
    }
  }

  #start(): void {
    const { start: context, capacity, isolatesNetwork, evictIdle } = this.#context;
    if (capacity.isFullOfInstances && !evictIdle(this.version)) {
      return this.#failed(instancesInUse(this.version, capacity));
    }
    let given = documentedPort;
    this.#reason = "start";
    capacity.addInstance();
    this.#starts.begin(
      async (start) => {
        if (!isolatesNetwork) given = await findFreePort();
        return startInstance(this.version, context, start, given);
      },
      (outcome) => this.#started(outcome, given),
    );
  }

  #started(outcome: StartOutcome, given: number): void {
    if (outcome.kind !== "started") {
      this.#context.capacity.removeInstance();
      if (outcome.kind === "failed") this.#failed(outcome.error);
      this.#checkOver();
      return;
    }
    const { instance } = outcome;
    const port = outcome.port ?? given;
    this.#startFailure = null;
    this.#fixedPort = port === given ? null : port;
    this.#all.set(instance, { ...instance.sandbox.address(port), readyAt: this.#context.clock.monotonic() });
    void instance.lost().then(() => this.#lost(instance));
    this.#reportHealth(null);
    if (this.#isRetired) this.#stop(instance);
    else this.#serveWaiting();
  }

  #lost(instance: Instance): void {
    const now = this.#context.clock.monotonic();
    const { name, namespace, version } = this.version;
    const wasServing = this.#all.has(instance);
    this.#stop(instance);
    if (!wasServing || this.#isRetired) return;
    const error = new PlatformError("InstanceStartFailed", `The server of ${name} ended and is being started again`);
    this.#backoff.failed(error, now);
    const againInMs = Math.max(0, this.#backoff.retryAt - now);
    if (againInMs > 0 && this.#all.size === 0) this.#reportHealth(error);
    this.#context.logger.warn({ function: name, namespace, version, againInMs }, "The server of a service ended");
    this.#ensure();
  }

  #failed(error: PlatformError): void {
    const { clock, logger } = this.#context;
    const now = clock.monotonic();
    this.#backoff.failed(error, now);
    this.#startFailure = error.fault === "function" ? error : null;
    if (this.#all.size === 0) this.#reportHealth(error);
    const { name, namespace, version } = this.version;
    const againInMs = Math.max(0, this.#backoff.retryAt - now);
    logger.warn({ function: name, namespace, version, againInMs }, `A service did not start: ${error.message}`);
    if (this.#all.size > 0) return;
    this.#waiting.refuseAll(error);
  }

  #reportHealth(error: PlatformError | null): void {
    const isFailing = error !== null;
    const isFirst = this.#isFailing === null;
    if (!isFirst && this.#isFailing !== isFailing) this.#context.onHealth(this.version, error);
    this.#isFailing = isFailing;
    this.#onFirstStart(error);
  }

  /** Calls that the first instance is being started for wait for its start, the others for `queueWaitS`. */
  #refuseLate(now: number): void {
    if (this.#all.size === 0 && this.#starts.size > 0) return;
    const { queueWaitS, capacity } = this.#context;
    const error = (): PlatformError => waitedTooLong(this.version, this.#reason, capacity, queueWaitS);
    this.#waiting.refuseLate(now - queueWaitS * 1000, 0, error);
  }

  /** An instance that was stable forgives what failed before, at its own end: until then a sibling may crash. */
  #stop(instance: Instance, graceMs = stopGraceMs): void {
    const { clock, capacity } = this.#context;
    const readyAt = this.#all.get(instance)?.readyAt;
    if (readyAt === undefined) return;
    this.#all.delete(instance);
    if (clock.monotonic() - readyAt >= stableMs) this.#backoff.succeeded();
    void this.#stops.begin(instance, graceMs).then(() => this.#checkOver());
    capacity.removeInstance();
  }

  #checkOver(): void {
    if (!this.isOver) return;
    this.#onFirstStart(null);
    this.#onGone();
  }
}
