import type { Sandbox } from "../../sandbox/index.ts";

interface Taker {
  give(sandbox: Sandbox): void;
  refuse(error: unknown): void;
}

/** Those who wait for a runtime of one pool, in the order of asking. */
export class Takers {
  readonly #waiting = new Set<Taker>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Rejects when the taker is refused, or stops waiting. */
  wait(signal: AbortSignal): Promise<Sandbox> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(taker);
        reject(new Error("the taker has stopped waiting"));
      };
      const taker: Taker = {
        give: (sandbox) => {
          signal.removeEventListener("abort", leave);
          resolve(sandbox);
        },
        refuse: (error) => {
          signal.removeEventListener("abort", leave);
          reject(error);
        },
      };
      this.#waiting.add(taker);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  /** To the one that waits longest; false: nobody waits. */
  give(sandbox: Sandbox): boolean {
    const [taker] = this.#waiting;
    if (taker === undefined) return false;
    this.#waiting.delete(taker);
    taker.give(sandbox);
    return true;
  }

  refuseAll(error: unknown): void {
    for (const taker of this.#waiting) taker.refuse(error);
    this.#waiting.clear();
  }
}
