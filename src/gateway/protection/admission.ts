import type { Exchange } from "../listener/exchange.ts";
import type { Refusal } from "../listener/refusal.ts";
import type { Destination } from "../router.ts";
import { RequestRates, type RequestRateLimits } from "./request-rates.ts";
import { RunningRequests, type RunningLimits } from "./running-requests.ts";

/**
 * Which requests to functions go on, whichever way they came: asked before anything is done for them. What the platform answers itself is
 * always let in, so that a flood of calls does not keep its owner out.
 */
export class Admission {
  /** Asked by who finds out only later which function a request is for. */
  readonly rates: RequestRates;
  readonly #running: RunningRequests;

  constructor(limits: RequestRateLimits & RunningLimits) {
    this.rates = new RequestRates(limits);
    this.#running = new RunningRequests(limits);
  }

  /** Null: it goes on, and `leave` is called at its end. */
  enter(exchange: Exchange, destination: Destination): Refusal | null {
    if (!limited.has(destination.kind)) return null;
    const problem = this.#running.enter(exchange) ?? this.checkRates(exchange, destination);
    if (problem !== null) this.#running.leave(exchange);
    return problem;
  }

  /** Of a request for another protocol, which may then go on for days: it counts as a connection alone. */
  checkRates({ connection, startedAt }: Exchange, destination: Destination): Refusal | null {
    const { network } = connection.peer;
    if (destination.kind === "function") {
      const { namespace, name } = destination.route;
      return this.rates.check(network, namespace, name, startedAt);
    }
    if (destination.kind === "api-gateway") return this.rates.checkAddress(network, startedAt);
    if (destination.kind !== "function-url") return null;
    const { namespace, functionName } = destination.url;
    return this.rates.check(network, namespace, functionName, startedAt);
  }

  leave(exchange: Exchange): void {
    this.#running.leave(exchange);
  }
}

/** What the platform does not answer itself. */
const limited: ReadonlySet<Destination["kind"]> = new Set(["function", "function-url", "api-gateway"]);
