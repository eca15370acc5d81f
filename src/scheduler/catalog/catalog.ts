import type { FunctionId, FunctionVersion, Target } from "../../core/index.ts";
import { PlatformError, qualifiers } from "../../core/index.ts";
import type { CatalogFunction } from "./catalog-function.ts";
import { FunctionRoutes, type Route, type Routes } from "./routes.ts";
import { resolveQualifier } from "./routing.ts";

/** Where a call's target leads. */
export type Resolution =
  | { readonly kind: "version"; readonly functionId: FunctionId; readonly version: FunctionVersion }
  /** Its first revision is being prepared: ask again when that settled. */
  | { readonly kind: "preparing"; readonly functionId: FunctionId; readonly settled: Promise<void> }
  | { readonly kind: "refused"; readonly functionId: FunctionId | null; readonly error: PlatformError };

interface Entered {
  readonly function: CatalogFunction;
  readonly routes: FunctionRoutes;
}

/** All functions of the installation, in memory: every lookup of a call ends here, never in the store. */
export class Catalog implements Routes {
  /** By namespace, then name: two lookups cost less than joining the strings of every call. */
  readonly #byName = new Map<string, Map<string, Entered>>();
  readonly #byId = new Map<FunctionId, Entered>();
  readonly #byDomainLabel = new Map<string, Entered>();
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  get size(): number {
    return this.#byId.size;
  }

  all(): Iterable<CatalogFunction> {
    return this.#byId.values().map((entered) => entered.function);
  }

  byId(functionId: FunctionId): CatalogFunction | null {
    return this.#byId.get(functionId)?.function ?? null;
  }

  byDomainLabel(label: string): Route | null {
    const route = this.#byDomainLabel.get(label)?.routes.to(qualifiers.default) ?? null;
    return route === "event-function" ? null : route;
  }

  byName(namespace: string, name: string, qualifier: string = qualifiers.default): Route | "event-function" | null {
    return this.#byName.get(namespace)?.get(name)?.routes.to(qualifier) ?? null;
  }

  replace(next: CatalogFunction): void {
    this.remove(next.functionId);
    const entered = { function: next, routes: new FunctionRoutes(next) };
    this.#byId.set(next.functionId, entered);
    let names = this.#byName.get(next.namespace);
    if (names === undefined) this.#byName.set(next.namespace, (names = new Map()));
    names.set(next.name, entered);
    if (next.domainLabel !== "") this.#byDomainLabel.set(next.domainLabel, entered);
  }

  remove(functionId: FunctionId): void {
    const known = this.#byId.get(functionId);
    if (known === undefined) return;
    this.#byId.delete(functionId);
    // a function made anew under an old name may already stand in its place
    const { namespace, name, domainLabel } = known.function;
    const names = this.#byName.get(namespace);
    if (names?.get(name) === known) names.delete(name);
    if (names?.size === 0) this.#byName.delete(namespace);
    if (this.#byDomainLabel.get(domainLabel) === known) this.#byDomainLabel.delete(domainLabel);
  }

  resolve(target: Target): Resolution {
    const found = this.#byName.get(target.namespace)?.get(target.name)?.function;
    if (found === undefined) return { kind: "refused", functionId: null, error: functionNotFound(target) };
    const name = resolveQualifier(found.aliases, target.qualifier, target.routingKey, this.#random);
    const version = found.versions.get(name);
    const { functionId } = found;
    if (version !== undefined) return { kind: "version", functionId, version };
    if (name !== qualifiers.latest) return { kind: "refused", functionId, error: qualifierNotFound(target, name) };
    if (found.preparation !== null) return { kind: "preparing", functionId, settled: found.preparation.settled };
    return { kind: "refused", functionId, error: notReady(found) };
  }
}

function functionNotFound({ namespace, name }: Target): PlatformError {
  return new PlatformError("FunctionNotFound", `There is no function ${name} in namespace ${namespace}`);
}

function qualifierNotFound({ name, qualifier }: Target, version: string): PlatformError {
  const led = qualifier === version ? "" : `, to which alias ${qualifier} leads`;
  return new PlatformError("QualifierNotFound", `Function ${name} has no version or alias ${version}${led}`);
}

function notReady({ name, status, problem }: CatalogFunction): PlatformError {
  const reason = problem === "" ? "" : `: ${problem}`;
  return new PlatformError("FunctionNotReady", `Function ${name} cannot be called, its status is ${status}${reason}`);
}
