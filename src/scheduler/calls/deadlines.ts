/** Something that has to be over by a time. */
export interface Deadlined {
  /** Monotonic milliseconds. */
  deadlineAt: number;
  /** Index in the list; kept by `Deadlines`. -1: not listed. */
  deadlineIndex: number;
  /** Called once; it is no longer listed. Must not throw. */
  deadlineReached(): void;
}

/** A handler that keeps to its deadline does so by another process' clock, in whole milliseconds. */
const clockSlackMs = 2;

/** Whether a call that failed by itself did so because its time was up: code that keeps to it gives up then, mostly before the next sweep. */
export function isTimeUp({ deadlineAt }: Deadlined, now: number): boolean {
  return now >= deadlineAt - clockSlackMs;
}

/**
 * Deadlines of all running calls as plain numbers, looked through every 100 ms: 6 ns a call against
 * 120–320 for a timer. A deadline is therefore noticed up to 100 ms late, never early.
 */
export class Deadlines {
  readonly #listed: Deadlined[] = [];

  get size(): number {
    return this.#listed.length;
  }

  add(one: Deadlined, deadlineAt: number): void {
    one.deadlineAt = deadlineAt;
    one.deadlineIndex = this.#listed.length;
    this.#listed.push(one);
  }

  remove(one: Deadlined): void {
    if (one.deadlineIndex < 0) return;
    const last = this.#listed.pop();
    if (last !== undefined && last !== one) {
      this.#listed[one.deadlineIndex] = last;
      last.deadlineIndex = one.deadlineIndex;
    }
    one.deadlineIndex = -1;
  }

  sweep(now: number): void {
    let reached: Deadlined[] | null = null;
    for (const one of this.#listed) {
      if (one.deadlineAt <= now) (reached ??= []).push(one);
    }
    for (const one of reached ?? []) {
      if (one.deadlineIndex < 0) continue; // ended by the deadline of another one
      this.remove(one);
      one.deadlineReached();
    }
  }
}
