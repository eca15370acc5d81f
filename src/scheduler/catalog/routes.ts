import { qualifiers, type FunctionVersion } from "../../core/index.ts";
import type { CatalogFunction } from "./catalog-function.ts";
import { resolveQualifier } from "./routing.ts";

/** Where a public name leads; kept by the catalog, read by the gateway per request. Replaced when its function changes. */
export interface Route {
  readonly namespace: string;
  readonly name: string;
  /** Version or alias that is called; the rest is of the version that takes most of its calls. */
  readonly qualifier: string;
  readonly form: "http" | "service";
  readonly timeoutS: number;
  /** Seconds of silence a WebSocket may have; null: the function takes none. */
  readonly webSocketIdleS: number | null;
}

/** Lookup of public names; synchronous, from memory. */
export interface Routes {
  byDomainLabel(label: string): Route | null;
  /** Null: no such function, or nothing behind the qualifier (`$DEFAULT` unless given). */
  byName(namespace: string, name: string, qualifier?: string): Route | "event-function" | null;
}

/** The routes of one state of a function, made when they are first asked for. */
export class FunctionRoutes {
  readonly #function: CatalogFunction;
  readonly #routes = new Map<string, Route | "event-function" | null>();

  constructor(of: CatalogFunction) {
    this.#function = of;
  }

  to(qualifier: string): Route | "event-function" | null {
    let route = this.#routes.get(qualifier);
    if (route !== undefined) return route;
    const version = this.#versionBehind(qualifier);
    route = version === null ? null : routeTo(version, qualifier);
    if (route !== null) this.#routes.set(qualifier, route); // what leads nowhere may be any text of a client's
    return route;
  }

  /** A function that is not served yet has its route, so that calls wait for it. */
  #versionBehind(qualifier: string): FunctionVersion | null {
    const { aliases, versions, newest } = this.#function;
    const name = resolveQualifier(aliases, qualifier, undefined, mostCalls(aliases.get(qualifier)?.weighted ?? []));
    return versions.get(name) ?? (name === qualifiers.latest ? newest : null);
  }
}

/** What `random` gives so that the version with the largest share is picked. */
function mostCalls(weighted: readonly { readonly weight: number }[]): () => number {
  const share = weighted[0]?.weight ?? 0; // an alias has at most one further version
  return () => (share > 0.5 ? 0 : 1);
}

function routeTo({ spec, namespace, name }: FunctionVersion, qualifier: string): Route | "event-function" {
  if (spec.form === "event") return "event-function";
  const { form, timeoutS, webSocketIdleS } = spec;
  return { namespace, name, qualifier, form, timeoutS, webSocketIdleS };
}
