import { refusal, type Refusal } from "../listener/refusal.ts";
import { TokenBuckets } from "./token-buckets.ts";

/** Requests a second; 0: as many as come. */
export interface RequestRateLimits {
  readonly ratePerAddress: number;
  readonly ratePerFunction: number;
}

/** How many requests a client address may send to functions, and a function may get. Asked before anything is done for a request. */
export class RequestRates {
  readonly #limits: RequestRateLimits;
  readonly #addresses = new TokenBuckets();
  readonly #functions = new TokenBuckets();

  constructor(limits: RequestRateLimits) {
    this.#limits = limits;
  }

  /** Null: it may go on. `network` as a peer has it, `now` in monotonic milliseconds. */
  check(network: string, namespace: string, name: string, now: number): Refusal | null {
    return this.checkAddress(network, now) ?? this.checkFunction(namespace, name, now);
  }

  /** Of a request whose address was checked before its function was known. */
  checkFunction(namespace: string, name: string, now: number): Refusal | null {
    const { ratePerFunction } = this.#limits;
    if (ratePerFunction === 0) return null;
    const waitS = this.#functions.take(`${namespace}/${name}`, ratePerFunction, now);
    return waitS === 0 ? null : tooMany("of one function", ratePerFunction, waitS, "GUST_RATE_PER_FUNCTION");
  }

  /** For a request that `checkFunction` let on, and something else did not. */
  giveFunctionBack(namespace: string, name: string): void {
    const { ratePerFunction } = this.#limits;
    if (ratePerFunction > 0) this.#functions.giveBack(`${namespace}/${name}`, ratePerFunction);
  }

  /** Of a request whose function is not known yet. */
  checkAddress(network: string, now: number): Refusal | null {
    const { ratePerAddress } = this.#limits;
    if (ratePerAddress === 0) return null;
    const waitS = this.#addresses.take(network, ratePerAddress, now);
    return waitS === 0 ? null : tooMany("of one client address", ratePerAddress, waitS, "GUST_RATE_PER_ADDRESS");
  }
}

function tooMany(whose: string, ratePerS: number, waitS: number, setting: string): Refusal {
  return refusal(429, "RequestRateExceeded", `More than ${ratePerS} requests a second ${whose}.`, {
    limit: `requests a second ${whose}`,
    value: String(ratePerS),
    setting,
    retryAfterS: waitS,
  });
}
