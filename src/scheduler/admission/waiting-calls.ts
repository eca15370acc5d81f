import type { FunctionVersion, PlatformError } from "../../core/index.ts";
import type { Capacity } from "./capacity.ts";
import { queueFull, waitedTooLong, type WaitReason } from "./refusals.ts";

/** A call in a queue. */
export interface WaitingCall {
  /** Monotonic milliseconds. */
  readonly arrivedAt: number;
  /** It will not be served. Must not throw. */
  refuse(error: PlatformError): void;
}

/** How many calls of one function may wait, and for how long. */
export interface QueueBounds {
  readonly capacity: Capacity;
  readonly queueLength: number;
  readonly queueWaitS: number;
}

/** Calls of one revision that wait for a slot, in order of arrival. */
export class WaitingCalls<Call extends WaitingCall> implements Iterable<Call> {
  /** What they wait for. */
  reason: WaitReason = "start";
  readonly #version: FunctionVersion;
  readonly #bounds: QueueBounds;
  readonly #calls = new Set<Call>();

  constructor(version: FunctionVersion, bounds: QueueBounds) {
    this.#version = version;
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Calls may leave while it is walked through. */
  [Symbol.iterator](): Iterator<Call> {
    return this.#calls.values();
  }

  add(call: Call): void {
    this.#calls.add(call);
  }

  /** Among those that wait already, where it came. */
  addAgain(call: Call): void {
    const later = [...this.#calls].filter((other) => other.arrivedAt > call.arrivedAt);
    for (const other of later) this.#calls.delete(other);
    for (const one of [call, ...later]) this.#calls.add(one);
  }

  has(call: Call | null): boolean {
    return call !== null && this.#calls.has(call);
  }

  /** False: it was not (or no longer) waiting. */
  remove(call: Call): boolean {
    return this.#calls.delete(call);
  }

  /** Refuses the call that has just been added, if it is one too many and still waits. */
  refuseBeyondLength(call: Call): void {
    const { capacity, queueLength } = this.#bounds;
    if (this.#calls.size <= queueLength || !this.#calls.delete(call)) return;
    call.refuse(queueFull(this.#version, this.reason, capacity, queueLength));
  }

  refuseAll(error: PlatformError): void {
    const calls = [...this.#calls];
    this.#calls.clear();
    for (const call of calls) call.refuse(error);
  }

  /** Refuses what has waited as long as it may, but for the first `covered`: those are about to be served. */
  refuseLate(now: number, covered: number): void {
    const { capacity, queueWaitS } = this.#bounds;
    const since = now - queueWaitS * 1000;
    let skipped = 0;
    for (const call of this.#calls) {
      if (skipped++ < covered) continue;
      if (call.arrivedAt > since) return;
      this.#calls.delete(call);
      call.refuse(waitedTooLong(this.#version, this.reason, capacity, queueWaitS));
    }
  }
}
