import type { Sha256 } from "../../core/index.ts";

/** One version of a layer; it never changes. */
export interface LayerVersionRecord {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly license: string;
  readonly compatibleRuntimes: readonly string[];
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  /** Milliseconds since 1970. */
  readonly addTime: number;
  readonly codeSha256: Sha256;
  readonly codeSize: number;
  readonly unpackedBytes: number;
}

export interface LayerFilter {
  readonly nameContains?: string;
  readonly compatibleRuntime?: string;
  readonly offset: number;
  readonly limit: number;
}

/** The versions of layers. A function does not need them: it knows the content of its layers by hash. */
export interface LayerTable {
  /** Writes the next version ("1", 2, …; numbers are never reused, not even when all versions are gone). */
  publish(
    layer: Omit<LayerVersionRecord, "version" | "addTime">,
    limits: { readonly layers: number; readonly versions: number },
  ): Promise<
    | { readonly kind: "published"; readonly version: number }
    | { readonly kind: "too-many-layers" | "too-many-versions" }
  >;
  find(name: string, version: number): Promise<LayerVersionRecord | null>;
  /** The latest version of each layer (of those that fit `compatibleRuntime`), the newest first. */
  list(filter: LayerFilter): Promise<{ readonly total: number; readonly layers: readonly LayerVersionRecord[] }>;
  /** All versions of one layer, the newest first. */
  versions(name: string): Promise<readonly LayerVersionRecord[]>;
  delete(name: string, version: number): Promise<boolean>;
}
