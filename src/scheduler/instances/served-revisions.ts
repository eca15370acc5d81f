import type { FunctionId, FunctionVersion } from "../../core/index.ts";

/** What serves each revision, found by its version's object on every call and by its function at a change. */
export class ServedRevisions<Revision> {
  readonly #served = new Map<FunctionVersion, Revision>();
  readonly #byFunction = new Map<FunctionId, Set<FunctionVersion>>();
  readonly #make: (version: FunctionVersion) => Revision;

  constructor(make: (version: FunctionVersion) => Revision) {
    this.#make = make;
  }

  /** The same object as long as the version is served. */
  of(version: FunctionVersion): Revision {
    return this.#served.get(version) ?? this.#add(version);
  }

  get(version: FunctionVersion): Revision | undefined {
    return this.#served.get(version);
  }

  all(): Iterable<Revision> {
    return this.#served.values();
  }

  versions(): Iterable<FunctionVersion> {
    return this.#served.keys();
  }

  versionsOf(functionId: FunctionId): readonly FunctionVersion[] {
    return [...(this.#byFunction.get(functionId) ?? [])];
  }

  remove(version: FunctionVersion): Revision | undefined {
    const revision = this.#served.get(version);
    this.#served.delete(version);
    const versions = this.#byFunction.get(version.functionId);
    versions?.delete(version);
    if (versions?.size === 0) this.#byFunction.delete(version.functionId);
    return revision;
  }

  #add(version: FunctionVersion): Revision {
    const revision = this.#make(version);
    this.#served.set(version, revision);
    let versions = this.#byFunction.get(version.functionId);
    if (versions === undefined) this.#byFunction.set(version.functionId, (versions = new Set()));
    versions.add(version);
    return revision;
  }
}
