import type { Alias, FunctionId, FunctionStatus, FunctionVersion } from "../../core/index.ts";

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
  /** What `$LATEST` is to be, served or not. */
  readonly newest: FunctionVersion;
  readonly preparation: Preparation | null;
  /** Why `$LATEST` cannot be served; empty when nothing is known against it. */
  readonly problem: string;
}
