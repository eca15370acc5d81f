import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { newPartialTree, shaOf, type ArtifactPaths } from "./artifact-paths.ts";

const bootIdFile = "/proc/sys/kernel/random/boot_id";

/**
 * Makes the directories and takes away what a crash left. Gives the trees that nobody can see any more;
 * removing them may take a while and need not be waited for.
 *
 * Trees are not synced to the disk when they are made. A killed process loses nothing by that, a lost machine may: so
 * trees from before the machine's last start are made again from their zips, which are synced.
 */
export async function clearLeftovers(paths: ArtifactPaths): Promise<readonly string[]> {
  await mkdir(paths.zips, { recursive: true, mode: 0o700 });
  await rm(paths.partialZips, { recursive: true, force: true });
  await mkdir(paths.partialZips, { recursive: true, mode: 0o700 });
  await mkdir(paths.trees, { recursive: true });
  await discardTreesOfEarlierBoot(paths);
  const names = await readdir(paths.trees);
  const left = names.filter((name) => shaOf(name, "") === null && name !== path.basename(paths.bootFile));
  return left.map((name) => path.join(paths.trees, name));
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
