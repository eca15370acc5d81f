import type { Alias, FunctionId, FunctionStatus, FunctionVersion, Target } from "../../core/index.ts";
import { PlatformError, qualifiers } from "../../core/index.ts";
import type { Route, Routes } from "../invoker.ts";
import { resolveQualifier } from "./routing.ts";

/** A revision of `$LATEST` that is on its way to being served. */
interface Preparation {
  readonly revision: string;
  /** Resolves when it is served, failed or was overtaken; never rejects. */
  readonly settled: Promise<void>;
}

/** One function as calls see it. Never changed, only replaced as a whole. */
export interface CatalogFunction {
  readonly functionId: FunctionId;
  readonly namespace: string;
  readonly name: string;
  readonly status: FunctionStatus;
  readonly domainLabel: string;
  /** What is served, by name; while an update is prepared `$LATEST` is still the revision before. */
  readonly versions: ReadonlyMap<string, FunctionVersion>;
  readonly aliases: ReadonlyMap<string, Alias>;
  readonly route: Route | null;
  readonly preparation: Preparation | null;
  /** Why `$LATEST` cannot be served; empty when nothing is known against it. */
  readonly problem: string;
}

/** Where a call's target leads. */
export type Resolution =
  | { readonly kind: "version"; readonly functionId: FunctionId; readonly version: FunctionVersion }
  /** Its first revision is being prepared: ask again when that settled. */
  | { readonly kind: "preparing"; readonly functionId: FunctionId; readonly settled: Promise<void> }
  | { readonly kind: "refused"; readonly functionId: FunctionId | null; readonly error: PlatformError };

/** All functions of the installation, in memory: every lookup of a call ends here, never in the store. */
export class Catalog implements Routes {
  /** By namespace, then name: two lookups cost less than joining the strings of every call. */
  readonly #byName = new Map<string, Map<string, CatalogFunction>>();
  readonly #byId = new Map<FunctionId, CatalogFunction>();
  readonly #byDomainLabel = new Map<string, CatalogFunction>();
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  get size(): number {
    return this.#byId.size;
  }

  all(): Iterable<CatalogFunction> {
    return this.#byId.values();
  }

  byId(functionId: FunctionId): CatalogFunction | null {
    return this.#byId.get(functionId) ?? null;
  }

  byDomainLabel(label: string): Route | null {
    return this.#byDomainLabel.get(label)?.route ?? null;
  }

  byPath(namespace: string, name: string): Route | "event-function" | null {
    const found = this.#byName.get(namespace)?.get(name);
    return found === undefined ? null : (found.route ?? "event-function");
  }

  replace(next: CatalogFunction): void {
    this.remove(next.functionId);
    this.#byId.set(next.functionId, next);
    let names = this.#byName.get(next.namespace);
    if (names === undefined) this.#byName.set(next.namespace, (names = new Map()));
    names.set(next.name, next);
    if (next.domainLabel !== "") this.#byDomainLabel.set(next.domainLabel, next);
  }

  remove(functionId: FunctionId): void {
    const known = this.#byId.get(functionId);
    if (known === undefined) return;
    this.#byId.delete(functionId);
    // a function made anew under an old name may already stand in its place
    const names = this.#byName.get(known.namespace);
    if (names?.get(known.name) === known) names.delete(known.name);
    if (names?.size === 0) this.#byName.delete(known.namespace);
    if (this.#byDomainLabel.get(known.domainLabel) === known) this.#byDomainLabel.delete(known.domainLabel);
  }

  resolve(target: Target): Resolution {
    const found = this.#byName.get(target.namespace)?.get(target.name);
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
