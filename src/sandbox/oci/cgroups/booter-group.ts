import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
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
    for (const directory of [layout.root, around]) {
      writeFileSync(`${directory}/cgroup.subtree_control`, "+cpu +memory +pids");
    }
  }
  mkdirSync(booter, { recursive: true });
  setShares(layout, around, ordinaryShares * os.availableParallelism());
  setShares(layout, booter, booterShares);
  writeFileSync(`${booter}/cgroup.procs`, String(pid));
}

function setShares(layout: CgroupLayout, directory: string, shares: number): void {
  const [file, text] = layout.kind === "v2" ? ["cpu.weight", weightOf(shares)] : ["cpu.shares", shares];
  if (existsSync(`${directory}/${file}`)) writeFileSync(`${directory}/${file}`, String(text));
}
