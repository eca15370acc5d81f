/** Builds at a time: they are heavy, and calls come first. */
const atOnce = 2;

interface Waiting {
  readonly key: string;
  readonly start: () => void;
}

/** Lets builds run one after the other when they would make the same thing, and only so many at a time. */
export class BuildTurns {
  readonly #running = new Set<string>();
  #waiting: Waiting[] = [];

  /** Resolves when it may begin; disposing the turn lets the next one begin. */
  async take(key: string, { signal }: { signal: AbortSignal }): Promise<Disposable> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { key, start: resolve };
    const leave = (): void => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#waiting.push(waiting);
    this.#startNext();
    await promise.finally(() => signal.removeEventListener("abort", leave));
    return {
      [Symbol.dispose]: () => {
        this.#running.delete(key);
        this.#startNext();
      },
    };
  }

  #startNext(): void {
    for (const waiting of this.#waiting) {
      if (this.#running.size >= atOnce) return;
      if (this.#running.has(waiting.key)) continue;
      this.#running.add(waiting.key);
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      waiting.start();
    }
  }
}
