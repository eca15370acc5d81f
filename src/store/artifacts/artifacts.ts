import type { Sha256 } from "../../core/index.ts";

/** One entry of a code package. */
export interface PackageEntry {
  readonly path: string;
  readonly size: number;
  readonly kind: "file" | "link";
  readonly isExecutable: boolean;
}

/** Why a package was refused; the first problem found. Nothing of it is kept. */
export interface PackageProblem {
  readonly kind:
    | "not-a-zip"
    | "empty"
    | "too-large"
    | "unpacked-too-large"
    | "too-many-entries"
    | "path-traversal"
    | "absolute-path"
    | "link-leaves-root"
    | "duplicate-name"
    | "encrypted"
    | "corrupt"
    | "unsupported";
  /** A sentence that names the entry, the limit and its value. */
  readonly message: string;
}

export interface PackageListing {
  readonly entries: readonly PackageEntry[];
  readonly unpackedBytes: number;
}

/**
 * The time between keeping a package and deciding about it. Disposing it removes the package if it came with this
 * put and nobody has marked it used; without disposal, `collect` removes it later.
 */
export interface PackageHold extends AsyncDisposable {
  /** A function or a version names it from now on. */
  markUsed(): void;
}

/** Code packages (zips) by their SHA-256, on disk; written atomically, re-verified when read. CPU work happens in worker threads. */
export interface Artifacts {
  /**
   * For what others make of the directories that `unpack` and `merge` give: a file here that is named like such a directory, with an ending of
   * its own, is removed when that directory is. Whether it is whole after the machine was lost is up to who makes it.
   */
  readonly imagesDirectory: string;
  /**
   * Checks the whole package (every entry's bytes and checksum) and keeps it. With `handOver` the
   * memory of `zip` goes to a worker thread and must not be used afterwards; otherwise it is copied.
   */
  put(
    zip: Uint8Array,
    options: { signal: AbortSignal; handOver?: boolean },
  ): Promise<
    | {
        readonly kind: "stored";
        readonly sha256: Sha256;
        readonly size: number;
        readonly listing: PackageListing;
        readonly hold: PackageHold;
      }
    | { readonly kind: "refused"; readonly problem: PackageProblem }
  >;
  /** The zip's bytes. Rejects with PlatformError `InternalError` when it is missing or its hash is wrong. */
  get(sha256: Sha256, options: { signal: AbortSignal }): Promise<Buffer>;
  has(sha256: Sha256): Promise<boolean>;
  /** Listing of a kept package. */
  list(sha256: Sha256, options: { signal: AbortSignal }): Promise<PackageListing>;
  /** Text of one file (links inside the package are followed), cut after `maxBytes`; null when it is not there. */
  readText(sha256: Sha256, path: string, maxBytes: number, options: { signal: AbortSignal }): Promise<string | null>;
  /**
   * Unpacks into a directory of the host that holds exactly this package and is made at most once
   * (concurrent callers share the work; a half-made one from a crash is made again). Returns its path.
   * Files are read-only (0444, executables 0555); directories stay 0755 so that removing the data
   * directory needs nothing special.
   */
  unpack(sha256: Sha256, options: { signal: AbortSignal }): Promise<string>;
  /**
   * The packages laid over each other in one directory, made like that of `unpack`: directories are united, of anything
   * else at the same place the later package's is there.
   */
  merge(packages: readonly Sha256[], options: { signal: AbortSignal }): Promise<string>;
  /**
   * Removes packages and directories that nothing in `used` names; returns how many bytes were freed.
   * What was put within the last 15 minutes stays: the row that names it may not be written yet.
   */
  collect(used: ReadonlySet<Sha256>, options: { signal: AbortSignal }): Promise<number>;
}
