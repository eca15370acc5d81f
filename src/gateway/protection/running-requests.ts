import { refusal, type Refusal } from "../listener/refusal.ts";

export interface RunningLimits {
  readonly maxRequests: number;
  /** 0: as many as the gateway takes. */
  readonly maxRequestsPerAddress: number;
}

/** A request as it is told apart from others; the same object until it is over. */
interface RunningRequest {
  readonly connection: { readonly peer: { readonly network: string } };
  /** Counted in, and not yet out; of no meaning to others. */
  isRunning: boolean;
}

/** The requests to functions that are being answered or wait for that: how many there are, and of each client address. */
export class RunningRequests {
  readonly #limits: RunningLimits;
  #running = 0;
  readonly #ofNetwork = new Map<string, number>();
  readonly #full: Refusal;
  readonly #addressFull: Refusal;

  constructor(limits: RunningLimits) {
    this.#limits = limits;
    this.#full = tooMany(503, "GatewayBusy", "in all", limits.maxRequests, "GUST_MAX_REQUESTS");
    const ofAddress = [limits.maxRequestsPerAddress, "GUST_MAX_REQUESTS_PER_ADDRESS"] as const;
    this.#addressFull = tooMany(429, "TooManyRequests", "of one client address", ...ofAddress);
  }

  /** Counts it in until `leave`. Not null: it may not go on, and is not counted. */
  enter(request: RunningRequest): Refusal | null {
    const { maxRequests, maxRequestsPerAddress } = this.#limits;
    if (this.#running >= maxRequests) return this.#full;
    if (maxRequestsPerAddress > 0) {
      const { network } = request.connection.peer;
      const count = this.#ofNetwork.get(network) ?? 0;
      if (count >= maxRequestsPerAddress) return this.#addressFull;
      this.#ofNetwork.set(network, count + 1);
    }
    this.#running++;
    request.isRunning = true;
    return null;
  }

  /** Of one that was not counted, nothing happens. */
  leave(request: RunningRequest): void {
    if (!request.isRunning) return;
    request.isRunning = false;
    this.#running--;
    if (this.#limits.maxRequestsPerAddress === 0) return;
    const { network } = request.connection.peer;
    const count = this.#ofNetwork.get(network) ?? 0;
    if (count > 1) this.#ofNetwork.set(network, count - 1);
    else this.#ofNetwork.delete(network);
  }
}

function tooMany(httpStatus: number, code: string, whose: string, max: number, setting: string): Refusal {
  return refusal(httpStatus, code, `More than ${max} requests ${whose} are being answered.`, {
    limit: `requests at the same time ${whose}`,
    value: String(max),
    setting,
    retryAfterS: 1,
  });
}
