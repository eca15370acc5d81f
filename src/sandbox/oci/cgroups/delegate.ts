import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hasCode } from "../../process/host-processes.ts";

const delegated = "+cpu +memory +pids";

/**
 * Makes a group of version 2 whose groups below may have limits. The real root of all groups always may; in a container, whose root is some group
 * of the host, the kernel refuses that (EBUSY) as long as there are processes beside groups: they go into one of their own, as other programs
 * that make containers in containers do.
 */
export function delegate(directory: string): void {
  mkdirSync(directory, { recursive: true });
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

/** Moves all processes of one group into another. */
export function moveProcesses(from: string, to: string): void {
  for (const pid of readFileSync(`${from}/cgroup.procs`, "utf8").split("\n")) {
    if (pid === "") continue;
    try {
      writeFileSync(`${to}/cgroup.procs`, pid);
    } catch (error) {
      if (!hasCode(error, "ESRCH")) throw error; // it has ended meanwhile
    }
  }
}
