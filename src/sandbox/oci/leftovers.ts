import { readdirSync, readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hasCode, killNow } from "../process/host-processes.ts";
import { groupDirectories, type CgroupLayout } from "./cgroups/cgroup-layout.ts";
import { removeGroup, setGroupFrozen } from "./cgroups/box-cgroup.ts";
import type { Mounter } from "./code/mounter.ts";

/** Where an installation may have left something. */
export interface OciLeftovers {
  readonly layout: CgroupLayout;
  /** The control group that all boxes of the installation are in. */
  readonly group: string;
  /** Directories that are its own, mounts in them too. */
  readonly directories: readonly string[];
  readonly mounter: Mounter;
}

const killBoundMs = 5_000;
const killPauseMs = 5;

/**
 * Removes whatever an earlier server of this installation left: processes (by control group, which no process of a box can leave), groups, mounts
 * and directories. Throws when a process cannot be killed or a mount stays.
 */
export async function removeOciLeftovers({ layout, group, directories, mounter }: OciLeftovers): Promise<void> {
  const groups = groupsBelow(layout, group);
  await killAll(layout, groups);
  for (const found of groups) await removeGroup(layout, found);
  for (const directory of directories) {
    await unmountBelow(directory, mounter);
    await rm(directory, { recursive: true, force: true });
  }
}

/** A group and those in it, the innermost first. */
function groupsBelow(layout: CgroupLayout, group: string): string[] {
  const names = new Set<string>();
  for (const directory of groupDirectories(layout, group)) {
    for (const entry of entriesOf(directory)) names.add(entry);
  }
  return [...[...names].flatMap((name) => groupsBelow(layout, `${group}/${name}`)), group];
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

/** Again and again: a fork may be faster than one look. A frozen group dies when it is thawed. */
async function killAll(layout: CgroupLayout, groups: readonly string[]): Promise<void> {
  const giveUpAt = performance.now() + killBoundMs;
  for (;;) {
    const alive = groups.flatMap((group) => processesIn(layout, group));
    if (alive.length === 0) return;
    if (performance.now() > giveUpAt)
      throw new Error(`processes of an earlier run cannot be killed: ${alive.join(", ")}`);
    for (const pid of alive) killNow(pid);
    for (const group of groups) setGroupFrozen(layout, group, false);
    await delay(killPauseMs);
  }
}

function processesIn(layout: CgroupLayout, group: string): number[] {
  const found = new Set<number>();
  for (const directory of groupDirectories(layout, group)) {
    for (const line of readProcesses(directory).split("\n")) if (line !== "") found.add(Number(line));
  }
  found.delete(process.pid);
  found.delete(0); // of another pid namespace: not ours to see
  return [...found];
}

function readProcesses(directory: string): string {
  try {
    return readFileSync(path.join(directory, "cgroup.procs"), "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENODEV", "EOPNOTSUPP")) return "";
    throw error;
  }
}

/** The innermost first. Nothing is removed while anything of the host is still mounted in it. */
async function unmountBelow(directory: string, mounter: Mounter): Promise<void> {
  for (const place of (await mountsBelow(directory)).toReversed()) await mounter.unmount(place);
  const still = await mountsBelow(directory);
  if (still.length > 0) throw new Error(`still mounted: ${still.join(", ")}`);
}

async function mountsBelow(directory: string): Promise<string[]> {
  const mountinfo = await readFile("/proc/self/mountinfo", "utf8");
  return mountinfo
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((place) => place.startsWith(`${directory}/`));
}
