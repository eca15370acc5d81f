import type { PlatformError } from "../../core/index.ts";

const shortestMs = 1_000;
const longestMs = 60_000;

/**
 * Keeps something that fails from being tried in a hot loop: the pause after the first failure in a row
 * is `firstMs`, then a second at least, and each further one doubles it, up to a minute.
 */
export class Backoff {
  readonly #firstMs: number;
  #pauseMs = 0;
  #retryAt = 0;
  #error: PlatformError | null = null;

  constructor(firstMs: number = shortestMs) {
    this.#firstMs = firstMs;
  }

  /** The failure that is being waited out; null when it may be tried (again). */
  holding(now: number): PlatformError | null {
    return now < this.#retryAt ? this.#error : null;
  }

  /** The last failure, until a success. */
  get error(): PlatformError | null {
    return this.#error;
  }

  get retryAt(): number {
    return this.#retryAt;
  }

  failed(error: PlatformError, now: number): void {
    const isFirst = this.#error === null;
    this.#pauseMs = isFirst ? this.#firstMs : Math.min(longestMs, Math.max(shortestMs, this.#pauseMs * 2));
    this.#retryAt = now + this.#pauseMs;
    this.#error = error;
  }

  succeeded(): void {
    this.#pauseMs = 0;
    this.#retryAt = 0;
    this.#error = null;
  }
}
