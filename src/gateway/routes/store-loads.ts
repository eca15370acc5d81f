import { setTimeout as delay } from "node:timers/promises";
import { GrowingPause, type Logger } from "../../core/index.ts";

const retries = { firstMs: 250, longestMs: 10_000 } as const;

/**
 * Loads of one table that is kept in memory. They follow one another, so that an older answer never replaces a newer one, and one that fails
 * is done again until the store can tell: what is in memory serves meanwhile.
 */
export class StoreLoads implements AsyncDisposable {
  readonly #what: string;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #background = new Set<Promise<void>>();
  #last: Promise<void> = Promise.resolve();

  /** @param what is loaded, as the subject of a sentence of the log, in the plural */
  constructor(what: string, logger: Logger) {
    this.#what = what;
    this.#logger = logger;
  }

  /** Aborted at the stop. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Rejects as `load` does. */
  once(load: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(load);
    this.#last = turn.catch(() => undefined); // reported to whoever asked for this load
    return turn;
  }

  /** Resolves after the first attempt, whatever came of it. */
  async untilDone(load: () => Promise<void>): Promise<void> {
    try {
      await this.once(load);
    } catch (error) {
      this.#logger.warn({ err: error }, `${this.#what} could not be read; going on with those in memory`);
      const done = this.#tryAgain(load).finally(() => this.#background.delete(done));
      this.#background.add(done);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([this.#last, ...this.#background]);
  }

  async #tryAgain(load: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    const pause = new GrowingPause(retries);
    while (!signal.aborted) {
      await delay(pause.grow(), undefined, { signal }).catch(() => undefined); // aborted: the loop ends
      if (signal.aborted) return;
      try {
        return await this.once(load);
      } catch (error) {
        this.#logger.warn({ err: error }, `${this.#what} could not be read; trying again`);
      }
    }
  }
}
