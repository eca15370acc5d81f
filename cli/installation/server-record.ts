import { existsSync, readFileSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { isForbidden } from "../failure.ts";
import { belongsToAnother } from "./data-directory.ts";

const recordSchema = z.object({
  pid: z.int().positive(),
  url: z.string(),
  /** Where it answers with TLS; absent where it does not, and in what older versions wrote. */
  tlsUrl: z.string().optional(),
  /** What it is bound to; absent in what older versions wrote. */
  host: z.string().optional(),
  port: z.int(),
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  version: z.string(),
  /** Whether functions are kept from this machine and from each other. */
  isIsolated: z.boolean().default(false),
  /** What the sandbox driver warns of. */
  warnings: z.array(z.string()).default([]),
  /** What it does: both, unless it is one of several processes. */
  roles: z.array(z.enum(["control", "data"])).default(["control", "data"]),
  /** What each variable of its settings says. */
  settings: z.record(z.string(), z.string()).default({}),
});

/** What a running server says of itself in `<data>/run/server.json`. */
export type ServerRecord = z.infer<typeof recordSchema>;

/** The server of a data directory, or null when none runs. Throws when this user may not look. */
export async function runningServer(dataDirectory: string): Promise<ServerRecord | null> {
  const record = await readRecord(dataDirectory);
  if (record === null) return null;
  return (await isThatServer(dataDirectory, record.pid)) ? record : null;
}

async function readRecord(dataDirectory: string): Promise<ServerRecord | null> {
  const text = await fs.readFile(path.join(dataDirectory, "run", "server.json"), "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return null;
    throw isForbidden(error) ? belongsToAnother(dataDirectory, error) : error;
  });
  if (text === null) return null;
  try {
    return recordSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null; // half-written by a crash
  }
}

/** A pid may be another process by now: the server's lock also says when its process started. */
async function isThatServer(dataDirectory: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const lock = await fs.readFile(path.join(dataDirectory, "run", "lock"), "utf8").catch(() => "");
  const [holder, startedAt] = lock.trim().split(" ");
  if (holder !== String(pid)) return false;
  const actual = await startTime(pid);
  return actual === null || startedAt === actual;
}

/** A zombie, which nobody has reaped yet, is dead. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
    return !/\) [ZX] /.test(stat);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Start of a process in clock ticks since boot; null where the system does not say. */
async function startTime(pid: number): Promise<string | null> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}
