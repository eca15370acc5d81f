import type { PlatformError } from "../../core/index.ts";
import { Backoff } from "../admission/backoff.ts";

/**
 * How the starts of one revision of a service ended, and what follows from it: when the next one may begin,
 * what a call is told meanwhile, what the function's status says.
 *
 * unknown → serving ⇄ failing, unknown → failing
 */
export class StartHistory {
  /** How the first start ended: null when it serves. */
  readonly first: Promise<PlatformError | null>;
  readonly #onFirst: (error: PlatformError | null) => void;
  readonly #onHealth: (error: PlatformError | null) => void;
  readonly #backoff = new Backoff({ isFirstFree: true });
  /** Why the function's last start failed, until one works: the next one is expected to fail too. */
  #startFailure: PlatformError | null = null;
  #state: "unknown" | "serving" | "failing" = "unknown";

  /** `onHealth` hears when it begins to fail, or (null) serves again; the outcome of the first start is in `first`. */
  constructor(onHealth: (error: PlatformError | null) => void) {
    const { promise, resolve } = Promise.withResolvers<PlatformError | null>();
    this.first = promise;
    this.#onFirst = resolve;
    this.#onHealth = onHealth;
  }

  /** Why a call would wait in vain while nothing serves: the last start failed, or none is under way. */
  failureFor({ isStarting }: { readonly isStarting: boolean }): PlatformError | null {
    return this.#startFailure ?? (isStarting ? null : this.#backoff.error);
  }

  /** Whether a failure is being waited out. */
  isHolding(now: number): boolean {
    return this.#backoff.holding(now) !== null;
  }

  /** A start brought an instance. */
  succeeded(): void {
    this.#startFailure = null;
    this.#becomes("serving", null);
  }

  /** A start failed; returns after how long the next one may begin. `isServed`: by other instances. */
  failed(error: PlatformError, now: number, { isServed }: { readonly isServed: boolean }): number {
    this.#backoff.failed(error, now);
    this.#startFailure = error.fault === "function" ? error : null;
    if (!isServed) this.#becomes("failing", error);
    return Math.max(0, this.#backoff.retryAt - now);
  }

  /** An instance that served has ended; returns after how long the next start may begin. */
  lost(error: PlatformError, now: number, { isServed }: { readonly isServed: boolean }): number {
    this.#backoff.failed(error, now);
    const againInMs = Math.max(0, this.#backoff.retryAt - now);
    if (againInMs > 0 && !isServed) this.#becomes("failing", error);
    return againInMs;
  }

  /** An instance was stable: what failed before is forgiven. */
  wasStable(): void {
    this.#backoff.succeeded();
  }

  /** Whoever comes next waits for a fresh attempt. */
  forgetFailure(): void {
    this.#startFailure = null;
  }

  /** It will never be started (again). */
  close(): void {
    this.#onFirst(null);
  }

  #becomes(state: "serving" | "failing", error: PlatformError | null): void {
    if (this.#state !== "unknown" && this.#state !== state) this.#onHealth(error);
    this.#state = state;
    this.#onFirst(error);
  }
}
