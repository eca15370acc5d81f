import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../../core/index.ts";
import { removeLeftSocket } from "./socket-directory.ts";

/**
 * Ends what an earlier, killed Gust (or a killed server) left running on this directory, so that a
 * new server can start: a server first asked (SIGINT), then told (SIGQUIT), then killed. A pid
 * file whose pid now belongs to something else is removed; nothing else is touched.
 */
export async function clearLeftovers(
  directory: string,
  logger: Logger,
  options: { signal: AbortSignal },
): Promise<void> {
  const pidFile = path.join(directory, "postmaster.pid");
  const text = await fs.readFile(pidFile, "utf8").catch(() => null);
  if (text === null) return;
  const [pid, , , , socketDirectory] = text.split("\n");
  const left = await serverProcesses(directory);
  if (left.length > 0) {
    logger.warn({ directory, processes: left.length }, "An earlier PostgreSQL still runs here; stopping it");
    await stopProcesses(directory, Number(pid), options);
  }
  if (socketDirectory) await removeLeftSocket(socketDirectory);
  // Safe: no server process works in this directory any more. A reused pid would keep the new server from starting.
  await fs.rm(pidFile, { force: true });
}

const steps: readonly { readonly signal: NodeJS.Signals; readonly waitMs: number }[] = [
  { signal: "SIGINT", waitMs: 5_000 },
  { signal: "SIGQUIT", waitMs: 1_000 },
  { signal: "SIGKILL", waitMs: 1_000 },
];

async function stopProcesses(directory: string, main: number, { signal }: { signal: AbortSignal }): Promise<void> {
  for (const step of steps) {
    const left = await serverProcesses(directory);
    // Its children follow a live main process by themselves; orphans notice within moments that it is gone.
    const targets = step.signal === "SIGKILL" || !left.includes(main) ? left : [main];
    for (const pid of targets) sendSignal(pid, step.signal);
    if (await allGone(directory, step.waitMs, signal)) return;
  }
  throw new Error(`An earlier PostgreSQL on ${directory} does not stop, not even by SIGKILL. Restart the machine.`);
}

/**
 * Ends a server that does not stop otherwise, because it is frozen say, with all its processes: the next start recovers
 * from its log. Without /proc nothing is done but what the caller did.
 */
export async function killServer(directory: string, socketDirectory: string): Promise<void> {
  if (process.platform !== "linux") return;
  for (const pid of await serverProcesses(directory)) sendSignal(pid, "SIGKILL");
  if (!(await allGone(directory, killMs, new AbortController().signal))) return; // the next start says so
  await removeLeftSocket(socketDirectory);
  await fs.rm(path.join(directory, "postmaster.pid"), { force: true });
}

const killMs = 1_000;

/** They are not our children, so there is no event to wait for. */
async function allGone(directory: string, waitMs: number, signal: AbortSignal): Promise<boolean> {
  for (let waited = 0; waited < waitMs; waited += 10) {
    if ((await serverProcesses(directory)).length === 0) return true;
    await delay(10, undefined, { signal });
  }
  return false;
}

/** Processes of PostgreSQL that work in `directory`: each of a server's processes has it as its working directory. */
export async function serverProcesses(directory: string): Promise<number[]> {
  const home = await fs.realpath(directory);
  const names = (await fs.readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(names.map(async (name) => ((await isServer(name, home)) ? [Number(name)] : [])));
  return found.flat();
}

async function isServer(pid: string, home: string): Promise<boolean> {
  const workingDirectory = await fs.readlink(`/proc/${pid}/cwd`).catch(() => "");
  if (workingDirectory !== home) return false;
  return (await fs.readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).startsWith("postgres");
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error; // it ended meanwhile
  }
}
