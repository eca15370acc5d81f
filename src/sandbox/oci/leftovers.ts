import { readFile, rm } from "node:fs/promises";
import type { CgroupLayout } from "./cgroups/cgroup-layout.ts";
import { endInstallationGroups, type InstallationGroups } from "./cgroups/installation-groups.ts";
import type { Mounter } from "./code/mounter.ts";
import { parseMounts } from "./parse-mounts.ts";

/** Where an installation may have left something. */
export interface OciLeftovers {
  readonly layout: CgroupLayout;
  readonly groups: InstallationGroups;
  /** Directories that are its own, mounts in them too. */
  readonly directories: readonly string[];
  readonly mounter: Mounter;
}

/**
 * Removes whatever an earlier server of this installation left: processes (by control group, which no process of a box can leave), groups, mounts
 * and directories. Throws when a process cannot be killed or a mount stays.
 */
export async function removeOciLeftovers({ layout, groups, directories, mounter }: OciLeftovers): Promise<void> {
  await endInstallationGroups(layout, groups);
  for (const directory of directories) {
    await unmountBelow(directory, mounter);
    await rm(directory, { recursive: true, force: true });
  }
}

/** The innermost first. Nothing is removed while anything of the host is still mounted in it. */
async function unmountBelow(directory: string, mounter: Mounter): Promise<void> {
  for (const place of (await mountsBelow(directory)).toReversed()) await mounter.unmount(place);
  const still = await mountsBelow(directory);
  if (still.length > 0) throw new Error(`still mounted: ${still.join(", ")}`);
}

async function mountsBelow(directory: string): Promise<string[]> {
  return parseMounts(await readFile("/proc/self/mountinfo", "utf8"))
    .map(({ place }) => place)
    .filter((place) => place.startsWith(`${directory}/`));
}
