import type { Exchange } from "../../listener/exchange.ts";
import { apiRefusal, type ApiRefusal } from "../request/api-refusal.ts";

/** Says how often a request has come through the API gateway: to HTTP back ends, and to event functions among the headers of their events. */
export const hopsHeader = "x-gust-api-hops";

/** So many APIs may lead to one another; more is taken for a ring, which would use up all connections. */
const maxHops = 8;

/** What the next back end is told. */
export function nextHop({ request }: Exchange): number {
  const hops = Number([request.headers[hopsHeader]].flat()[0] ?? 0);
  return Number.isInteger(hops) && hops > 0 ? hops + 1 : 1;
}

/** Null: the request may go to a back end. */
export function refusalOfHops(exchange: Exchange): ApiRefusal | null {
  return nextHop(exchange) > maxHops ? loop : null;
}

const loop = apiRefusal(508, "Loop Detected: the back end leads back to the API gateway.");
