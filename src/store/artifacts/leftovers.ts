import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { newPartialTree, shaOf, type ArtifactPaths } from "./artifact-paths.ts";

const bootIdFile = "/proc/sys/kernel/random/boot_id";

export interface Leftovers {
  /** Trees that nobody can see any more; removing them may take a while and need not be waited for. */
  readonly trees: readonly string[];
  /** What is older, by the clock of the file system, is from an earlier process. Milliseconds since 1970. */
  readonly since: number;
}

/**
 * Makes the directories and takes away what a crash left.
 *
 * Trees are not synced to the disk when they are made. A killed process loses nothing by that, a lost machine may: so
 * trees from before the machine's last start are made again from their zips, which are synced.
 */
export async function clearLeftovers(paths: ArtifactPaths): Promise<Leftovers> {
  await mkdir(paths.zips, { recursive: true, mode: 0o700 });
  await rm(paths.partialZips, { recursive: true, force: true });
  await mkdir(paths.partialZips, { recursive: true, mode: 0o700 });
  const { mtimeMs: since } = await stat(paths.partialZips);
  await mkdir(paths.trees, { recursive: true });
  await discardTreesOfEarlierBoot(paths);
  const names = await readdir(paths.trees);
  const left = names.filter((name) => shaOf(name, "") === null && name !== path.basename(paths.bootFile));
  return { trees: left.map((name) => path.join(paths.trees, name)), since };
}

async function discardTreesOfEarlierBoot(paths: ArtifactPaths): Promise<void> {
  const bootId = await readIfThere(bootIdFile);
  const known = await readIfThere(paths.bootFile);
  if (bootId !== null && bootId === known) return;
  for (const name of await readdir(paths.trees)) {
    const isTree = shaOf(name, "") !== null;
    if (isTree) await rename(path.join(paths.trees, name), newPartialTree(paths, name));
  }
  await writeFile(paths.bootFile, bootId ?? "unknown");
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
