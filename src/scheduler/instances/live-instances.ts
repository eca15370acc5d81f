import type { FunctionVersion } from "../../core/index.ts";
import type { Shortage } from "../admission/capacity.ts";
import { mostRecentlyUsed } from "../admission/placement.ts";
import { FreeList } from "./free-list.ts";
import type { InstanceContext } from "./instance-context.ts";
import type { Instance, InstanceCall } from "./instance.ts";
import { Stops } from "./stops.ts";

/** Time that stopping instances without calls have for a clean exit. */
const stopGraceMs = 1_000;
const pingLimitMs = 1_000;

/** The instances of one revision that have started: their slots, and their ends. */
export class LiveInstances {
  /** How many calls each can have. */
  readonly slots: number;
  readonly #memoryMb: number;
  readonly #context: Pick<InstanceContext, "capacity" | "clock" | "freezer">;
  /** Without those that are being stopped. */
  readonly #all = new Set<Instance>();
  readonly #free = new FreeList();
  readonly #stops = new Stops();

  constructor({ spec }: FunctionVersion, context: Pick<InstanceContext, "capacity" | "clock" | "freezer">) {
    this.slots = spec.form === "event" ? 1 : Math.max(1, spec.concurrencyPerInstance);
    this.#memoryMb = spec.memoryMb;
    this.#context = context;
  }

  get all(): ReadonlySet<Instance> {
    return this.#all;
  }

  /** Those with a free slot, the most recently used last. */
  get free(): readonly Instance[] {
    return this.#free.instances;
  }

  /** None is left, not even one that is being stopped. */
  get isOver(): boolean {
    return this.#all.size === 0 && this.#stops.isOver;
  }

  /** The idle instance that was used longest ago. */
  longestIdle(): Instance | null {
    return this.#free.longestIdle();
  }

  idle(): readonly Instance[] {
    return this.#free.idle();
  }

  /** One that has started. */
  add(instance: Instance): void {
    this.#all.add(instance);
    instance.idleSince = this.#context.clock.monotonic();
    if (instance.isServing) this.#free.add(instance);
  }

  /** One that a call can enter, thawed and with its memory counted; null: none has a free slot; or what it lacks. */
  takeFree(): Instance | Shortage | null {
    const instance = mostRecentlyUsed(this.#free.instances);
    if (instance === null || instance.active > 0) return instance;
    const { capacity, freezer } = this.#context;
    if (!capacity.takeMemory(this.#memoryMb)) return "concurrency";
    if (!instance.isFrozen || freezer.thaw(instance)) return instance;
    capacity.giveMemory(this.#memoryMb);
    this.discard(instance);
    return this.takeFree();
  }

  enter(instance: Instance, call: InstanceCall): void {
    instance.enter(call);
    if (instance.active >= this.slots) this.#free.remove(instance);
  }

  /** The call's slot is free again. */
  leave(instance: Instance, call: InstanceCall): void {
    instance.leave(call);
    if (instance.active === 0) {
      this.#context.capacity.giveMemory(this.#memoryMb);
      instance.idleSince = this.#context.clock.monotonic();
    }
    if (instance.isServing && !instance.isSuspect) this.#free.add(instance);
  }

  /** Keeps one from calls until its event loop answers, and kills it unless it does. True: it takes calls again. */
  async checkAlive(instance: Instance): Promise<boolean> {
    if (instance.isSuspect) return false;
    instance.isSuspect = true;
    this.#free.remove(instance);
    try {
      await instance.channel.ping({ signal: AbortSignal.timeout(pingLimitMs) });
      instance.isSuspect = false;
      if (instance.isServing && instance.active < this.slots) this.#free.add(instance);
      return true;
    } catch {
      // no answer, or the channel has closed: either way it can serve nobody
      this.discard(instance);
      return false;
    }
  }

  /** Ends one that must not be used again; calls still in it fail. */
  discard(instance: Instance): void {
    this.#free.remove(instance);
    void instance.kill();
  }

  /** It finishes its calls and gets no more. */
  drain(instance: Instance): void {
    this.#free.remove(instance);
    instance.drain();
  }

  /** False: it was stopped before. Stopped ones leave the count at once: an evicted instance makes room for its successor. */
  stop(instance: Instance, graceMs = stopGraceMs): boolean {
    this.#free.remove(instance);
    if (!this.#all.delete(instance)) return false;
    void this.#stops.begin(instance, graceMs);
    this.#context.capacity.removeInstance();
    return true;
  }

  /** Ends those that are being stopped within `graceMs`. */
  async stopsEnd(graceMs: number): Promise<void> {
    await this.#stops.endWithin(graceMs);
  }
}
