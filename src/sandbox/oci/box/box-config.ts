import path from "node:path";
import { limits, type SandboxId } from "../../../core/index.ts";
import { interpreterAllowanceMb } from "../../runtime-process/limits.ts";
import type { CgroupLayout } from "../cgroups/cgroup-layout.ts";
import { cpuPeriodUs, limitsOf, quotaOf, type GroupLimits } from "../cgroups/group-limits.ts";
import { idsPerBox } from "./id-ranges.ts";
import { seccompProfile } from "./seccomp-profile.ts";

/** What differs between boxes. */
export interface BoxSettings {
  readonly id: SandboxId;
  readonly installation: string;
  /** As seen inside. */
  readonly command: readonly string[];
  readonly rootDirectory: string;
  readonly cgroup: string;
  readonly layout: CgroupLayout;
  readonly hostId: number;
  /** Where the runtime finds the box's user namespace, whose ids from 0 on are `hostId` and those behind it. */
  readonly userNamespace: string;
  /** Whether the runtime is started in the network of the box; otherwise the box gets an empty one. */
  readonly hasNetwork: boolean;
}

/** What lies where in a box, beside the usual places. */
export const insidePaths = {
  code: "/var/user",
  temporary: "/tmp",
  layers: "/opt",
  languages: "/var/lang",
  interpreter: "/run/gust/bin/node",
  runtimes: "/run/gust/runtimes",
  programs: "/run/gust/programs",
  tools: "/run/gust/tools",
} as const;

/** Folder of a layer in which the linker looks for libraries. */
export const libraryFolder = "lib";

/**
 * Who a function is in its box; name and home as in SCF. Root inside would be nobody outside, too, but programs behave differently as root.
 */
export const boxUser = { id: 1_000, name: "qcloud", home: "/home/qcloud" } as const;

const searchPath = `${path.dirname(insidePaths.interpreter)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;

const sharedMemoryMb = 64;
const maxTasks = 1_024;
/** Boots yield to claims: with this weight the p99 of claims during refills was 9.7 ms, with an ordinary one 19.4 (medians of runs). */
const bootCpuShares = 2;
/** What a box may use until it is claimed; otherwise that of a function of the default size, whose claim then has little to write. */
export const unclaimedLimits: GroupLimits = {
  ...limitsOf(limits.memoryMb.default, interpreterAllowanceMb),
  cpuShares: bootCpuShares,
};

/** What `/tmp` holds beside so much memory, of which it is a part: who writes too much is to be told so (ENOSPC), and not to die of it. */
export function temporaryMbOf(memoryMb: number): number {
  return Math.min(memoryMb, limits.tmpMb);
}

/**
 * The first process of a box. It collects orphans, which would fill the limit of tasks as zombies, and is not the runtime, because the kernel
 * lets the first process of a namespace survive its own `abort()` and `kill -9`. It keeps no end of the channel, so that the platform sees the
 * runtime close it. Its exit code is that of the runtime; 128 + n for signal n.
 */
const init = ["/bin/sh", "-c", '"$@" & exec 3<&-; wait $!', "gust-init"] as const;

/** The OCI runtime specification's config.json of a box. */
export function boxConfig(settings: BoxSettings): object {
  return {
    ociVersion: "1.0.2",
    hostname: "gust",
    root: { path: settings.rootDirectory, readonly: true },
    process: boxProcess(settings),
    mounts,
    linux: {
      cgroupsPath: settings.cgroup,
      // As the namespace has them already: runc will not be without.
      uidMappings: [{ containerID: 0, hostID: settings.hostId, size: idsPerBox }],
      gidMappings: [{ containerID: 0, hostID: settings.hostId, size: idsPerBox }],
      namespaces: namespaces(settings),
      resources: resources(settings.layout),
      rootfsPropagation: "private",
      maskedPaths,
      readonlyPaths,
      seccomp: seccompProfile,
    },
  };
}

function boxProcess({ command, id, installation }: BoxSettings): object {
  const none: readonly string[] = [];
  return {
    terminal: false,
    user: { uid: boxUser.id, gid: boxUser.id },
    args: [...init, ...command],
    cwd: insidePaths.temporary,
    env: Object.entries({
      PATH: searchPath,
      LD_LIBRARY_PATH: `${insidePaths.layers}/${libraryFolder}`, // read once, at the start of the interpreter: long before there are layers
      LANG: "C.UTF-8",
      TZ: "UTC",
      HOME: insidePaths.temporary,
      TMPDIR: insidePaths.temporary,
      GUST_CHANNEL_FD: "3",
      GUST_SANDBOX: id,
      GUST_INSTALLATION: installation,
    }).map(([name, value]) => `${name}=${value}`),
    capabilities: { bounding: none, effective: none, inheritable: none, permitted: none, ambient: none },
    noNewPrivileges: true,
    // No rlimits: the booter sets them before the runtime starts (see booter.pl).
  };
}

function namespaces({ userNamespace, hasNetwork }: BoxSettings): readonly object[] {
  const own = ["pid", "mount", "ipc", "uts", "cgroup", ...(hasNetwork ? [] : ["network"])];
  return [{ type: "user", path: userNamespace }, ...own.map((type) => ({ type }))];
}

function resources(layout: CgroupLayout): object {
  return {
    devices: [{ allow: false, access: "rwm" }],
    memory: { limit: unclaimedLimits.memoryBytes },
    cpu: { shares: bootCpuShares, quota: quotaOf(unclaimedLimits), period: cpuPeriodUs },
    pids: { limit: maxTasks },
    // Out of memory ends the whole box, not whichever process of it the kernel picks. v1 cannot say so.
    ...(layout.kind === "v2" ? { unified: { "memory.oom.group": "1" } } : {}),
  };
}

/** No /sys: it tells much, a box needs nothing of it, and it cannot be mounted for a network namespace that another user namespace owns. */
const mounts: readonly object[] = [
  { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
  {
    destination: "/dev",
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "noexec", "strictatime", "mode=755", "size=64k", "nr_inodes=128"],
  },
  // Memory in these two counts as the box's.
  {
    destination: "/dev/shm",
    type: "tmpfs",
    source: "shm",
    options: ["nosuid", "noexec", "nodev", "mode=1777", `size=${sharedMemoryMb}m`],
  },
  {
    destination: insidePaths.temporary,
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "nodev", "mode=1777", `size=${temporaryMbOf(limits.memoryMb.default)}m`],
  },
];

/**
 * Of the host, or dangerous to read: they look empty. The list of containerd, and the kernel's own texts about the host: how it was built and started, its
 * disks, files that others lock. What programs ask of it (`os.cpus()` and its like: cpuinfo, meminfo, stat, loadavg, uptime) stays, and so does what
 * uname tells anyway, or nobody learns from: each mask is one more mount of every boot.
 */
const maskedPaths: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/cmdline",
  "/proc/config.gz",
  "/proc/diskstats",
  "/proc/interrupts",
  "/proc/kallsyms",
  "/proc/kcore",
  "/proc/keys",
  "/proc/kmsg",
  "/proc/kpagecount",
  "/proc/kpageflags",
  "/proc/latency_stats",
  "/proc/locks",
  "/proc/modules",
  "/proc/partitions",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
];

const readonlyPaths: readonly string[] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
