import type { Logger } from "./core/index.ts";

/** What was started, in order; stopping goes the other way round. */
export class StopSteps {
  readonly #logger: Logger;
  readonly #steps: { name: string; boundMs: number | (() => number); part: AsyncDisposable }[] = [];
  readonly #hurry = new AbortController();
  #hurriedUntil: number | null = null;
  #running: Promise<void> | null = null;
  #startedAt: number | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Time since the stop began. */
  get elapsedMs(): number {
    return this.#startedAt === null ? 0 : performance.now() - this.#startedAt;
  }

  /** A bound that is a function is asked when the part is stopped. */
  add<Part extends AsyncDisposable>(name: string, boundMs: number | (() => number), part: Part): Part {
    this.#steps.push({ name, boundMs, part });
    return part;
  }

  hurry(): void {
    this.#hurriedUntil ??= performance.now() + hurriedMs;
    this.#hurry.abort();
  }

  run(): Promise<void> {
    this.#running ??= this.#runAll();
    return this.#running;
  }

  async #runAll(): Promise<void> {
    this.#startedAt = performance.now();
    for (const { name, boundMs: bound, part } of this.#steps.toReversed()) {
      const boundMs = typeof bound === "number" ? bound : bound();
      const hurry = { signal: this.#hurry.signal, leftMs: () => Math.min(boundMs, this.#leftMs()) };
      const outcome = await withinTime(part[Symbol.asyncDispose](), boundMs, hurry).catch((error: unknown) => error);
      if (outcome === "late") this.#logger.warn({ part: name, boundMs }, "A part did not stop in time; going on");
      if (outcome instanceof Error) this.#logger.error({ part: name, err: outcome }, "A part failed to stop");
    }
  }

  #leftMs(): number {
    if (this.#hurriedUntil === null) return Number.POSITIVE_INFINITY;
    return Math.max(leastStepMs, this.#hurriedUntil - performance.now());
  }
}

/** Time that all steps together keep after a second signal: enough to end child processes. */
const hurriedMs = 1_500;
/** What each of them has in any case. */
const leastStepMs = 50;

function withinTime(
  work: PromiseLike<void>,
  boundMs: number,
  hurry: { readonly signal: AbortSignal; leftMs(): number },
): Promise<"done" | "late"> {
  return new Promise((resolve, reject) => {
    const end = (outcome: "done" | "late"): void => {
      clearTimeout(timer);
      hurry.signal.removeEventListener("abort", shorten);
      resolve(outcome);
    };
    let timer = setTimeout(end, hurry.signal.aborted ? hurry.leftMs() : boundMs, "late");
    const shorten = (): void => {
      clearTimeout(timer);
      timer = setTimeout(end, hurry.leftMs(), "late");
    };
    hurry.signal.addEventListener("abort", shorten, { once: true });
    work.then(() => end("done"), reject);
  });
}
