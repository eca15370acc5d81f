import type { PlatformErrorCode, Sha256 } from "../../../core/index.ts";
import type { PackageProblem } from "../artifacts.ts";

/** Memory of a zip; it moves between the threads and is never in two of them. */
type ZipMemory = ArrayBuffer;

/**
 * A listing as it crosses the threads: JSON in pieces of a bounded number of entries, each read on the
 * event loop in well under a millisecond. As one message 100,000 entries would hold it for 100 ms.
 */
export interface PackedListing {
  readonly pieces: readonly Uint8Array<ArrayBuffer>[];
  readonly unpackedBytes: number;
}

/** A kept zip: where it is, and the hash that its bytes must have. */
export interface KeptZip {
  readonly file: string;
  readonly sha256: Sha256;
}

/** What a worker thread does with packages: input and output of each kind of job. */
export interface Jobs {
  /** Hash of the bytes, which come back with it. */
  hash: { input: { readonly zip: ZipMemory }; output: { readonly sha256: Sha256; readonly zip: ZipMemory } };
  keep: {
    input: { readonly zip: ZipMemory; readonly kept: KeptZip; readonly partialFile: string };
    output:
      | { readonly kind: "stored"; readonly listing: PackedListing }
      | { readonly kind: "refused"; readonly problem: PackageProblem };
  };
  read: { input: { readonly kept: KeptZip }; output: { readonly zip: ZipMemory } };
  list: { input: { readonly kept: KeptZip }; output: PackedListing };
  readText: {
    input: { readonly kept: KeptZip; readonly path: string; readonly maxBytes: number };
    output: string | null;
  };
  unpack: {
    input: { readonly kept: KeptZip; readonly directory: string; readonly partialDirectory: string };
    output: null;
  };
  /** Lays unpacked packages over each other. */
  merge: {
    input: { readonly sources: readonly string[]; readonly directory: string; readonly partialDirectory: string };
    output: null;
  };
  /** Removes directory trees that nobody sees; gives the bytes freed. */
  remove: { input: { readonly paths: readonly string[] }; output: number };
  /** Removes a package that was not put after `olderThan` (ms since 1970), its tree, and what was made of that; gives the bytes freed. */
  collect: {
    input: {
      readonly zip: string;
      readonly olderThan: number;
      readonly directory: string;
      readonly partialDirectory: string;
      readonly images: readonly string[];
    };
    output: number;
  };
}

export type JobKind = keyof Jobs;

/** To the worker: one job. */
export type JobMessage = {
  [Kind in JobKind]: { readonly kind: Kind; readonly input: Jobs[Kind]["input"]; readonly cancel: SharedArrayBuffer };
}[JobKind];

/** From the worker: how its job ended. */
export type JobOutcome =
  | { readonly kind: "done"; readonly output: Jobs[JobKind]["output"] }
  | { readonly kind: "canceled" }
  | { readonly kind: "failed"; readonly code: PlatformErrorCode; readonly message: string; readonly cause: unknown };
