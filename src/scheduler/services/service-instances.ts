import type { PlatformError, FunctionVersion } from "../../core/index.ts";
import { instancesInUse } from "../admission/refusals.ts";
import { WaitingCalls } from "../admission/waiting-calls.ts";
import { wantsServerTiming } from "../calls/server-timing.ts";
import type { Instance, InstanceCall } from "../instances/instance.ts";
import { startInstance, type StartOutcome } from "../instances/start-instance.ts";
import { Starts } from "../instances/starts.ts";
import { Stops } from "../instances/stops.ts";
import { documentedPort, findFreePort } from "./free-port.ts";
import { Scaler } from "./scaler.ts";
import type { ServiceContext, ServiceWaiter } from "./service-context.ts";
import { Servers } from "./servers.ts";
import { isHealthy } from "./service-health.ts";
import { explainEnd } from "./server-end.ts";
import { StartHistory } from "./start-history.ts";

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
  readonly wantsServerTiming: boolean;
  readonly #context: ServiceContext;
  readonly #servers = new Servers();
  readonly #waiting: WaitingCalls<ServiceWaiter>;
  readonly #starts = new Starts();
  readonly #stops = new Stops();
  readonly #history: StartHistory;
  readonly #scaler: Scaler;
  readonly #gone = Promise.withResolvers<void>();
  /** Resolves when it is retired and nothing of it is left. */
  readonly gone = this.#gone.promise;
  #isHeld = false;
  #isRetired = false;
  #retireBy = Infinity;
  #isResident = false;
  #lastUsedAt: number;

  constructor(version: FunctionVersion, context: ServiceContext) {
    this.version = version;
    this.wantsServerTiming = wantsServerTiming(version.spec);
    this.#context = context;
    this.#waiting = new WaitingCalls(version, context);
    this.#lastUsedAt = context.clock.monotonic();
    this.#history = new StartHistory((error) => context.onHealth(version, error));
    this.#scaler = new Scaler((port) => context.onSingleInstance(version, port));
  }

  /** How the first start ended: null when it serves. */
  get firstStart(): Promise<PlatformError | null> {
    return this.#history.first;
  }

  get instances(): Iterable<Instance> {
    return this.#servers.instances;
  }

  get starting(): number {
    return this.#starts.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get isOver(): boolean {
    return this.#isRetired && this.#servers.size === 0 && this.#starts.isOver && this.#stops.isOver;
  }

  /** Whether two revisions cannot run side by side, because its server insists on a port of the host. */
  get insistsOnPort(): boolean {
    return this.#scaler.sharedPort !== null;
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
    this.#lastUsedAt = this.#context.clock.monotonic();
    if (this.#waiting.size === 0 && this.#place(call)) return;
    this.#waiting.add(call);
    this.#ensure();
    const failure = this.#knownFailure;
    if (failure === null) return this.#waiting.refuseBeyondLength(call);
    // a start that failed at once has refused it already
    if (this.#waiting.remove(call)) call.refuse(failure);
  }

  /** Why a call would wait in vain. */
  get #knownFailure(): PlatformError | null {
    if (this.#servers.size > 0 || this.#isHeld) return null;
    return this.#history.failureFor({ isStarting: this.#starts.size > 0 });
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
    const address = this.#servers.addressOf(instance);
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
      if (now >= this.#retireBy) for (const instance of this.#servers.instances) this.#stop(instance);
      return;
    }
    this.#scale(now);
    // calls that the first instance is being started for wait for its start
    if (this.#servers.size > 0 || this.#starts.size === 0) this.#waiting.refuseLate(now, 0);
    this.#ensure();
    const isIdle = this.#inFlight === 0 && now - this.#lastUsedAt >= this.#context.idleStopS * 1000;
    if (!isIdle || this.#isResident) return;
    this.#history.forgetFailure();
    for (const instance of this.#servers.instances) this.#stop(instance);
  }

  /** Another revision serves, or none: waiting calls are refused, running ones have `drainTimeoutS`. */
  retire(error: PlatformError): void {
    this.#isRetired = true;
    this.#retireBy = this.#context.clock.monotonic() + this.#context.drainTimeoutS * 1000;
    this.#starts.cancel();
    this.#waiting.refuseAll(error);
    for (const instance of this.#servers.instances) {
      if (instance.active === 0) this.#stop(instance);
      else instance.drain();
    }
    this.#checkOver();
  }

  async stopAll(graceMs: number): Promise<void> {
    this.#starts.cancel();
    for (const instance of this.#servers.instances) this.#stop(instance, graceMs);
    await this.#starts.ended();
    await this.#stops.endWithin(graceMs);
  }

  get #inFlight(): number {
    return this.#waiting.size + this.#servers.active;
  }

  /** Gives the call the least loaded instance; false when none can take it. */
  #place(call: ServiceWaiter): boolean {
    const instance = this.#servers.leastLoaded;
    const address = instance === null ? undefined : this.#servers.addressOf(instance);
    if (instance === null || address === undefined) return false;
    const { capacity } = this.#context;
    if (instance.active === 0 && !capacity.takeMemory(this.version.spec.memoryMb)) {
      this.#waiting.reason = "concurrency";
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
    const isWanted = this.#isResident || this.#waiting.size > 0 || this.#servers.size > 0;
    const now = this.#context.clock.monotonic();
    if (!isWanted && now - this.#lastUsedAt >= this.#context.idleStopS * 1000) return;
    if (this.#history.isHolding(now)) return;
    for (let missing = this.#scaler.desired - this.#servers.size - this.#starts.size; missing > 0; missing--)
      this.#start();
  }

  #scale(now: number): void {
    if (!this.#scaler.decide(now, this.#inFlight, this.#servers.size)) return;
    for (const instance of this.#servers.idleBeyond(this.#scaler.desired)) this.#stop(instance);
  }

  #start(): void {
    const { start: context, capacity, isolatesNetwork, evictIdle } = this.#context;
    if (capacity.isFullOfInstances && !evictIdle(this.version)) {
      return this.#failed(instancesInUse(this.version, capacity));
    }
    let given = documentedPort;
    this.#waiting.reason = "start";
    capacity.addInstance();
    this.#starts.begin(
      async (start) => {
        if (!isolatesNetwork) given = await findFreePort();
        return startInstance(this.version, context, start, { port: given });
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
    const { isolatesNetwork, clock } = this.#context;
    const port = outcome.port ?? given;
    this.#scaler.sharedPort = isolatesNetwork || port === given ? null : port;
    this.#servers.add(instance, instance.sandbox.address(port), clock.monotonic());
    void instance.lost().then((how) => this.#lost(instance, how === "by-platform"));
    this.#history.succeeded();
    if (this.#isRetired) this.#stop(instance);
    else this.#serveWaiting();
  }

  /** What the platform lost says nothing about the server: it is replaced at once. */
  #lost(instance: Instance, isByPlatform: boolean): void {
    const { clock, logger } = this.#context;
    if (!this.#stop(instance) || this.#isRetired) return;
    const { name, namespace, version } = this.version;
    const isServed = this.#servers.size > 0;
    const againInMs = isByPlatform
      ? 0
      : this.#history.lost(explainEnd(instance, this.#context), clock.monotonic(), { isServed });
    logger.warn({ function: name, namespace, version, againInMs }, "The server of a service ended");
    this.#ensure();
  }

  #failed(error: PlatformError): void {
    const { clock, logger } = this.#context;
    const isServed = this.#servers.size > 0;
    const againInMs = this.#history.failed(error, clock.monotonic(), { isServed });
    const { name, namespace, version } = this.version;
    logger.warn({ function: name, namespace, version, againInMs }, `A service did not start: ${error.message}`);
    if (!isServed) this.#waiting.refuseAll(error);
  }

  /** False: it was stopped before. One that was stable forgives what failed before, at its own end: until then a sibling may crash. */
  #stop(instance: Instance, graceMs = stopGraceMs): boolean {
    const { clock, capacity } = this.#context;
    const servedMs = this.#servers.remove(instance, clock.monotonic());
    if (servedMs === null) return false;
    if (servedMs >= stableMs) this.#history.wasStable();
    void this.#stops.begin(instance, graceMs).then(() => this.#checkOver());
    capacity.removeInstance();
    return true;
  }

  #checkOver(): void {
    if (!this.isOver) return;
    this.#history.close();
    this.#gone.resolve();
  }
}
