interface Running<Result> {
  readonly promise: Promise<Result>;
  readonly controller: AbortController;
  callers: number;
}

/** Callers that want the same result at the same time share one run of the work; it is canceled when the last one gives up. */
export class SharedWork<Key, Result> {
  readonly #running = new Map<Key, Running<Result>>();

  has(key: Key): boolean {
    return this.#running.has(key);
  }

  async run(key: Key, signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    const running = this.#running.get(key) ?? this.#start(key, work);
    running.callers += 1;
    const abandoned = Promise.withResolvers<never>();
    const abandon = (): void => abandoned.reject(signal.reason);
    signal.addEventListener("abort", abandon, { once: true });
    try {
      return await Promise.race([running.promise, abandoned.promise]);
    } finally {
      signal.removeEventListener("abort", abandon);
      running.callers -= 1;
      if (running.callers === 0) this.#end(key, running);
    }
  }

  #start(key: Key, work: (signal: AbortSignal) => Promise<Result>): Running<Result> {
    const controller = new AbortController();
    const promise = work(controller.signal);
    const running: Running<Result> = { promise, controller, callers: 0 };
    this.#running.set(key, running);
    const forget = (): void => this.#forget(key, running);
    promise.then(forget, forget);
    return running;
  }

  #end(key: Key, running: Running<Result>): void {
    this.#forget(key, running);
    running.controller.abort(new DOMException("Nobody waits for the result any more", "AbortError"));
  }

  #forget(key: Key, running: Running<Result>): void {
    if (this.#running.get(key) === running) this.#running.delete(key);
  }
}
