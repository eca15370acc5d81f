import type { FunctionId, FunctionVersion, PlatformError } from "../../core/index.ts";
import { Freezer } from "../idle/freezer.ts";
import type { Idle } from "../idle/memory-pressure.ts";
import type { Instance } from "./instance.ts";
import type { InstanceContext } from "./instance-context.ts";
import { ServedRevisions } from "./served-revisions.ts";
import { VersionInstances } from "./version-instances.ts";

/** The instances of all event and HTTP functions, by served revision. */
export class Instances {
  readonly #served: ServedRevisions<VersionInstances>;
  /** Revisions that are no longer served and finish what they have. */
  readonly #retired = new Set<VersionInstances>();
  readonly #freezer: Freezer;

  constructor(context: Omit<InstanceContext, "evictIdle" | "freezer"> & { readonly canFreeze: boolean }) {
    const freezer = new Freezer(context);
    const complete = { ...context, freezer, evictIdle: (except: FunctionVersion) => this.evictIdle(except) };
    this.#freezer = freezer;
    this.#served = new ServedRevisions((version) => new VersionInstances(version, complete));
  }

  /** The same object as long as the version is served. */
  of(version: FunctionVersion): VersionInstances {
    return this.#served.of(version);
  }

  all(): Iterable<VersionInstances> {
    return [...this.#served.all(), ...this.#retired];
  }

  /** From now on only these versions of the function are served; `gone` refuses what waits, when the function is deleted. */
  serveOnly(functionId: FunctionId, versions: ReadonlySet<FunctionVersion>, gone: PlatformError | null): void {
    for (const version of this.#served.versionsOf(functionId)) {
      const instances = versions.has(version) ? undefined : this.#served.remove(version);
      if (instances === undefined) continue;
      this.#retired.add(instances);
      if (gone === null) instances.retire();
      else instances.close(gone);
    }
  }

  tick(now: number): void {
    this.#freezer.beginTick();
    for (const instances of this.#served.all()) instances.tick(now);
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

  /** Instances without calls, and a way to stop each. */
  idle(): Idle[] {
    return [...this.all()].flatMap((owner) =>
      owner.idle().map((instance) => ({
        bytes: instance.sandbox.memory().currentBytes,
        idleSince: instance.idleSince,
        stop: () => owner.evict(instance),
      })),
    );
  }

  /** Stops the longest idle instance that is not of this version; false when there is none. */
  evictIdle(except: FunctionVersion): boolean {
    let longest: { instance: Instance; owner: VersionInstances } | null = null;
    for (const owner of this.all()) {
      if (owner.version === except) continue;
      const instance = owner.longestIdle();
      if (instance !== null && (longest === null || instance.idleSince < longest.instance.idleSince)) {
        longest = { instance, owner };
      }
    }
    longest?.owner.evict(longest.instance);
    return longest !== null;
  }
}
