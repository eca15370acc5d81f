import { execFile } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { Logger, SandboxId } from "../../core/index.ts";
import { removeDirectory } from "./box-directory.ts";
import { hasCode, hasProcfs, killNow } from "./host-processes.ts";
import type { StrayHunt } from "./stray-hunt.ts";

const execute = promisify(execFile);

export interface LeftoverSearch {
  readonly boxesDirectory: string;
  readonly installation: string;
  readonly strays: StrayHunt;
  readonly logger: Logger;
}

/** Kills the boxes of an earlier, crashed server on the same run directory and removes their files. */
export async function removeLeftovers({ boxesDirectory, installation, strays, logger }: LeftoverSearch): Promise<void> {
  if (hasProcfs) {
    const quarry = { session: null, variable: "GUST_INSTALLATION", value: installation, sinceTicks: 0 } as const;
    if (!(await strays.hunt(quarry))) logger.error({}, "Sandboxes of an earlier run cannot be killed");
  } else {
    await killRecorded(boxesDirectory);
  }
  await removeDirectory(boxesDirectory, logger);
}

const recordSchema = z.object({ pid: z.int().min(2), startedAt: z.number() });
const recordSuffix = ".process.json";
/** `ps` tells the start of a process in whole seconds. */
const sameStartMs = 3_000;

/** Where there is no /proc: writes down which process a box is, for the server after a crash. */
export async function recordProcess(boxesDirectory: string, id: SandboxId, pid: number): Promise<void> {
  await writeFile(path.join(boxesDirectory, id + recordSuffix), JSON.stringify({ pid, startedAt: Date.now() }));
}

export async function forgetProcess(boxesDirectory: string, id: SandboxId, logger: Logger): Promise<void> {
  try {
    await rm(path.join(boxesDirectory, id + recordSuffix), { force: true });
  } catch (error) {
    logger.warn({ sandbox: id, err: error }, "The record of a sandbox could not be removed");
  }
}

/** Kills the process groups that were written down, unless the number belongs to another process by now. */
export async function killRecorded(boxesDirectory: string): Promise<void> {
  const names = await readdir(boxesDirectory).catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  });
  for (const name of names.filter((it) => it.endsWith(recordSuffix))) {
    const record = parseRecord(await readFile(path.join(boxesDirectory, name), "utf8"));
    if (record === null) continue;
    const startedAt = await startOf(record.pid);
    if (startedAt !== null && Math.abs(startedAt - record.startedAt) < sameStartMs) killNow(-record.pid);
  }
}

/** Null: a record that a crash cut short. */
function parseRecord(text: string): z.infer<typeof recordSchema> | null {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function startOf(pid: number): Promise<number | null> {
  try {
    const { stdout } = await execute("ps", ["-o", "lstart=", "-p", String(pid)], { env: { LC_ALL: "C" } });
    const startedAt = Date.parse(stdout.trim());
    return Number.isNaN(startedAt) ? null : startedAt;
  } catch {
    return null; // `ps` says by its exit code that there is no such process
  }
}
