import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { hasCode } from "../../process/host-processes.ts";
import { groupDirectory, type CgroupLayout } from "./cgroup-layout.ts";
import { weightOf } from "./group-limits.ts";

const ordinaryShares = 1_024;
/** See `bootCpuShares` of box-config.ts. */
const booterShares = 2;

/**
 * Puts the booter into a group of its own that gets the processor when nobody else wants it. The group around it and the boxes weighs as much as
 * one ordinary process per processor, so that boxes together cannot push the platform aside.
 */
export function joinBooterGroup(layout: CgroupLayout, group: string, pid: number): void {
  const around = groupDirectory(layout, "cpu", group);
  const booter = `${around}/booter`;
  if (layout.kind === "v2") {
    mkdirSync(around, { recursive: true });
    for (const directory of [layout.root, around]) delegate(directory);
  }
  mkdirSync(booter, { recursive: true });
  setShares(layout, around, ordinaryShares * os.availableParallelism());
  setShares(layout, booter, booterShares);
  writeFileSync(`${booter}/cgroup.procs`, String(pid));
}

const delegated = "+cpu +memory +pids";

/**
 * Lets groups below have limits. The real root of all groups always may; in a container, whose root is some group of the host, the kernel refuses
 * that (EBUSY) as long as there are processes beside groups: they go into one of their own, as other programs that make containers in containers do.
 */
function delegate(directory: string): void {
  const control = `${directory}/cgroup.subtree_control`;
  try {
    writeFileSync(control, delegated);
  } catch (error) {
    if (!hasCode(error, "EBUSY")) throw error;
    const aside = `${directory}/init`;
    mkdirSync(aside, { recursive: true });
    moveProcesses(directory, aside);
    writeFileSync(control, delegated);
  }
}

function moveProcesses(from: string, to: string): void {
  for (const pid of readFileSync(`${from}/cgroup.procs`, "utf8").split("\n")) {
    if (pid === "") continue;
    try {
      writeFileSync(`${to}/cgroup.procs`, pid);
    } catch (error) {
      if (!hasCode(error, "ESRCH")) throw error; // it has ended meanwhile
    }
  }
}

function setShares(layout: CgroupLayout, directory: string, shares: number): void {
  const [file, text] = layout.kind === "v2" ? ["cpu.weight", weightOf(shares)] : ["cpu.shares", shares];
  if (existsSync(`${directory}/${file}`)) writeFileSync(`${directory}/${file}`, String(text));
}
