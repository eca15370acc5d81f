import type { Logger } from "../../core/index.ts";
import type { Peer } from "../listener/client-line.ts";
import { refusal, type Refusal } from "../listener/refusal.ts";

export interface ConnectionLimits {
  readonly maxConnections: number;
  /** 0: as many as the server takes. */
  readonly maxConnectionsPerAddress: number;
}

/** What a connection is told by, and when it has gone. */
interface OpenConnection {
  once(event: "close", listener: () => void): unknown;
}

/** Between two lines of the log about the same. */
const quietMs = 60_000;

/** The connections from outside, without and with TLS: how many there are, and of each client address. */
export class OpenConnections {
  readonly #limits: ConnectionLimits;
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #ofNetwork = new Map<string, number>();
  readonly #full: Refusal;
  readonly #addressFull: Refusal;
  #open = 0;
  #saidAt = -Infinity;

  /** `now` in monotonic milliseconds. */
  constructor(limits: ConnectionLimits, now: () => number, logger: Logger) {
    this.#limits = limits;
    this.#now = now;
    this.#logger = logger;
    this.#full = tooMany(503, "in all", limits.maxConnections, "GUST_MAX_CONNECTIONS");
    const ofAddress = [limits.maxConnectionsPerAddress, "GUST_MAX_CONNECTIONS_PER_ADDRESS"] as const;
    this.#addressFull = tooMany(429, "of one client address", ...ofAddress);
  }

  /** Counts it in until it closes. Not null: it may not stay, and is not counted. */
  enter(connection: OpenConnection, { network }: Peer): Refusal | null {
    const { maxConnections, maxConnectionsPerAddress } = this.#limits;
    if (this.#open >= maxConnections) return this.#say(this.#full);
    if (maxConnectionsPerAddress > 0) {
      const count = this.#ofNetwork.get(network) ?? 0;
      if (count >= maxConnectionsPerAddress) return this.#say(this.#addressFull);
      this.#ofNetwork.set(network, count + 1);
    }
    this.#open++;
    connection.once("close", () => this.#leave(network));
    return null;
  }

  #leave(network: string): void {
    this.#open--;
    const count = this.#ofNetwork.get(network) ?? 0;
    if (count > 1) this.#ofNetwork.set(network, count - 1);
    else this.#ofNetwork.delete(network);
  }

  #say(problem: Refusal): Refusal {
    const now = this.#now();
    if (now - this.#saidAt < quietMs) return problem;
    this.#saidAt = now;
    const { limit, value, setting } = problem;
    this.#logger.warn({ limit, value, setting }, "Connections are turned away");
    return problem;
  }
}

function tooMany(httpStatus: number, whose: string, max: number, setting: string): Refusal {
  return refusal(httpStatus, "TooManyConnections", `More than ${max} connections ${whose} are open.`, {
    limit: `connections ${whose}`,
    value: String(max),
    setting,
    retryAfterS: 1,
  });
}
