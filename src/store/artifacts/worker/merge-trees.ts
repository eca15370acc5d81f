import fs from "node:fs";
import path from "node:path";
import type { CancelFlag } from "../package/cancel-flag.ts";
import { asDiskFailure } from "./disk-failure.ts";
import type { Jobs } from "./jobs.ts";
import type { JobResult } from "./kept-zip.ts";
import { directoryMode, makeRoot, moveInPlace } from "./unpack-package.ts";

/** Lays trees over each other beside the place where the result belongs, then renames: others see it whole or not at all. */
export function mergeTrees(
  { sources, directory, partialDirectory }: Jobs["merge"]["input"],
  cancel: CancelFlag,
): JobResult<"merge"> {
  try {
    makeRoot(partialDirectory);
    fs.chmodSync(partialDirectory, directoryMode); // whatever the umask
    for (const source of sources) layOver(source, partialDirectory, cancel);
    moveInPlace(partialDirectory, directory);
    return { output: null };
  } catch (error) {
    fs.rmSync(partialDirectory, { recursive: true, force: true });
    throw asDiskFailure(error, path.dirname(directory));
  }
}

/** No link is ever followed: what is no directory is replaced, and `target` is always a directory made here. */
function layOver(source: string, target: string, cancel: CancelFlag): void {
  for (const entry of fs.readdirSync(source, { withFileTypes: true })) {
    cancel.throwIfRaised();
    const from = path.join(source, entry.name);
    const to = path.join(target, entry.name);
    const there = fs.lstatSync(to, { throwIfNoEntry: false });
    const isUnited = entry.isDirectory() && there?.isDirectory() === true;
    if (there !== undefined && !isUnited) fs.rmSync(to, { recursive: true });
    if (entry.isDirectory()) {
      if (!isUnited) makeDirectory(to);
      layOver(from, to, cancel);
    } else if (entry.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(from), to);
    else shareFile(from, to);
  }
}

function makeDirectory(place: string): void {
  fs.mkdirSync(place, { mode: directoryMode });
  fs.chmodSync(place, directoryMode); // whatever the umask
}

/** Both trees are read-only, so one file serves in both; where the file system has no (more) links to it, its bytes are copied. */
function shareFile(from: string, to: string): void {
  try {
    fs.linkSync(from, to);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code !== "EMLINK" && code !== "EPERM" && code !== "ENOTSUP") throw error;
    fs.copyFileSync(from, to);
  }
}
