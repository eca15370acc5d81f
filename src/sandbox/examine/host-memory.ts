import { readFileSync } from "node:fs";
import os from "node:os";

/** Memory that this host, or what holds the platform and its sandboxes, can still give. */
export interface HostMemory {
  readonly availableBytes: number;
  /** Percent of the last ten seconds in which everything that ran waited for memory; null where the kernel does not say. */
  readonly stalledPercent: number | null;
}

/**
 * What is left now; some 0.1 ms. With `inOwnGroup` sandboxes are in the platform's own control group, so that its limit counts; the limit of
 * the whole hierarchy that this process sees, which is that of a container around it, always does.
 */
export function readHostMemory(options: { readonly inOwnGroup: boolean }): HostMemory {
  const ofHost = numberIn(/^MemAvailable:\s+(\d+) kB/m, read("/proc/meminfo"));
  const available = ofHost === null ? os.freemem() : ofHost * 1024;
  const left = groupsOf(read("/proc/self/cgroup"), options.inOwnGroup).map(leftInGroup);
  return {
    availableBytes: Math.min(available, ...left),
    stalledPercent: numberIn(/^full avg10=([\d.]+)/m, read("/proc/pressure/memory")),
  };
}

/** Directories of the groups whose limits hold for platform and sandboxes alike, of both versions; some may not be there. */
function groupsOf(membership: string, inOwnGroup: boolean): string[] {
  const [v2, v1] = ["/sys/fs/cgroup", "/sys/fs/cgroup/memory"];
  const own = [
    [v2, /^0::(\/.*)$/m.exec(membership)?.[1]],
    [v1, /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(\/.*)$/m.exec(membership)?.[1]],
  ].map(([root, path]) => `${root}${path ?? ""}`);
  return inOwnGroup ? [v2, v1, ...own] : [v2, v1];
}

/** File pages that nobody uses count as left: the kernel takes them first. */
function leftInGroup(directory: string): number {
  const limit = numberIn(/^(\d+)$/m, read(`${directory}/memory.max`) || read(`${directory}/memory.limit_in_bytes`));
  const used = numberIn(/^(\d+)$/m, read(`${directory}/memory.current`) || read(`${directory}/memory.usage_in_bytes`));
  if (limit === null || used === null) return Infinity; // no group, or no limit
  const idlePages = numberIn(/^(?:total_)?inactive_file (\d+)$/m, read(`${directory}/memory.stat`));
  return Math.max(0, limit - used + (idlePages ?? 0));
}

function numberIn(pattern: RegExp, text: string): number | null {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Empty: this system has no such file. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
