import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import { removeGroup } from "./box-cgroup.ts";
import { groupDirectory, type CgroupLayout } from "./cgroup-layout.ts";
import { delegate } from "./delegate.ts";
import { endGroup } from "./end-group.ts";
import { ordinaryShares, setShares } from "./group-limits.ts";
import { joinPlatformGroup, leavePlatformGroup } from "./platform-group.ts";
import { readTaskBound } from "./task-bound.ts";

/**
 * The control groups of an installation, and what each weighs on every processor, where an ordinary process of the host weighs 1,024:
 *
 *     gust-ID          2,048  against everything else on the host
 *       platform       1,024  this server and what it starts, databases not among it
 *       boxes            512  all boxes together; they have so many tasks at most as the host can bear
 *         booter, BOX …    2  and a box from its claim on by its memory
 *
 * Every call of every function waits for the platform, which needs little: so it comes before all boxes, however many of them compute (measured in
 * docs/spec.md). What it does not need is theirs, up to all that the installation weighs on its host: boots beside other programs are as fast as
 * without the platform's group, and a claimed box need not be moved away from those that boot.
 */
export interface InstallationGroups {
  readonly all: string;
  readonly platform: string;
  readonly boxes: string;
}

const installationShares = 2 * ordinaryShares;
const boxesShares = ordinaryShares / 2;

export function installationGroupsOf(installation: string): InstallationGroups {
  const all = `/gust-${installation}`;
  return { all, platform: `${all}/platform`, boxes: `${all}/boxes` };
}

/** Makes them and puts this process into the platform's. */
export function makeInstallationGroups(
  layout: CgroupLayout,
  groups: InstallationGroups,
  join = (): boolean => joinPlatformGroup(layout, groups.platform, process.pid),
): void {
  if (layout.kind === "v2") for (const group of ["", groups.all, groups.boxes]) delegate(layout.root + group);
  for (const controller of ["cpu", "pids"]) {
    mkdirSync(groupDirectory(layout, controller, groups.boxes), { recursive: true });
  }
  const hasJoined = join();
  const processors = os.availableParallelism();
  if (hasJoined) setShares(layout, groups.platform, ordinaryShares * processors);
  // Where the platform stays outside, boxes are to weigh as little beside it.
  setShares(layout, groups.all, (hasJoined ? installationShares : boxesShares) * processors);
  setShares(layout, groups.boxes, boxesShares * processors);
  writeFileSync(`${groupDirectory(layout, "pids", groups.boxes)}/pids.max`, String(readTaskBound(layout)));
}

/** Kills whatever is in a box's group or the booter's, lets go what is in the platform's, and removes all of them. */
export async function endInstallationGroups(
  layout: CgroupLayout,
  { all, platform }: InstallationGroups,
): Promise<void> {
  leavePlatformGroup(layout, platform);
  await removeGroup(layout, platform);
  await endGroup(layout, all);
}
