import { GrowingPause, type PlatformError } from "../../core/index.ts";

const bounds = { firstMs: 1_000, longestMs: 60_000 } as const;

/**
 * Keeps something that fails from being tried in a hot loop, with pauses from a second to a minute.
 * `isFirstFree`: after the first failure in a row it may be tried again at once.
 */
export class Backoff {
  readonly #isFirstFree: boolean;
  readonly #pause = new GrowingPause(bounds);
  #retryAt = 0;
  #error: PlatformError | null = null;

  constructor({ isFirstFree = false }: { readonly isFirstFree?: boolean } = {}) {
    this.#isFirstFree = isFirstFree;
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
    const isFree = this.#isFirstFree && this.#error === null;
    this.#retryAt = now + (isFree ? 0 : this.#pause.grow());
    this.#error = error;
  }

  succeeded(): void {
    this.#pause.reset();
    this.#retryAt = 0;
    this.#error = null;
  }
}
