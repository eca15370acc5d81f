import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { hasCode } from "../process/host-processes.ts";

/** Where a directory is made: `into` becomes it, `directory` around it is for what the making needs. */
export interface MakingPlaces {
  readonly into: string;
  readonly directory: string;
}

/**
 * Makes a directory that boxes read, in `aside` on the same disk, and renames it: nobody ever sees half of it, whatever dies meanwhile. Where
 * another process was faster, its directory stays.
 */
export async function makeWhole(
  target: string,
  aside: string,
  make: (places: MakingPlaces) => Promise<void>,
): Promise<void> {
  await mkdir(aside, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(path.join(aside, `${path.basename(target)}.`));
  try {
    const into = path.join(directory, "whole");
    await mkdir(into);
    await make({ into, directory });
    await chmod(into, 0o755); // boxes read it as somebody else
    await rename(into, target);
  } catch (error) {
    if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
