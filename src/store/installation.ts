import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf, randomName, type HostRole } from "../core/index.ts";
import type { Account } from "./store.ts";

/** The places inside a data directory, and the right to use it alone. */
export interface Installation extends AsyncDisposable {
  readonly dataDirectory: string;
  /** Mode 0700: pid files, sandboxes' temporary directories, the server's address. */
  readonly runDirectory: string;
  /** Names this process among those that share a database, also after a restart. */
  readonly hostId: string;
  /** Writes `credentials.json` (mode 0600), which commands find by themselves. */
  writeCredentials(credentials: Account & { readonly endpoint: string; readonly region: string }): Promise<void>;
  /** Says where the server answers; removed when the installation is closed. */
  writeAddress(address: {
    readonly url: string;
    /** Where it answers with TLS; absent where it does not. */
    readonly tlsUrl: string | undefined;
    /** What it is bound to: `url` names an address to call, which `0.0.0.0` is not. */
    readonly host: string;
    readonly port: number;
    readonly version: string;
    readonly roles: readonly HostRole[];
    /** Whether functions are kept from this machine and from each other. */
    readonly isIsolated: boolean;
    /** What the sandboxes do not fence off. */
    readonly warnings: readonly string[];
    /** What each variable of the settings says; no secret. */
    readonly settings: Readonly<Record<string, string>>;
  }): Promise<void>;
}

/**
 * Takes a data directory for this process. Throws an Error with one sentence when the directory
 * cannot be used or another live process has it; a lock left by a crash is taken over.
 */
export async function openInstallation(dataDirectory: string): Promise<Installation> {
  const runDirectory = path.join(dataDirectory, "run");
  await makeDirectories(dataDirectory, runDirectory);
  const lockFile = path.join(runDirectory, "lock");
  const addressFile = path.join(runDirectory, "server.json");
  await takeLock(lockFile, dataDirectory);
  await fs.rm(addressFile, { force: true });
  return {
    dataDirectory,
    runDirectory,
    hostId: await readOrMakeHostId(path.join(dataDirectory, "host-id")),
    writeCredentials: (credentials) =>
      replaceFile(path.join(dataDirectory, "credentials.json"), JSON.stringify(credentials, null, 2), 0o600),
    writeAddress: (address) =>
      replaceFile(addressFile, JSON.stringify({ pid: process.pid, ...address, startedAt: Date.now() }, null, 2), 0o600),
    async [Symbol.asyncDispose]() {
      await fs.rm(addressFile, { force: true });
      await fs.rm(lockFile, { force: true });
    },
  };
}

async function readOrMakeHostId(file: string): Promise<string> {
  const known = await fs.readFile(file, "utf8").catch(() => "");
  if (/^[a-z0-9]{10}\n$/.test(known)) return known.trim();
  const made = randomName(10);
  await replaceFile(file, made, 0o644);
  return made;
}

async function makeDirectories(dataDirectory: string, runDirectory: string): Promise<void> {
  try {
    await fs.mkdir(dataDirectory, { recursive: true, mode: 0o755 });
    await fs.mkdir(runDirectory, { recursive: true, mode: 0o700 });
    await fs.access(runDirectory, fs.constants.W_OK);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new Error(
      `The data directory ${dataDirectory} cannot be used (${reason}). Give another one with --data DIR.`,
      {
        cause,
      },
    );
  }
}

const lockAttempts = 200;
const lockPauseMs = 10;
/** A take-over lasts moments; one that is older belongs to a process that died in it. */
const abandonedTakeOverMs = 5_000;

/**
 * The lock names its holder by pid and start time, so that a reused pid is not mistaken for it. It appears complete, by a link,
 * and a stale one is removed by one process at a time: whoever finds the same lock stale a moment later must not remove its successor.
 */
async function takeLock(lockFile: string, dataDirectory: string): Promise<void> {
  const mine = `${lockFile}.${randomName(8)}`;
  await fs.writeFile(mine, `${process.pid} ${await startTime(process.pid)}\n`, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < lockAttempts; attempt++) {
      if (await unless("EEXIST", fs.link(mine, lockFile))) return;
      const found = await fs.readFile(lockFile, "utf8").catch(() => "");
      const [pid, startedAt] = found.trim().split(" ");
      if (pid && startedAt && (await isAlive(Number(pid), startedAt))) {
        throw new Error(
          `The data directory ${dataDirectory} is in use by another Gust (process ${pid}). Stop it with \`gust down --data ${dataDirectory}\`, or give another directory with --data DIR.`,
        );
      }
      if (!(await removeStale(lockFile, found))) await delay(lockPauseMs);
    }
  } finally {
    await fs.rm(mine, { force: true });
  }
  throw new Error(`The lock ${lockFile} cannot be taken: other processes keep taking it. Try again.`);
}

/** Removes exactly the lock that was found stale; false while another process is at it. */
async function removeStale(lockFile: string, found: string): Promise<boolean> {
  const guard = `${lockFile}.takeover`;
  if (!(await unless("EEXIST", fs.mkdir(guard)))) {
    const { mtimeMs } = await fs.stat(guard).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > abandonedTakeOverMs) await fs.rm(guard, { recursive: true, force: true });
    return false;
  }
  try {
    const now = await fs.readFile(lockFile, "utf8").catch(() => "");
    if (now === found) await fs.rm(lockFile, { force: true });
    return true;
  } finally {
    await fs.rm(guard, { recursive: true, force: true });
  }
}

/** Whether the work was done; false when it failed with this code. */
async function unless(code: string, work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === code) return false;
    throw error;
  }
}

async function isAlive(pid: number, startedAt: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
  }
  return (await startTime(pid)) === startedAt;
}

/**
 * Start time of a process in clock ticks since boot (`/proc/<pid>/stat`, field 22); "0" where there is no /proc.
 * A zombie, which nobody has reaped yet, has none: it holds nothing any more.
 */
async function startTime(pid: number): Promise<string> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? "zombie" : (fields[19] ?? "0");
}

async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await fs.writeFile(temporary, `${text}\n`, { mode });
  await fs.rename(temporary, file);
}
