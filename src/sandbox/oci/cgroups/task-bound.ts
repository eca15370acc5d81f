import { existsSync, readFileSync } from "node:fs";
import { PlatformError } from "../../../core/index.ts";
import { groupDirectory, type CgroupLayout } from "./cgroup-layout.ts";

/** Of the tasks that the host can have; the rest is for the platform, its database and everything else. */
const shareOfBoxes = 0.75;
/** The container runtime and the interpreter of a box, while it starts. */
const tasksOfBoot = 40;

/** How many processes and threads all boxes together may have: some thirty fork bombs would fill a host that counts to 32,768. */
export function readTaskBound(layout: CgroupLayout): number {
  const around = `${groupDirectory(layout, "pids", "")}/pids.max`; // there in a container, of the container
  const bounds = ["/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max", around].map((file) =>
    existsSync(file) ? readFileSync(file, "utf8") : "max",
  );
  return taskBoundOf(bounds);
}

/** Of what files say that hold a number, or `max` for none. */
export function taskBoundOf(bounds: readonly string[]): number {
  const known = bounds.map((text) => Number.parseInt(text, 10)).filter((bound) => !Number.isNaN(bound));
  return Math.floor(Math.min(...known) * shareOfBoxes);
}

/** Throws a PlatformError when the boxes have so many tasks that none of them could start another. */
export function refuseAtTaskBound(layout: CgroupLayout, boxes: string): void {
  const directory = groupDirectory(layout, "pids", boxes);
  const [current, bound] = ["current", "max"].map((name) => readNumber(`${directory}/pids.${name}`));
  if (current === undefined || bound === undefined || current + tasksOfBoot <= bound) return;
  throw new PlatformError(
    "InsufficientResources",
    `No sandbox can be started: the functions of this host have ${current} processes and threads, and all of them together may have ${bound}, ` +
      "three quarters of what the host can have (kernel.pid_max, kernel.threads-max and pids.max of the control group around the platform)",
  );
}

function readNumber(file: string): number {
  return Number.parseInt(readFileSync(file, "utf8"), 10);
}
