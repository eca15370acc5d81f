import { mkdirSync, writeFileSync } from "node:fs";
import { groupDirectory, type CgroupLayout } from "./cgroup-layout.ts";
import { setShares } from "./group-limits.ts";

/** See `bootCpuShares` of box-config.ts. */
const booterShares = 2;

/** Puts the booter into a group of its own beside the boxes, which gets the processor when no claimed box wants it. */
export function joinBooterGroup(layout: CgroupLayout, boxes: string, pid: number): void {
  const group = `${boxes}/booter`;
  const directory = groupDirectory(layout, "cpu", group);
  mkdirSync(directory, { recursive: true });
  setShares(layout, group, booterShares);
  writeFileSync(`${directory}/cgroup.procs`, String(pid));
}
