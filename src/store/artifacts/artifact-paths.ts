import { createHash } from "node:crypto";
import path from "node:path";
import { randomName, type Sha256 } from "../../core/index.ts";

/** Where things are in the data directory. */
export interface ArtifactPaths {
  readonly zips: string;
  /** Zips being written; on the file system of `zips`, so that a rename moves them in place. */
  readonly partialZips: string;
  readonly trees: string;
  /** What others make of trees. */
  readonly images: string;
  /** Which start of the machine the trees are from. */
  readonly bootFile: string;
}

export function artifactPaths(dataDirectory: string): ArtifactPaths {
  const zips = path.join(dataDirectory, "artifacts");
  const trees = path.join(dataDirectory, "code");
  const images = path.join(dataDirectory, "images");
  return { zips, partialZips: path.join(zips, "partial"), trees, images, bootFile: path.join(trees, ".boot") };
}

export function zipFile(paths: ArtifactPaths, sha256: Sha256): string {
  return path.join(paths.zips, sha256.slice(0, 2), `${sha256}.zip`);
}

export function newPartialZip(paths: ArtifactPaths): string {
  return path.join(paths.partialZips, randomName(16));
}

export function treeDirectory(paths: ArtifactPaths, sha256: Sha256): string {
  return path.join(paths.trees, sha256);
}

/** Name of the tree that several packages make when they are laid over each other in this order. */
export function mergedName(packages: readonly Sha256[]): Sha256 {
  const digest = createHash("sha256")
    .update(`merged ${packages.join(" ")}`)
    .digest("hex");
  return digest as Sha256; // brand: it is one, of names instead of bytes
}

export function newPartialTree(paths: ArtifactPaths, name: string): string {
  return path.join(paths.trees, `${name}.partial-${randomName(8)}`);
}

/** The hash that a file or directory is named by, or null. */
export function shaOf(name: string, ending: string): Sha256 | null {
  const sha256 = name.slice(0, 64);
  return /^[0-9a-f]{64}$/.test(sha256) && name === sha256 + ending ? (sha256 as Sha256) : null; // brand: checked here
}
