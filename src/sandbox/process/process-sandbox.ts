import type { ChildProcess } from "node:child_process";
import path from "node:path";
import type { Logger, SandboxId } from "../../core/index.ts";
import type { ChannelClose } from "../channel/channel.ts";
import { SocketChannel } from "../channel/socket-channel.ts";
import type { AssignedPaths, Assignment, BoxMemory, Sandbox, SandboxExit } from "../driver.ts";
import { exitGraceMs, interpreterAllowanceMb } from "../runtime-process/limits.ts";
import { RuntimeOutput } from "../runtime-process/runtime-output.ts";
import { removeDirectory } from "./box-directory.ts";
import { hasProcfs, killNow } from "./host-processes.ts";
import type { MemoryWatch, WatchedMemory } from "./memory-watch.ts";
import { lowerPriority, type SpawnedBox } from "./spawn-box.ts";
import type { StrayHunt } from "./stray-hunt.ts";

/** Of a box that yields to all others. */
const backgroundNiceness = 15;

/** What a sandbox shares with the others of its driver. */
export interface SandboxSurroundings {
  readonly directory: string;
  /** Where user code finds `node`; undefined: the platform's own. */
  readonly binDirectory: string | undefined;
  readonly packagesDirectory: string | undefined;
  readonly strays: StrayHunt;
  readonly memory: MemoryWatch;
  /** Start of this server on the clock of /proc. */
  readonly sinceTicks: number;
  readonly logger: Logger;
}

/** A process group with a runtime in it, from `spawnBox` to the last of its descendants. */
export class ProcessSandbox implements Sandbox {
  readonly id: SandboxId;
  readonly channel: SocketChannel;
  readonly ended: Promise<SandboxExit>;
  readonly #spawned: SpawnedBox;
  readonly #surroundings: SandboxSurroundings;
  readonly #output: RuntimeOutput;
  #memory: WatchedMemory | null = null;
  #endedBy: "kill" | "memory" | null = null;
  #hasExited = false;

  constructor(id: SandboxId, spawned: SpawnedBox, surroundings: SandboxSurroundings) {
    this.id = id;
    this.#spawned = spawned;
    this.#surroundings = surroundings;
    this.channel = new SocketChannel(spawned.channel);
    this.#output = new RuntimeOutput(this.channel, spawned.stdout, spawned.stderr);
    this.ended = this.#end(exitOf(spawned.child));
    void this.channel.closed.then((close) => this.#onChannelClosed(close));
  }

  /** What the process wrote to stderr last, for the sentence about a failed start. */
  get lastErrorLines(): readonly string[] {
    return this.#output.lastErrorLines;
  }

  paths({ codeDirectory, layersDirectory = "/opt" }: Assignment): AssignedPaths {
    const { packagesDirectory } = this.#surroundings;
    return {
      codeRoot: codeDirectory,
      layersRoot: layersDirectory,
      temporaryDirectory: this.#surroundings.directory,
      interpreterDirectory: this.#surroundings.binDirectory ?? path.dirname(process.execPath),
      ...(packagesDirectory === undefined ? {} : { packagesDirectory }),
    };
  }

  async assign(assignment: Assignment, { signal }: { signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    if (this.#memory !== null) throw new Error("a sandbox is assigned once");
    if (assignment.isOffline === true) throw new Error("a process cannot be kept off the network");
    if (assignment.isBackground === true && !this.#hasExited) lowerPriority(this.#spawned.pid, backgroundNiceness);
    if (hasProcfs && !this.#hasExited) {
      const limitBytes = (assignment.memoryMb + interpreterAllowanceMb) * 1024 * 1024;
      this.#memory = this.#surroundings.memory.watch(this.#spawned.pid, limitBytes, () => this.#killAs("memory"));
    }
  }

  address(port: number): { readonly host: string; readonly port: number } {
    return { host: "127.0.0.1", port };
  }

  /** Over its limit all of it ends at once. */
  memory(): BoxMemory {
    return { currentBytes: this.#memory?.currentBytes ?? 0, peakBytes: this.#memory?.peakBytes ?? 0, kills: 0 };
  }

  forgetPeak(): void {
    this.#memory?.forgetPeak();
  }

  /** Its network is the host's: nobody can tell its share. */
  networkBytesOut(): number {
    return 0;
  }

  /** No-op: a stopped process keeps its memory and its timers go wrong. */
  freeze(): void {}

  /** No-op, like `freeze`. */
  thaw(): void {}

  kill(): Promise<SandboxExit> {
    this.#killAs("kill");
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #killAs(reason: "kill" | "memory"): void {
    if (this.#hasExited) return;
    this.#endedBy ??= reason;
    killNow(-this.#spawned.pid);
  }

  #onChannelClosed({ reason }: ChannelClose): void {
    if (this.#hasExited) return;
    if (reason !== "end") return this.#killAs("kill");
    const timer = setTimeout(() => this.#killAs("kill"), exitGraceMs);
    void this.ended.then(() => clearTimeout(timer));
  }

  /** From the end of the first process to the end of everything. Never rejects. */
  async #end(exit: Promise<ProcessExit>): Promise<SandboxExit> {
    const { code, signal } = await exit;
    const { pid } = this.#spawned;
    const { strays, sinceTicks, logger, directory } = this.#surroundings;
    this.#hasExited = true;
    killNow(-pid); // in the same turn as the exit: the number cannot have been given away yet
    const isClean = await strays.hunt({ session: pid, variable: "GUST_SANDBOX", value: this.id, sinceTicks });
    if (!isClean) logger.error({ sandbox: this.id }, "Processes of a sandbox cannot be killed");
    await this.#output.drain();
    this.#memory?.stop();
    await removeDirectory(directory, logger);
    if (this.#output.isHeapLimit(signal)) this.#endedBy ??= "memory";
    if (this.#endedBy !== null) return { kind: this.#endedBy === "kill" ? "killed" : "memory", code, signal };
    return { kind: signal === null ? "exited" : "signaled", code, signal };
  }
}

interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
}
