import type { FunctionVersion, PlatformError } from "../../core/index.ts";
import type { CallAhead } from "../../sandbox/index.ts";
import type { Shortage } from "../admission/capacity.ts";
import { WaitingCalls } from "../admission/waiting-calls.ts";
import { Backoff } from "../admission/backoff.ts";
import { FirstCall } from "../admission/first-call.ts";
import { wantsServerTiming } from "../calls/server-timing.ts";
import { sandboxLost } from "./failures.ts";
import type { InstanceContext, PlacedCall } from "./instance-context.ts";
import type { Instance, InstanceCall, StartTimes } from "./instance.ts";
import { LiveInstances } from "./live-instances.ts";
import { startInstance, type StartOutcome } from "./start-instance.ts";
import { Starts } from "./starts.ts";

/** The instances of one revision of an event or HTTP function, and the calls that wait for one. */
export class VersionInstances {
  readonly version: FunctionVersion;
  readonly wantsServerTiming: boolean;
  readonly #context: InstanceContext;
  readonly #live: LiveInstances;
  readonly #waiting: WaitingCalls<PlacedCall>;
  readonly #starts = new Starts();
  readonly #backoff = new Backoff();
  readonly #first = new FirstCall();
  #isRetired = false;
  /** Why it takes no calls any more, not even those that it had. */
  #closedBy: PlatformError | null = null;

  constructor(version: FunctionVersion, context: InstanceContext) {
    this.version = version;
    this.wantsServerTiming = wantsServerTiming(version.spec);
    this.#context = context;
    this.#waiting = new WaitingCalls(version, context);
    this.#live = new LiveInstances(version, context);
  }

  get instances(): ReadonlySet<Instance> {
    return this.#live.all;
  }

