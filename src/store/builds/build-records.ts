import type { Sha256 } from "../../core/index.ts";

/** What a build of a code package came to, so that it is not done twice. */
export interface BuildRecord {
  readonly sourceSha256: Sha256;
  /** What was built, such as `install`. */
  readonly kind: string;
  /** For what it was built, such as `node 26.10.0 x64`. */
  readonly interpreter: string;
  /** The package that it made; null: none, and `note` says why. */
  readonly resultSha256: Sha256 | null;
  readonly note: string;
}

export interface BuildTable {
  /** Oldest first. */
  list(): Promise<readonly BuildRecord[]>;
  /** Writes it, or that it is wanted again. */
  keep(record: BuildRecord): Promise<void>;
}
