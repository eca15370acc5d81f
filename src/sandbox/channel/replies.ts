/** Waits for single answers by number; each may be given up by its signal. */
export class Replies<Reply> {
  readonly #waiting = new Map<number, PromiseWithResolvers<Reply>>();
  #error: Error | null = null;

  /** Rejects with the signal's reason, or with the error of `rejectAll`, before or after. */
  async wait(key: number, signal: AbortSignal): Promise<Reply> {
    if (this.#error !== null) throw this.#error;
    signal.throwIfAborted();
    const waiting = Promise.withResolvers<Reply>();
    const giveUp = (): void => waiting.reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    this.#waiting.set(key, waiting);
    try {
      return await waiting.promise;
    } finally {
      signal.removeEventListener("abort", giveUp);
      if (this.#waiting.get(key) === waiting) this.#waiting.delete(key);
    }
  }

  /** An answer nobody waits for is dropped. */
  resolve(key: number, reply: Reply): void {
    this.#waiting.get(key)?.resolve(reply);
  }

  rejectAll(error: Error): void {
    this.#error = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
  }
}
