import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { hasCode } from "../../process/host-processes.ts";
import { groupDirectory, type CgroupLayout } from "./cgroup-layout.ts";
import { moveProcesses } from "./delegate.ts";

/**
 * Moves a process into the platform's group, which is made. False: it stays where it is. In version 1 that is the tree of processors alone, and all
 * other limits of the process stay as they are. Version 2 has one tree for all: a process that somebody has put into a group of its own, as
 * systemd does with a service, is not taken from there.
 */
export function joinPlatformGroup(layout: CgroupLayout, platform: string, pid: number): boolean {
  if (layout.kind === "v2" && !isFree(readFileSync(`/proc/${pid}/cgroup`, "utf8"))) return false;
  const directory = groupDirectory(layout, "cpu", platform);
  mkdirSync(directory, { recursive: true });
  try {
    writeFileSync(`${directory}/cgroup.procs`, String(pid));
    return true;
  } catch (error) {
    if (!hasCode(error, "EINVAL", "EPERM", "EACCES")) throw error; // real-time processes may not be in every group
    rmdirSync(directory);
    return false;
  }
}

/** Whether nobody has put this process of version 2 anywhere but at the top, or where we put what is at the top (see delegate.ts). */
export function isFree(membership: string): boolean {
  const group = /^0::(\/.*)$/m.exec(membership)?.[1];
  return group === "/" || group === "/init" || /^\/gust-\w+\/platform$/.test(group ?? "");
}

/** Puts whatever is in the platform's group, if there is one, where processes are that nobody has put anywhere. */
export function leavePlatformGroup(layout: CgroupLayout, platform: string): void {
  const directory = groupDirectory(layout, "cpu", platform);
  const aside = groupDirectory(layout, "cpu", "/init");
  const top = groupDirectory(layout, "cpu", "");
  if (existsSync(directory)) moveProcesses(directory, layout.kind === "v2" && existsSync(aside) ? aside : top);
}
