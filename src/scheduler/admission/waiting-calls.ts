import type { PlatformError } from "../../core/index.ts";

/** A call in a queue. */
export interface WaitingCall {
  /** Monotonic milliseconds. */
  readonly arrivedAt: number;
  /** It will not be served. Must not throw. */
  refuse(error: PlatformError): void;
}

/** Calls of one revision that wait for a slot, in order of arrival. */
export class WaitingCalls<Call extends WaitingCall> implements Iterable<Call> {
  readonly #calls = new Set<Call>();

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

  /** False: it was not (or no longer) waiting. */
  remove(call: Call): boolean {
    return this.#calls.delete(call);
  }

  refuseAll(error: PlatformError): void {
    const calls = [...this.#calls];
    this.#calls.clear();
    for (const call of calls) call.refuse(error);
  }

  /** Refuses what came before `since`, but for the first `covered`: those are about to be served. */
  refuseLate(since: number, covered: number, error: () => PlatformError): void {
    let skipped = 0;
    for (const call of this.#calls) {
      if (skipped++ < covered) continue;
      if (call.arrivedAt > since) return;
      this.#calls.delete(call);
      call.refuse(error());
    }
  }
}
