/** Pauses between attempts at something that fails: each twice as long as the one before, up to a bound. */
export class GrowingPause {
  readonly #firstMs: number;
  readonly #longestMs: number;
  #ms = 0;

  constructor({ firstMs, longestMs }: { readonly firstMs: number; readonly longestMs: number }) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
  }

  /** The pause after the latest attempt; 0 when it did not fail. */
  get ms(): number {
    return this.#ms;
  }

  /** An attempt failed: the pause before the next one. */
  grow(): number {
    this.#ms = this.#ms === 0 ? this.#firstMs : Math.min(this.#longestMs, this.#ms * 2);
    return this.#ms;
  }

  /** An attempt worked. */
  reset(): void {
    this.#ms = 0;
  }
}
