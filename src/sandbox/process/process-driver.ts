import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import path from "node:path";
import { PlatformError, type Logger } from "../../core/index.ts";
import type { Box, RuntimeProgram, Sandbox, SandboxCapabilities, SandboxDriver } from "../driver.ts";
import { hostRoot } from "../system-root.ts";
import { preparedDirectory, ProgramCommands } from "../runtime-process/program-commands.ts";
import { defaultReadyTimeoutMs, waitForReady } from "../runtime-process/wait-for-ready.ts";
import { makeDirectory, removeDirectory } from "./box-directory.ts";
import { hasProcfs, readProcess } from "./host-processes.ts";
import { forgetProcess, recordProcess, removeLeftovers } from "./leftovers.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { ProcessSandbox } from "./process-sandbox.ts";
import { spawnBox } from "./spawn-box.ts";
import { StrayHunt } from "./stray-hunt.ts";

export interface ProcessDriverOptions {
  /** Of this installation alone; boxes get their directories below it. */
  readonly runDirectory: string;
  /** Holds the packages of the runtimes. */
  readonly packagesDirectory?: string;
  readonly logger: Logger;
  /** How long a runtime may take to say READY. */
  readonly readyTimeoutMs?: number;
}

const disposeBoundMs = 4_000;

/** Removes what an earlier run on the same directory left, then makes boxes that are plain processes of this user. */
export async function createProcessDriver(options: ProcessDriverOptions): Promise<SandboxDriver> {
  await makeDirectory(options.runDirectory);
  const runDirectory = await realpath(options.runDirectory); // one installation, whatever links lead to it
  const boxesDirectory = path.join(runDirectory, "boxes");
  const installation = createHash("sha256").update(runDirectory).digest("hex").slice(0, 16);
  const strays = new StrayHunt();
  await removeLeftovers({ boxesDirectory, installation, strays, logger: options.logger });
  await makeDirectory(boxesDirectory);
  return new ProcessDriver({ ...options, runDirectory, boxesDirectory, installation, strays });
}

interface ProcessDriverParts extends ProcessDriverOptions {
  readonly boxesDirectory: string;
  readonly installation: string;
  readonly strays: StrayHunt;
}

class ProcessDriver implements SandboxDriver {
  readonly #parts: ProcessDriverParts;
  readonly #commands: ProgramCommands;
  readonly #memory = new MemoryWatch();
  readonly #sandboxes = new Set<ProcessSandbox>();
  readonly #sinceTicks = hasProcfs ? (readProcess(process.pid)?.startTicks ?? 0) : 0;
  #isDisposed = false;

  constructor(parts: ProcessDriverParts) {
    this.#parts = parts;
    this.#commands = new ProgramCommands(preparedDirectory(parts));
  }

  lacks({ missing }: RuntimeProgram): string | null {
    return missing?.(hostRoot) ?? null;
  }

  capabilities(): SandboxCapabilities {
    return {
      driver: "process",
      isolatesFiles: false,
      isolatesNetwork: false,
      limitsMemory: hasProcfs,
      limitsProcesses: false,
      canFreeze: false,
      warnings: [
        "Functions run as the user of this server: they can read and change its files, its data directory (the code of other functions too) and its credentials",
        "Functions share the network and the ports of this host, and can reach everything it can reach",
        "Functions see other processes of this user and can end them, this server too",
        hasProcfs
          ? "Memory is looked at ten times a second and kept by killing; a faster allocation, or one of a process that left its session, gets past"
          : "Memory is limited by the interpreter's heap alone: this system has no /proc to look at",
        "The number of processes is not limited: the limit of the system counts by user, and functions are all this user",
        "Processor time and the size of a temporary directory are not limited; boxes only yield to the platform",
        "Functions without calls are not frozen: timers in them go on",
      ],
      notes: [],
    };
  }

  async create(box: Box, { signal }: { signal: AbortSignal }): Promise<Sandbox> {
    signal.throwIfAborted();
    this.#refuseWhenDisposed();
    const directory = path.join(this.#parts.boxesDirectory, box.id);
    await makeDirectory(directory);
    const sandbox = await this.#start(box, directory, signal).catch(async (error: unknown) => {
      await removeDirectory(directory, this.#parts.logger);
      throw error;
    });
    try {
      const timeoutMs = this.#parts.readyTimeoutMs ?? defaultReadyTimeoutMs;
      await waitForReady(box, sandbox, { timeoutMs, signal });
      return sandbox;
    } catch (error) {
      await sandbox.kill();
      throw error;
    }
  }

  /** Code is used where it lies. */
  prepareCode(): Promise<void> {
    return Promise.resolve();
  }

  /** The network is the host's. */
  openApi(): Promise<null> {
    return Promise.resolve(null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(late.resolve, disposeBoundMs, "late");
    const all = Promise.all([...this.#sandboxes].map((sandbox) => sandbox.kill()));
    const outcome = await Promise.race([all, late.promise]);
    clearTimeout(timer);
    if (outcome !== "late") return;
    this.#parts.logger.error(
      { sandboxes: this.#sandboxes.size, boundMs: disposeBoundMs },
      "Sandboxes did not end in time",
    );
  }

  async #start(box: Box, directory: string, signal: AbortSignal): Promise<ProcessSandbox> {
    const command = await this.#commands.of(box.program, { signal });
    this.#refuseWhenDisposed(); // all this took a moment
    const { boxesDirectory, packagesDirectory, installation, strays, logger } = this.#parts;
    const spawned = await spawnBox(box, command, directory, installation);
    const { binDirectory } = box.program;
    const shared = { packagesDirectory, strays, memory: this.#memory, sinceTicks: this.#sinceTicks, logger };
    const surroundings = { ...shared, directory, binDirectory };
    const sandbox = new ProcessSandbox(box.id, spawned, surroundings);
    this.#sandboxes.add(sandbox);
    if (this.#isDisposed) void sandbox.kill();
    if (!hasProcfs) await recordProcess(boxesDirectory, box.id, spawned.pid);
    void sandbox.ended.then(() => this.#onEnded(sandbox));
    return sandbox;
  }

  #refuseWhenDisposed(): void {
    if (this.#isDisposed) throw new PlatformError("InsufficientResources", "The server is stopping");
  }

  #onEnded(sandbox: ProcessSandbox): void {
    this.#sandboxes.delete(sandbox);
    if (!hasProcfs) void forgetProcess(this.#parts.boxesDirectory, sandbox.id, this.#parts.logger);
  }
}
