import fs from "node:fs";
import path from "node:path";
import { PlatformError } from "../../../core/index.ts";
import type { CancelFlag } from "../package/cancel-flag.ts";
import { readContent } from "../package/entry-content.ts";
import { readPackage, type PackageContents } from "../package/package-contents.ts";
import { PackageRefusal } from "../package/package-refusal.ts";
import type { Directory } from "../package/package-tree.ts";
import type { LocatedEntry } from "../package/zip-layout.ts";
import { asDiskFailure } from "./disk-failure.ts";
import type { Jobs } from "./jobs.ts";
import { readVerified, type JobResult } from "./kept-zip.ts";

export const directoryMode = 0o755;

/**
 * Unpacks beside the place where the directory belongs, then renames: others see it whole or not at all.
 * Not synced to the disk, which would cost 5,000 waits: what a lost machine may have left half-written
 * is thrown away when the store opens after it (see open-artifacts.ts).
 */
export async function unpackPackage(
  { kept, directory, partialDirectory }: Jobs["unpack"]["input"],
  cancel: CancelFlag,
): Promise<JobResult<"unpack">> {
  const zip = readVerified(kept);
  try {
    const contents = await readPackage(zip, cancel);
    await writeTree(zip, contents, partialDirectory, cancel);
    moveInPlace(partialDirectory, directory);
    return { output: null };
  } catch (error) {
    fs.rmSync(partialDirectory, { recursive: true, force: true });
    if (error instanceof PackageRefusal) {
      throw new PlatformError(
        "InternalError",
        `Code package ${kept.file} was kept and is refused now: ${error.message}`,
        { cause: error },
      );
    }
    throw asDiskFailure(error, path.dirname(directory));
  }
}

/** Directories, then files, then links: while anything is written there is no link it could be written through. */
async function writeTree(zip: Buffer, contents: PackageContents, root: string, cancel: CancelFlag): Promise<void> {
  makeRoot(root);
  // A usual umask (022) takes nothing from the modes; only where one does they cost a call of their own for each file.
  const isMasked = (fs.statSync(root).mode & 0o777) !== directoryMode;
  makeDirectories(contents.tree.root, root, isMasked);
  for (const file of contents.files) {
    const place = `${root}/${file.path.join("/")}`;
    const descriptor = fs.openSync(place, "wx", modeOf(file));
    try {
      for await (const chunk of readContent(zip, file, cancel)) writeAll(descriptor, chunk);
      if (isMasked) fs.fchmodSync(descriptor, modeOf(file));
    } finally {
      fs.closeSync(descriptor);
    }
  }
  for (const link of contents.links) fs.symlinkSync(link.target, path.join(root, ...link.path));
}

/** Above it nothing is missing, unless somebody has removed all that was unpacked while we run. */
export function makeRoot(root: string): void {
  fs.mkdirSync(path.dirname(root), { recursive: true });
  fs.mkdirSync(root, { mode: directoryMode });
}

function makeDirectories(root: Directory, rootPath: string, isMasked: boolean): void {
  const waiting: { readonly node: Directory; readonly place: string }[] = [{ node: root, place: rootPath }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (isMasked) fs.chmodSync(next.place, directoryMode);
    for (const [name, node] of next.node.children) {
      if (node.kind !== "directory") continue;
      const place = path.join(next.place, name);
      fs.mkdirSync(place, { mode: directoryMode });
      waiting.push({ node, place });
    }
  }
}

function modeOf(entry: LocatedEntry): number {
  return entry.isExecutable ? 0o555 : 0o444;
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) written += fs.writeSync(descriptor, bytes, written);
}

export function moveInPlace(partialDirectory: string, directory: string): void {
  try {
    fs.renameSync(partialDirectory, directory);
  } catch (error) {
    // A caller that gave up may have left a job that finished first: the same bytes, so the same tree.
    if (!fs.existsSync(directory)) throw error;
    fs.rmSync(partialDirectory, { recursive: true, force: true });
  }
}
