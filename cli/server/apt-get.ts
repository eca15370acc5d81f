import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { pause } from "../deployment/function-state.ts";
import type { Progress } from "../terminal/progress.ts";
import { duration } from "../terminal/table.ts";

/** How long parts of an installation may take. */
export interface AptBounds {
  /** Reading lists and downloading, altogether. */
  readonly downloadMs: number;
  /** Waiting for another program that installs something. */
  readonly lockMs: number;
  /** Unpacking and setting up, which is never ended half-way: after this, nobody waits for it any more. */
  readonly setUpMs: number;
}

const standardBounds: AptBounds = { downloadMs: 180_000, lockMs: 60_000, setUpMs: 300_000 };
const lockPauseMs = 1_000;
const keptLines = 200;

interface Run {
  readonly code: number | null;
  readonly lines: readonly string[];
}

const tooLong: Run = { code: null, lines: [] };

interface Surroundings {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly bounds: AptBounds;
  /** When a download is ended; null: it is no download, and not ended. */
  readonly until: number | null;
  /** When a lock is not waited for any more. */
  readonly lockUntil: number;
}

/**
 * Installs packages by apt-get without asking anything. Null: they are there; otherwise why not, in a few words. Lists are read anew only when
 * the packages are not found with those of before.
 */
export async function installPackages(
  packages: readonly string[],
  options: { readonly progress: Progress; readonly signal: AbortSignal; readonly bounds?: AptBounds },
): Promise<string | null> {
  const bounds = options.bounds ?? standardBounds;
  const now = performance.now();
  const surroundings = { ...options, bounds, until: now + bounds.downloadMs, lockUntil: now + bounds.lockMs };
  const install = ["install", "-y", "--no-install-recommends", "--no-remove"];
  const download = [...install, "--download-only", ...packages];
  options.progress.update("downloading");
  const first = await aptGet(download, surroundings);
  if (isLocked(first)) return reasonOf(first, bounds);
  if (first.code !== 0) {
    options.progress.update("reading the lists of packages");
    const update = await aptGet(["update"], surroundings);
    const { code, lines } = await aptGet(download, surroundings);
    if (code !== 0) return reasonOf({ code, lines: [...update.lines, ...lines] }, bounds); // unknown, where lists could not be read
  }
  const setUp = await aptGet([...install, "--no-download", ...packages], { ...surroundings, until: null });
  options.signal.throwIfAborted();
  return setUp.code === 0 ? null : reasonOf(setUp, bounds);
}

/** Once more while another program holds a lock, within the bound for that. */
async function aptGet(parameters: readonly string[], surroundings: Surroundings): Promise<Run> {
  const { progress, signal, bounds, lockUntil } = surroundings;
  for (;;) {
    const run = await runOnce(parameters, surroundings);
    signal.throwIfAborted();
    if (run.code === 0 || !isLocked(run) || performance.now() + lockPauseMs > lockUntil) return run;
    progress.update(`waiting for another program that installs packages, ${duration(bounds.lockMs)} at most`);
    await pause(lockPauseMs, signal);
  }
}

async function runOnce(parameters: readonly string[], surroundings: Surroundings): Promise<Run> {
  const { signal, bounds, until } = surroundings;
  const leftMs = until === null ? bounds.setUpMs : until - performance.now();
  if (leftMs <= 0) return tooLong;
  const child = spawn("apt-get", ["-q", ...settings, ...parameters], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_SUSPEND: "1", LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a terminal's Ctrl-C must not reach dpkg
  });
  const ended = readToEnd(child, surroundings.progress);
  const late = Promise.withResolvers<Run>();
  const stop = (): void => {
    if (until === null) late.resolve(tooLong);
    else if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
  };
  const timer = setTimeout(stop, leftMs);
  if (until !== null) signal.addEventListener("abort", stop, { once: true });
  const run = await Promise.race([ended, late.promise]);
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
  return run;
}

async function readToEnd(child: ChildProcessByStdio<null, Readable, Readable>, progress: Progress): Promise<Run> {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
      const step = /^Get:\d+ \S+ \S+ \S+ ([a-z0-9]\S*)|^((?:Unpacking|Setting up) \S+)/.exec(line);
      if (step !== null) progress.update(step[2] ?? `downloading ${step[1]}`);
    });
  }
  try {
    const [code] = await once(child, "close");
    return { code: typeof code === "number" ? code : null, lines };
  } catch (error) {
    return { code: null, lines: [`E: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

/** A server that is away is given up soon, and locks are waited for by us, because apt-get waits for one of three. */
const settings = [
  "Acquire::http::Timeout=20",
  "Acquire::https::Timeout=20",
  "Acquire::Retries=1",
  "DPkg::Lock::Timeout=0",
  "Dpkg::Use-Pty=0",
].flatMap((setting) => ["-o", setting]);

function isLocked({ code, lines }: Run): boolean {
  return code !== 0 && lines.some((line) => /Could not get lock|Unable to acquire the dpkg|Unable to lock/.test(line));
}

function reasonOf(run: Run, bounds: AptBounds): string {
  const { code, lines } = run;
  const says = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line));
  if (isLocked(run)) {
    return `another program holds apt's lock, and ${duration(bounds.lockMs)} were not enough`;
  }
  if (says(/resolving|Could not connect|Connection (?:timed out|refused)|unreachable|Connection failed/)) {
    return "the package servers cannot be reached";
  }
  if (says(/No space left|enough free space/)) return "no disk space is left";
  if (code === null && lines.every((line) => !line.startsWith("E: "))) return "it took too long";
  const complaint = lines
    .find((line) => line.startsWith("E: "))
    ?.slice(3)
    .replace(/\.$/, "");
  return complaint ?? `apt-get ended with ${code === null ? "a signal" : `code ${code}`}`;
}
