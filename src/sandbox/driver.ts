import type { SandboxId } from "../core/index.ts";
import type { Channel } from "./channel/channel.ts";
import type { SystemRoot } from "./system-root.ts";

/** What runs inside a sandbox before any function is known: a folder of `runtimes/` on an interpreter. */
export interface RuntimeProgram {
  /** `node26`, `python3`, `java`, `service` or `custom`. */
  readonly name: string;
  /** Program and arguments; the channel is descriptor 3 and `GUST_CHANNEL_FD=3`. */
  readonly command: readonly string[];
  /** Of the interpreter, where it is known before the first start. */
  readonly version?: string;
  /** Makes what the program is started from, in a directory of the host that boxes see, and gives the command; `command` is then not used. */
  readonly prepare?: (directory: string, options: { signal: AbortSignal }) => Promise<readonly string[]>;
  /** Folder on the host with the `node` that user code finds; the platform's own where absent. */
  readonly binDirectory?: string;
  /** What has to be installed before it can be started. */
  readonly packageName?: string;
  /** What the system of boxes lacks for it, and the command that mends it; null: nothing. */
  readonly missing?: (root: SystemRoot) => string | null;
}

/** A box to make. Generic: no tenant, trace or billing field may enter. */
export interface Box {
  readonly id: SandboxId;
  readonly program: RuntimeProgram;
}

/** What turns a generic sandbox into one version's own. */
export interface Assignment {
  /** Directory on the host with the unpacked code package, read-only by contract. */
  readonly codeDirectory: string;
  /** Directory on the host with the version's layers, merged; absent when it has none. */
  readonly layersDirectory?: string;
  readonly memoryMb: number;
  /** Whether it yields to all other boxes when the processor is short. */
  readonly isBackground?: boolean;
  /** Whether to cut its network off from everything outside, for good: only where `isolatesNetwork`. */
  readonly isOffline?: boolean;
}

/** The places of an assigned sandbox as the code inside sees them. */
export interface AssignedPaths {
  /** `/var/user` where the driver isolates files; the host's directory otherwise. */
  readonly codeRoot: string;
  /** `/opt` where the driver isolates files, and wherever there are no layers; the host's directory otherwise. */
  readonly layersRoot: string;
  /** The only writable directory. */
  readonly temporaryDirectory: string;
  /** Folder of the interpreter, so that what user code starts finds `node`. */
  readonly interpreterDirectory: string;
  /** Where the packages of the runtimes are: `/var/lang`, or the host's directory; absent where none are known. */
  readonly packagesDirectory?: string;
}

/** How a sandbox ended. `killed`: we ended it; `lost`: what held it for us is gone, and it with it. */
export interface SandboxExit {
  readonly kind: "exited" | "signaled" | "killed" | "memory" | "lost";
  readonly code: number | null;
  readonly signal: string | null;
}

/** What a driver can and cannot fence off; shown by `gust status` and in errors. */
export interface SandboxCapabilities {
  readonly driver: "process" | "oci" | "microvm";
  readonly isolatesFiles: boolean;
  readonly isolatesNetwork: boolean;
  readonly limitsMemory: boolean;
  readonly limitsProcesses: boolean;
  readonly canFreeze: boolean;
  /** One line per missing fence, for the warning at start. */
  readonly warnings: readonly string[];
  /** Addresses that its boxes have, as a CIDR range; absent: they have none of their own. */
  readonly boxRange?: string;
  /** What the driver chose on this host and why, one sentence each. */
  readonly notes: readonly string[];
}

/** What a box holds. */
export interface BoxMemory {
  readonly currentBytes: number;
  /** At most since `forgetPeak`, or `assign`. */
  readonly peakBytes: number;
  /** Processes in it that the host killed so far because it had no memory left. */
  readonly kills: number;
}

/**
 * One isolation box with a started runtime in it. Disposing it kills it and removes everything it had.
 *
 * started → (assign) assigned → (kill, exit, channel error) ended
 */
export interface Sandbox extends AsyncDisposable {
  readonly id: SandboxId;
  readonly channel: Channel;
  /** Where the code inside will see what `assign` puts there. */
  paths(assignment: Assignment): AssignedPaths;
  /** Resolves when the process and all its descendants that the driver can reach are gone. Never rejects. */
  readonly ended: Promise<SandboxExit>;
  /** Puts limits on it, and files into it. Once. */
  assign(assignment: Assignment, options: { signal: AbortSignal }): Promise<void>;
  /** Where a server inside that listens on `port` is reached from the host. */
  address(port: number): { readonly host: string; readonly port: number };
  /** As the host saw it at most 100 ms ago, or (`isFresh`) sees it now; when it has ended, as it was last. */
  memory(options?: { readonly isFresh: boolean }): BoxMemory;
  /** A call begins that has the box to itself: from now on the peak counts anew, where the kernel can forget one and the last time was not just now. */
  forgetPeak(): void;
  /** Bytes that left it over its network so far, with their headers; still known when it has ended. 0 where it has no network of its own. */
  networkBytesOut(): number;
  /** Stands still: no CPU until `thaw`. No-op where `canFreeze` is false. */
  freeze(): void;
  thaw(): void;
  /** Kills the whole process group; resolves with `ended`. */
  kill(): Promise<SandboxExit>;
}

/** Makes sandboxes of one kind. `create` resolves when the runtime inside has said READY. */
export interface SandboxDriver extends AsyncDisposable {
  capabilities(): SandboxCapabilities;
  /** What the system that its boxes see lacks for a program, and the command that mends it; null: nothing that is known. */
  lacks(program: RuntimeProgram): string | null;
  create(box: Box, options: { signal: AbortSignal }): Promise<Sandbox>;
  /** Does ahead what `assign` of this directory, of code or of layers, would otherwise do first. Optional to call. */
  prepareCode(codeDirectory: string, options: { signal: AbortSignal }): Promise<void>;
  /** Lets boxes reach the server on this port of the host's loopback. Answers at which URL; null: at the host's own addresses, as anything. */
  openApi(port: number): Promise<string | null>;
}
