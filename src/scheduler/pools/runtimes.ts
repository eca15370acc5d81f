import { runtimeOf } from "../../core/index.ts";
import type { PackageStatus, RuntimePackages, SandboxDriver } from "../../sandbox/index.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { WarmPools } from "./warm-pools.ts";

/** What functions can run on, for `gust runtime list`. */
export interface RuntimeStatus {
  /** `node18`, `python3`, `custom`. */
  readonly name: string;
  /** Null before its first start, where nobody knows it earlier. */
  readonly version: string | null;
  readonly origin: string;
  readonly state: PackageStatus["state"];
  /** Why it could not be fetched; empty: nothing is known against it. */
  readonly problem: string;
  /** How many functions use it. */
  readonly functions: number;
  /** The `Runtime` names of the API by which they do. */
  readonly runtimes: readonly string[];
}

/** Everything that functions can run on, and then what they can load beside it. */
export function readRuntimes(parts: {
  readonly catalog: Catalog;
  readonly pools: WarmPools;
  readonly packages: Pick<RuntimePackages, "list">;
  readonly driver: Pick<SandboxDriver, "lacks">;
}): RuntimeStatus[] {
  const uses = countUses(parts.catalog);
  const packages = new Map(parts.packages.list().map((it) => [it.name, it]));
  const runtimes = parts.pools.forHandlers().map(({ program, knownVersion }): RuntimeStatus => {
    const { name } = program;
    const { functions = 0, runtimes: names = new Set<string>() } = uses.get(name) ?? {};
    const used = { functions, runtimes: [...names].toSorted() };
    const fetched = packages.get(name);
    packages.delete(name);
    if (fetched === undefined) {
      const origin = program.version === undefined ? "this host" : "the platform's own";
      const problem = knownVersion === null ? (parts.driver.lacks(program) ?? "") : "";
      return { name, version: knownVersion, origin, state: problem === "" ? "installed" : "absent", problem, ...used };
    }
    const { version, origin, state, problem } = fetched;
    return { name, version, origin, state, problem, ...used };
  });
  const unused = { functions: 0, runtimes: [] };
  const others = [...packages.values()].map(({ name, version, origin, state, problem }): RuntimeStatus => {
    return { name, version, origin, state, problem, ...unused };
  });
  return [...runtimes, ...others];
}

interface Uses {
  functions: number;
  readonly runtimes: Set<string>;
}

/** By program. */
function countUses(catalog: Catalog): Map<string, Uses> {
  const uses = new Map<string, Uses>();
  for (const { versions } of catalog.all()) {
    const counted = new Set<string>();
    for (const { spec } of versions.values()) {
      const { program } = runtimeOf(spec.runtime);
      const use = uses.get(program) ?? { functions: 0, runtimes: new Set() };
      use.runtimes.add(spec.runtime);
      if (!counted.has(program)) use.functions++;
      counted.add(program);
      uses.set(program, use);
    }
  }
  return uses;
}