  get starting(): number {
    return this.#starts.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Nothing left to look after. */
  get isOver(): boolean {
    return this.#isRetired && this.#waiting.size === 0 && this.#starts.isOver && this.#live.isOver;
  }

  /** Gives the call a slot now, or lets it wait for one, or refuses it. */
  admit(call: PlacedCall): void {
    const instance = this.#hasQueue ? null : this.#takeFree();
    if (instance !== null) return this.#place(call, instance, null);
    const now = this.#context.clock.monotonic();
    const failure = this.#live.all.size + this.#starts.size === 0 ? this.#backoff.holding(now) : null;
    if (failure !== null) return call.refuse(failure);
    this.#waiting.add(call);
    this.#scale();
    this.#waiting.refuseBeyondLength(call);
  }

  /** The call's slot is free again. */
  release(instance: Instance, call: InstanceCall): void {
    this.#live.leave(instance, call);
    if (instance.isServing) {
      if (this.#waiting.size > 0) this.#serveWaiting();
      if (this.#isRetired && instance.active === 0) this.#stop(instance);
    } else if (instance.state === "draining" && instance.active === 0) {
      this.#stop(instance);
    }
  }

  /** The call's instance ended before the call began: it waits for another one. */
  placeAgain(call: PlacedCall, ended: Instance): void {
    this.#live.discard(ended);
    this.release(ended, call);
    if (this.#closedBy !== null) return call.refuse(this.#closedBy);
    const { clock, queueWaitS } = this.#context;
    if (clock.monotonic() - call.arrivedAt >= queueWaitS * 1000) {
      const message = `Sandboxes of ${this.version.name} ended before the call reached one, for ${queueWaitS} s`;
      return call.refuse(sandboxLost(message, null));
    }
    this.#waiting.addAgain(call);
    this.#serveWaiting();
  }

  /** A waiting call has gone. */
  leaveQueue(call: PlacedCall): void {
    if (this.#first.is(call)) this.#first.cancel();
    if (this.#waiting.remove(call)) this.#callOffStarts();
  }

  /** Ends an instance that must not be used again; calls still in it fail. */
  discard(instance: Instance): void {
    this.#live.discard(instance);
  }

  /** A call of this instance outlived its deadline: it gets no calls until its event loop answers, and is killed unless it does. */
  async checkAlive(instance: Instance): Promise<void> {
    if (await this.#live.checkAlive(instance)) this.#serveWaiting();
  }

  /** Room that others held may be free. */
  roomLeft(): void {
    this.#serveWaiting();
  }

  tick(now: number): void {
    if (this.#waiting.size > 0) {
      // those that an instance is being started for wait for its start, whatever they may wait in a queue
      this.#waiting.refuseLate(now, this.#starts.size * this.#live.slots);
      if (!this.#waiting.has(this.#first.call)) this.#first.cancel();
      this.#scale();
    }
    this.#context.freezer.freezeIdle(this.#live.free, now);
    const oldest = this.#live.longestIdle();
    if (oldest !== null && now - oldest.idleSince >= this.#context.idleStopS * 1000) this.#stop(oldest);
  }

  /** The idle instance that was used longest ago. */
  longestIdle(): Instance | null {
    return this.#live.longestIdle();
  }

  idle(): readonly Instance[] {
    return this.#live.idle();
  }

  evict(instance: Instance): void {
    this.#stop(instance);
  }

  /** Another revision serves from now on: what runs and waits here is finished, then everything stops. */
  retire(): void {
    this.#isRetired = true;
    for (const instance of this.#live.all) {
      if (instance.active === 0) this.#stop(instance);
      else if (this.#waiting.size === 0) this.#live.drain(instance);
    }
  }

  /** Takes no more calls: waiting ones are refused, running ones go on. */
  close(error: PlatformError): void {
    this.#isRetired = true;
    this.#closedBy = error;
    this.#refuseWaiting(error);
    this.#starts.cancel();
    this.retire();
  }

  /** Ends everything within `graceMs`. */
  async stopAll(graceMs: number): Promise<void> {
    this.#starts.cancel();
    for (const instance of this.#live.all) this.#stop(instance, graceMs);
    await this.#starts.ended();
    await this.#live.stopsEnd(graceMs);
  }

  #takeFree(): Instance | null {
    const taken = this.#live.takeFree();
    if (typeof taken !== "string") return taken;
    this.#blockedBy(taken);
    return null;
  }

  #place(call: PlacedCall, instance: Instance, start: StartTimes | null, ahead: CallAhead | null = null): void {
    this.#live.enter(instance, call);
    call.run(instance, start, instance.thawUs, ahead);
    instance.thawUs = 0;
  }

  /** Calls wait that any instance may serve. */
  get #hasQueue(): boolean {
    return this.#waiting.size > (this.#waiting.has(this.#first.call) ? 1 : 0);
  }

  #serveWaiting(): void {
    for (const call of this.#waiting) {
      if (this.#first.is(call)) continue;
      const instance = this.#takeFree();
      if (instance === null) break;
      this.#waiting.remove(call);
      const start = instance.startTimes;
      instance.startTimes = null;
      this.#place(call, instance, start);
    }
    if (this.#waiting.size > 0) this.#scale();
    else this.#callOffStarts();
  }

  get #neededStarts(): number {
    return Math.ceil(this.#waiting.size / this.#live.slots);
  }

  /** Starts what the waiting calls need beyond what is starting, as far as there is room. */
  #scale(): void {
    const { clock, capacity, evictIdle } = this.#context;
    if (this.#backoff.holding(clock.monotonic()) !== null) return;
    let missing = this.#neededStarts - this.#starts.size;
    // an idle instance that lacks concurrency needs no further one beside it
    if (this.#live.free.length > 0) missing = 0;
    for (; missing > 0; missing--) {
      if (!capacity.takeMemory(this.version.spec.memoryMb)) return this.#blockedBy("concurrency");
      if (capacity.isFullOfInstances && !evictIdle(this.version)) {
        capacity.giveMemory(this.version.spec.memoryMb);
        return this.#blockedBy("instances");
      }
      this.#waiting.reason = "start";
      capacity.addInstance();
      this.#starts.begin(
        (start) => startInstance(this.version, this.#context.start, start, { onInitSent: (it) => this.#sendFirst(it) }),
        (outcome) => this.#started(outcome),
      );
    }
  }

  #blockedBy(reason: Shortage): void {
    this.#waiting.reason = reason;
    this.#context.capacity.waitForRoom(this);
  }

  /** Calls off starts that nobody waits for any more. */
  #callOffStarts(): void {
    this.#starts.keep(this.#neededStarts);
  }

  /** Nothing but this start could serve the call sooner. */
  #sendFirst(instance: Instance): void {
    const [oldest] = this.#waiting;
    if (oldest !== undefined && this.#live.all.size === 0 && this.#starts.size === 1)
      this.#first.send(oldest, instance);
  }

  #placeFirst(instance: Instance): void {
    const first = this.#first.takenBy(instance);
    if (first === null) return;
    this.#waiting.remove(first.call);
    this.#context.capacity.takeMemory(this.version.spec.memoryMb); // what its start has just given back
    this.#place(first.call, instance, instance.startTimes, first.ahead);
    instance.startTimes = null;
  }

  #started(outcome: StartOutcome): void {
    const { capacity } = this.#context;
    capacity.giveMemory(this.version.spec.memoryMb);
    this.#first.forgetStopped();
    if (outcome.kind !== "started") {
      capacity.removeInstance();
      if (outcome.kind === "failed") this.#startFailed(outcome.error);
      else this.#scale();
      return;
    }
    const { instance } = outcome;
    this.#backoff.succeeded();
    this.#live.add(instance);
    void instance.lost().then(() => this.#stop(instance));
    this.#placeFirst(instance);
    if (!instance.isServing) return;
    this.#serveWaiting();
    instance.startTimes = null;
    if (this.#isRetired && instance.active === 0) this.#stop(instance);
  }

  #startFailed(error: PlatformError): void {
    const { clock, logger } = this.#context;
    this.#backoff.failed(error, clock.monotonic());
    const { name, namespace, version } = this.version;
    logger.info(
      { function: name, namespace, version, code: error.code },
      `An instance did not start: ${error.message}`,
    );
    if (this.#live.all.size === 0) this.#refuseWaiting(error);
    else this.#serveWaiting();
  }

  #refuseWaiting(error: PlatformError): void {
    this.#first.cancel();
    this.#waiting.refuseAll(error);
  }

  #stop(instance: Instance, graceMs?: number): void {
    if (this.#live.stop(instance, graceMs) && this.#waiting.size > 0) this.#serveWaiting();
  }
}
