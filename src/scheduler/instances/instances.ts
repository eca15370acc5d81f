import type { FunctionId, FunctionVersion, PlatformError } from "../../core/index.ts";
import type { Instance } from "./instance.ts";
import { VersionInstances, type InstanceContext } from "./version-instances.ts";

/** The instances of all event and HTTP functions, by served revision. */
export class Instances {
  readonly #context: InstanceContext;
  readonly #served = new Map<FunctionVersion, VersionInstances>();
  /** Revisions that are no longer served and finish what they have. */
  readonly #retired = new Set<VersionInstances>();

  constructor(context: Omit<InstanceContext, "evictIdle">) {
    this.#context = { ...context, evictIdle: (except) => this.#evictIdle(except) };
  }

  /** The same object as long as the version is served. */
  of(version: FunctionVersion): VersionInstances {
    let found = this.#served.get(version);
    if (found === undefined) this.#served.set(version, (found = new VersionInstances(version, this.#context)));
    return found;
  }

  all(): Iterable<VersionInstances> {
    return [...this.#served.values(), ...this.#retired];
  }

  /** From now on only these versions of the function are served; `gone` refuses what waits, when the function is deleted. */
  serveOnly(functionId: FunctionId, versions: ReadonlySet<FunctionVersion>, gone: PlatformError | null): void {
    for (const [version, instances] of this.#served) {
      if (version.functionId !== functionId || versions.has(version)) continue;
      this.#served.delete(version);
      this.#retired.add(instances);
      if (gone === null) instances.retire();
      else instances.close(gone);
    }
  }

  tick(now: number): void {
    for (const instances of this.#served.values()) instances.tick(now);
    for (const instances of this.#retired) {
      instances.tick(now);
      if (instances.isOver) this.#retired.delete(instances);
    }
  }

  close(error: PlatformError): void {
    for (const instances of this.all()) instances.close(error);
  }

  async stopAll(graceMs: number): Promise<void> {
    await Promise.all(Array.from(this.all(), (instances) => instances.stopAll(graceMs)));
  }

  #evictIdle(except: FunctionVersion): boolean {
    let longest: { instance: Instance; owner: VersionInstances } | null = null;
    for (const owner of this.all()) {
      if (owner.version.functionId === except.functionId && owner.version === except) continue;
      const instance = owner.longestIdle();
      if (instance !== null && (longest === null || instance.idleSince < longest.instance.idleSince)) {
        longest = { instance, owner };
      }
    }
    longest?.owner.evict(longest.instance);
    return longest !== null;
  }
}
