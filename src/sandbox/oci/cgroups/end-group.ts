import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hasCode, killNow } from "../../process/host-processes.ts";
import { removeGroup, setGroupFrozen } from "./box-cgroup.ts";
import { groupDirectories, type CgroupLayout } from "./cgroup-layout.ts";

const killBoundMs = 5_000;
const killPauseMs = 5;

/** Kills whatever is in a group and in those below it, then removes them. Throws when a process cannot be killed. */
export async function endGroup(layout: CgroupLayout, group: string): Promise<void> {
  await killAll(layout, group);
  for (const found of groupsBelow(layout, group)) await removeGroup(layout, found);
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

/** Again and again: a fork, or a runtime that makes a group for it, may be faster than one look. A frozen group dies when it is thawed. */
async function killAll(layout: CgroupLayout, group: string): Promise<void> {
  const giveUpAt = performance.now() + killBoundMs;
  for (;;) {
    const groups = groupsBelow(layout, group);
    const alive = groups.flatMap((found) => processesIn(layout, found));
    if (alive.length === 0) return;
    if (performance.now() > giveUpAt)
      throw new Error(`processes in a control group cannot be killed: ${alive.join(", ")}`);
    for (const pid of alive) killNow(pid);
    for (const found of groups) setGroupFrozen(layout, found, false);
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
