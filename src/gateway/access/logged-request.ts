import { DirectRequest } from "../listener/direct/direct-request.ts";
import type { Exchange } from "../listener/exchange.ts";
import { pathOfUrl } from "../path-of-url.ts";

interface Described<Fields> {
  readonly kind: string;
  readonly route: Exchange["route"];
  readonly api: Exchange["api"];
  readonly fields: Fields;
}

/**
 * The part of a line that depends on the request, its route and its kind alone: made once for requests that their client repeats,
 * and gone with them.
 */
export class LoggedRequest<Fields> {
  readonly #describe: (exchange: Exchange) => Fields;
  readonly #described = new WeakMap<Exchange["request"], Described<Fields>>();

  constructor(describe: (exchange: Exchange) => Fields) {
    this.#describe = describe;
  }

  fieldsOf(exchange: Exchange): Fields {
    const { request, route, kind, api } = exchange;
    const before = this.#described.get(request);
    const isSame = before?.route === route && before.kind === kind && before.api === api;
    if (before !== undefined && isSame) return before.fields;
    const fields = this.#describe(exchange);
    if (request instanceof DirectRequest && request.isRepeated) {
      this.#described.set(request, { kind, route, api, fields });
    }
    return fields;
  }
}

/**
 * Without the query, which may hold what nobody should find in a log, and without what follows in the platform's own addresses: a
 * key to a package or to credentials.
 */
export function loggedPath({ request: { url }, route }: Exchange): string {
  if (route === null && url.startsWith("/-/")) return url.replace(/^(\/-\/[^/?]*\/?)[^]*/, "$1");
  return pathOfUrl(url);
}
