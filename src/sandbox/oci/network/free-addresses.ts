import { firstBoxOffset, rangeSize, type AddressRange } from "./address-range.ts";

/**
 * Hands out the addresses of a range. One that was given back rests: the kernel remembers connections of the box that had it (UDP for two
 * minutes), and their late answers must not reach a stranger.
 *
 * free → (take) taken → (giveBack) resting → (after `restMs`) free
 */
export class FreeAddresses {
  readonly #range: AddressRange;
  readonly #restMs: number;
  readonly #first: number;
  /** How many were never taken; they come before those that were. */
  #unused: number;
  /** Offset → when it was given back, oldest first. */
  readonly #resting = new Map<number, number>();

  /** `seed`: where to begin, so that after a crash the next run does not take the addresses of the last one. */
  constructor(range: AddressRange, options: { readonly restMs: number; readonly seed: number }) {
    this.#range = range;
    this.#restMs = options.restMs;
    this.#unused = this.size;
    this.#first = options.seed % this.size;
  }

  /** Addresses for boxes; the last one of a range is left alone, as some take it for a broadcast. */
  get size(): number {
    return rangeSize(this.#range) - firstBoxOffset - 1;
  }

  /** The place of an address in the range; null: none is free now. */
  take(nowMs: number): number | null {
    if (this.#unused > 0) {
      this.#unused -= 1;
      return firstBoxOffset + ((this.#first + this.size - this.#unused - 1) % this.size);
    }
    for (const [offset, givenBackMs] of this.#resting) {
      if (nowMs - givenBackMs < this.#restMs) return null;
      this.#resting.delete(offset);
      return offset;
    }
    return null;
  }

  giveBack(offset: number, nowMs: number): void {
    this.#resting.set(offset, nowMs);
  }
}
