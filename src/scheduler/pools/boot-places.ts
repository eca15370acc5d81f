import type { SandboxDriver } from "../../sandbox/index.ts";

/** Called once, with a place; one that is not needed any more is given back. */
export type BootTurn = (place: Disposable) => void;

/**
 * How many sandboxes start at the same time: one bound for all pools and for builds. Whoever waits (a call, a deployment) is served in the order
 * of asking, and a place is free only when nobody waits: so a refill, which tries and does not wait, comes after them all.
 */
export class BootPlaces {
  #free: number;
  readonly #waiting = new Set<BootTurn>();

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Null: all are taken. Disposing it gives it back. */
  tryTake(): Disposable | null {
    if (this.#free === 0) return null;
    this.#free--;
    return this.#place();
  }

  /** Asking again before its turn changes nothing. */
  wait(turn: BootTurn): void {
    this.#waiting.add(turn);
  }

  leave(turn: BootTurn): void {
    this.#waiting.delete(turn);
  }

  /** Rejects when the signal aborts before there is a place. */
  take({ signal }: { signal: AbortSignal }): Promise<Disposable> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const place = this.tryTake();
    if (place !== null) return Promise.resolve(place);
    return new Promise((resolve, reject) => {
      const turn = (given: Disposable): void => {
        signal.removeEventListener("abort", giveUp);
        resolve(given);
      };
      const giveUp = (): void => {
        this.leave(turn);
        reject(signal.reason);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.wait(turn);
    });
  }

  #place(): Disposable {
    let isTaken = true;
    return {
      [Symbol.dispose]: () => {
        if (isTaken) this.#passOn();
        isTaken = false;
      },
    };
  }

  #passOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next(this.#place());
  }
}

/** A driver whose sandboxes start in these places. */
export function inPlaces(
  driver: Pick<SandboxDriver, "create" | "capabilities">,
  places: BootPlaces,
): Pick<SandboxDriver, "create" | "capabilities"> {
  return {
    capabilities: () => driver.capabilities(),
    async create(box, options) {
      using _ = await places.take(options);
      return await driver.create(box, options);
    },
  };
}
