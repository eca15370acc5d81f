/** Keys that are remembered by default; of the others, those that were not seen for longest are forgotten, and begin anew. */
const defaultMaxKeys = 65_536;

interface Bucket {
  tokens: number;
  /** When `tokens` was right, in monotonic milliseconds. */
  at: number;
}

/**
 * A bucket of tokens for each key, which holds what drips into it in one second, at least one. In two generations, so
 * that forgetting costs nothing per key: the old one goes when the young one is full.
 */
export class TokenBuckets {
  readonly #maxYoung: number;
  #young = new Map<string, Bucket>();
  #old = new Map<string, Bucket>();

  constructor(maxKeys = defaultMaxKeys) {
    this.#maxYoung = Math.max(1, Math.floor(maxKeys / 2));
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Takes a token of those that drip at `ratePerS`. Gives 0, or the seconds until there will be one. */
  take(key: string, ratePerS: number, now: number): number {
    const capacity = Math.max(1, ratePerS);
    const bucket = this.#young.get(key) ?? this.#renew(key, capacity, now);
    if (now > bucket.at) {
      bucket.tokens = Math.min(capacity, bucket.tokens + ((now - bucket.at) * ratePerS) / 1_000);
      bucket.at = now;
    }
    if (bucket.tokens < 1) return (1 - bucket.tokens) / ratePerS;
    bucket.tokens--;
    return 0;
  }

  /** Puts a token back that `take` gave for something that was not done after all. */
  giveBack(key: string, ratePerS: number): void {
    const bucket = this.#young.get(key) ?? this.#old.get(key);
    if (bucket !== undefined) bucket.tokens = Math.min(Math.max(1, ratePerS), bucket.tokens + 1);
  }

  /** Whole tokens in the bucket when it was last asked for. */
  left(key: string): number {
    return Math.floor(this.#young.get(key)?.tokens ?? 0);
  }

  #renew(key: string, capacity: number, now: number): Bucket {
    const known = this.#old.get(key);
    const bucket = known ?? { tokens: capacity, at: now };
    if (known !== undefined) this.#old.delete(key);
    if (this.#young.size >= this.#maxYoung) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, bucket);
    return bucket;
  }
}
