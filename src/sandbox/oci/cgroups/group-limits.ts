import { writeFileSync } from "node:fs";
import { groupDirectory, type CgroupLayout } from "./cgroup-layout.ts";

/** What a group may use. */
export interface GroupLimits {
  readonly memoryBytes: number;
  /** Weight when the processor is short; 1024 is that of an ordinary process. */
  readonly cpuShares: number;
  /** Processors it may use at most, however idle the host is; fractions are allowed. */
  readonly cpus: number;
}

/** One write into a control file. Optional: the file exists only on some hosts. */
export interface ControlWrite {
  readonly file: string;
  readonly text: string;
  readonly isOptional: boolean;
}

const mebibyte = 1024 * 1024;
export const cpuPeriodUs = 100_000;
/** Memory at which a function has the weight of an ordinary process and may use one whole processor (128 MB burst to one, too). */
const memoryMbPerCpu = 1_024;
/** A sixteenth of the smallest function's. */
const backgroundCpuShares = 4;

/** Limits of a box of `memoryMb`: processor in proportion to memory, but never less than one when nobody else wants it. */
export function limitsOf(memoryMb: number, allowanceMb: number): GroupLimits {
  return {
    memoryBytes: (memoryMb + allowanceMb) * mebibyte,
    cpuShares: Math.max(2, Math.round((memoryMb / memoryMbPerCpu) * 1024)),
    cpus: Math.max(1, memoryMb / memoryMbPerCpu),
  };
}

/** Microseconds of processor time in each period. */
export function quotaOf({ cpus }: GroupLimits): number {
  return Math.round(cpus * cpuPeriodUs);
}

/** Of version 1: there the buffers of TCP are no part of the memory that is limited (pipes and Unix sockets are), nor limited unless this is written. */
export const tcpLimitFile = "memory.kmem.tcp.limit_in_bytes";

/** A quarter beside its memory: over it the kernel makes senders wait, so that a small function still gets along. */
function tcpBytesOf({ memoryBytes }: GroupLimits): number {
  return Math.floor(memoryBytes / 4);
}

/** The same for a box that yields to all others when the processor is short. */
export function backgroundLimitsOf(memoryMb: number, allowanceMb: number): GroupLimits {
  return { ...limitsOf(memoryMb, allowanceMb), cpuShares: backgroundCpuShares };
}

/** The writes that put `limits` on a group, in an order that works when limits rise. */
export function limitWrites(layout: CgroupLayout, group: string, limits: GroupLimits): ControlWrite[] {
  const memory = groupDirectory(layout, "memory", group);
  const cpu = groupDirectory(layout, "cpu", group);
  const bytes = String(limits.memoryBytes);
  const quota = String(quotaOf(limits));
  if (layout.kind === "v2") {
    return [
      { file: `${memory}/memory.max`, text: bytes, isOptional: false },
      { file: `${memory}/memory.swap.max`, text: "0", isOptional: true },
      { file: `${cpu}/cpu.weight`, text: String(weightOf(limits.cpuShares)), isOptional: false },
      { file: `${cpu}/cpu.max`, text: `${quota} ${cpuPeriodUs}`, isOptional: true },
    ];
  }
  return [
    // Memory and swap together, where swap is counted; above the memory limit while that still is the old, larger one.
    { file: `${memory}/memory.memsw.limit_in_bytes`, text: bytes, isOptional: true },
    { file: `${memory}/memory.limit_in_bytes`, text: bytes, isOptional: false },
    { file: `${memory}/memory.memsw.limit_in_bytes`, text: bytes, isOptional: true },
    { file: `${memory}/${tcpLimitFile}`, text: String(tcpBytesOf(limits)), isOptional: true },
    { file: `${cpu}/cpu.shares`, text: String(limits.cpuShares), isOptional: false },
    { file: `${cpu}/cpu.cfs_quota_us`, text: quota, isOptional: true },
  ];
}

export function freezeWrite(layout: CgroupLayout, group: string, isFrozen: boolean): ControlWrite {
  const directory = groupDirectory(layout, "freezer", group);
  if (layout.kind === "v2")
    return { file: `${directory}/cgroup.freeze`, text: isFrozen ? "1" : "0", isOptional: false };
  return { file: `${directory}/freezer.state`, text: isFrozen ? "FROZEN" : "THAWED", isOptional: false };
}

/** Files that say how much memory a group has now, had at most, and how often it had too much. */
export function memoryFiles(layout: CgroupLayout, group: string): Record<"current" | "peak" | "events", string> {
  const directory = groupDirectory(layout, "memory", group);
  if (layout.kind === "v2") {
    return {
      current: `${directory}/memory.current`,
      peak: `${directory}/memory.peak`,
      events: `${directory}/memory.events`,
    };
  }
  return {
    current: `${directory}/memory.usage_in_bytes`,
    peak: `${directory}/memory.max_usage_in_bytes`,
    events: `${directory}/memory.oom_control`,
  };
}

/** Both versions have a line `oom_kill N`. */
export function readOomKills(events: string): number {
  return Number(/^oom_kill (\d+)/m.exec(events)?.[1] ?? 0);
}

/** What an ordinary process weighs, and a group that has not been told. */
export const ordinaryShares = 1_024;
const ordinaryWeight = 100;

/** Shares of v1 (2 … 262,144) as weight of v2 (1 … 10,000), so that an ordinary process has the same place among them. */
export function weightOf(shares: number): number {
  return Math.min(10_000, Math.max(1, Math.round((shares * ordinaryWeight) / ordinaryShares)));
}

export function setShares(layout: CgroupLayout, group: string, shares: number): void {
  const directory = groupDirectory(layout, "cpu", group);
  const [file, value] = layout.kind === "v2" ? ["cpu.weight", weightOf(shares)] : ["cpu.shares", shares];
  writeFileSync(`${directory}/${file}`, String(value));
}
