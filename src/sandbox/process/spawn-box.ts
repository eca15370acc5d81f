import { spawn, type ChildProcess } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { Duplex, type Readable } from "node:stream";
import { messageOf, PlatformError } from "../../core/index.ts";
import type { Box } from "../driver.ts";
import { hasCode } from "./host-processes.ts";

/** A started process with its channel and its own output. */
export interface SpawnedBox {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly channel: Duplex;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** Descriptors a box may open, and no core files. A limit that is lower already stays. */
const shell = ["/bin/sh", "-c", 'ulimit -n 1024 2>/dev/null; ulimit -c 0 2>/dev/null; exec "$@"', "gust-box"] as const;

/** Boxes yield to the platform and its database when the processor is short; calls a second stay the same (measured). */
const niceness = 5;

/** Where programs are looked for inside a box: our own interpreter first, then the system's. */
const searchPath = [
  path.dirname(process.execPath),
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
  "/opt/homebrew/bin",
].join(":");

/**
 * Starts the program of a box as leader of a session of its own. The channel is descriptor 3, one end of a socket pair: no path, no listener,
 * and each side sees the other's death. `spawn` holds the event loop for 1 to 3 ms (measured), which this driver accepts.
 */
export async function spawnBox(
  box: Box,
  command: readonly string[],
  directory: string,
  installation: string,
): Promise<SpawnedBox> {
  const [file, ...leading] = shell;
  let child: ChildProcess;
  try {
    child = spawn(file, [...leading, ...command], {
      cwd: directory,
      env: {
        PATH: searchPath,
        LANG: "C.UTF-8",
        TZ: "UTC",
        HOME: directory,
        TMPDIR: directory,
        GUST_CHANNEL_FD: "3",
        GUST_SANDBOX: box.id,
        GUST_INSTALLATION: installation,
      },
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
  } catch (error) {
    throw spawnError(box, error);
  }
  if (child.pid === undefined) throw spawnError(box, await new Promise((resolve) => child.once("error", resolve)));
  const channel = child.stdio[3];
  if (!(channel instanceof Duplex) || child.stdout === null || child.stderr === null) {
    throw new Error("spawn gave no pipes");
  }
  child.on("error", () => undefined); // a process that runs fails by its exit, which is waited for
  lowerPriority(child.pid, niceness);
  return { child, pid: child.pid, channel, stdout: child.stdout, stderr: child.stderr };
}

/** The sentence for a process that could not be started. */
export function spawnError(box: Box, cause: unknown): PlatformError {
  const reason = messageOf(cause);
  if (hasCode(cause, "EMFILE", "ENFILE")) {
    return new PlatformError(
      "InsufficientResources",
      "No sandbox can be started: the server has no free file descriptor",
      {
        limit: "open files of the server process",
        setting: "ulimit -n",
        cause,
      },
    );
  }
  if (hasCode(cause, "EAGAIN", "ENOMEM")) {
    return new PlatformError(
      "InsufficientResources",
      `No sandbox can be started: the host has no room for another process (${reason})`,
      { limit: "processes or memory of the host", setting: "ulimit -u", cause },
    );
  }
  return new PlatformError("InstanceStartFailed", `The runtime "${box.program.name}" could not be started: ${reason}`, {
    cause,
  });
}

/** Lowers it for good, for what the process starts from now on, too. */
export function lowerPriority(pid: number, to: number): void {
  try {
    os.setPriority(pid, to);
  } catch (error) {
    if (!hasCode(error, "ERR_SYSTEM_ERROR")) throw error; // it has ended already
  }
}
