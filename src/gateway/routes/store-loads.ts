import { setTimeout as delay } from "node:timers/promises";
import { GrowingPause, type Logger } from "../../core/index.ts";
import type { ChangeTopic, Changes } from "../../store/index.ts";

const retries = { firstMs: 250, longestMs: 10_000 } as const;

interface Loads {
  /** Loads what a change names. */
  one(id: string): Promise<void>;
  all(): Promise<void>;
}

/**
 * Loads of one table that is kept in memory, after each change in the store. They follow one another, so that an older answer never replaces
 * a newer one, and one that fails is done again until the store can tell: what is in memory serves meanwhile.
 */
export class StoreLoads implements AsyncDisposable {
  readonly #what: string;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #background = new Set<Promise<void>>();
  readonly #subscriptions: Disposable[] = [];
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

  /** Whoever announces a change waits for the first attempt to load it, whatever comes of that. */
  subscribe(changes: Pick<Changes, "subscribe">, topic: ChangeTopic, { one, all }: Loads): void {
    const changed = (id: string): Promise<void> => this.#untilDone(() => one(id));
    this.#subscriptions.push(changes.subscribe(topic, { changed, resync: () => this.#untilDone(all) }));
  }

  /** Rejects as `load` does. Right after subscribing it misses nothing. */
  once(load: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(load);
    this.#last = turn.catch(() => undefined); // reported to whoever asked for this load
    return turn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#stop.abort();
    await Promise.allSettled([this.#last, ...this.#background]);
  }

  async #untilDone(load: () => Promise<void>): Promise<void> {
    try {
      await this.once(load);
    } catch (error) {
      this.#logger.warn({ err: error }, `${this.#what} could not be read; going on with those in memory`);
      const done = this.#tryAgain(load).finally(() => this.#background.delete(done));
      this.#background.add(done);
    }
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
