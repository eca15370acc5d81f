import type { Exchange } from "../listener/exchange.ts";
import type { ExchangeClass } from "../listener/server/exchange-host.ts";

/** What the gateway has answered since it started; counters only, cheap enough for every request. */
export interface TrafficStats {
  /** Exchanges that ended, by what answered them. */
  readonly requests: Readonly<Record<ExchangeClass, number>>;
  /** By HTTP status class; index 0 counts clients that left before an answer. */
  readonly statuses: readonly number[];
  /** Requests that were no HTTP. */
  readonly malformed: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Milliseconds from a request's head to the end of its answer, all added up. */
  readonly totalMs: number;
}

/** Counts ended exchanges. */
export class Traffic {
  readonly #requests: Record<ExchangeClass, number> = {
    function: 0,
    service: 0,
    upstream: 0,
    api: 0,
    platform: 0,
    refused: 0,
  };
  readonly #statuses = [0, 0, 0, 0, 0, 0];
  #malformed = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  #totalMs = 0;

  record(exchange: Exchange): void {
    this.#requests[exchange.kind]++;
    const statusClass = exchange.httpStatus === 499 ? 0 : Math.trunc(exchange.httpStatus / 100);
    this.#statuses[statusClass] = (this.#statuses[statusClass] ?? 0) + 1;
    this.#bytesIn += exchange.bytesIn;
    this.#bytesOut += exchange.bytesOut;
    this.#totalMs += exchange.durationMs;
  }

  recordMalformed(): void {
    this.#malformed++;
  }

  stats(): TrafficStats {
    return {
      requests: { ...this.#requests },
      statuses: [...this.#statuses],
      malformed: this.#malformed,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      totalMs: this.#totalMs,
    };
  }
}
