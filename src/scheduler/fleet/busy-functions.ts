import type { Clock } from "../../core/index.ts";

/** Calls in a second that make a function busy: fewer are no load worth instances of their own. */
const busyCalls = 100;
const windowMs = 1_000;

/** Which functions a process is asked for often, by their keys. */
export class BusyFunctions {
  readonly #clock: Pick<Clock, "monotonic">;
  #since: number;
  #counts = new Map<string, number>();
  #before = new Map<string, number>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  /** Counts a call. True: its function is busy, in this second or the one before. */
  count(key: string): boolean {
    const passedMs = this.#clock.monotonic() - this.#since;
    if (passedMs >= windowMs) {
      this.#before = passedMs < 2 * windowMs ? this.#counts : new Map();
      this.#counts = new Map();
      this.#since += passedMs;
    }
    const calls = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, calls);
    return calls >= busyCalls || (this.#before.get(key) ?? 0) >= busyCalls;
  }
}
