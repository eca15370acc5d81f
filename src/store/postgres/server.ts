import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { GrowingPause, messageOf, PlatformError, type Logger } from "../../core/index.ts";
import { prepareDataDirectory, serverRole } from "./data-directory.ts";
import { describeFullDisk, saysDiskFull } from "./disk-space.ts";
import { clearLeftovers, killServer } from "./leftover.ts";
import { findPrograms, type Programs } from "./programs.ts";
import { findServerUser, type ServerUser } from "./server-user.ts";
import { serverEnvironment, serverSettings, settingArguments } from "./settings.ts";
import { openSocketDirectory, type SocketDirectory } from "./socket-directory.ts";
import { startPatience, StartWatch, type StartPatience } from "./start-watch.ts";

// starting → running → waiting (it died) → starting → …
// any of them → stopping → stopped
type State = "starting" | "running" | "waiting" | "stopping" | "stopped";

const backoff = { firstMs: 50, longestMs: 10_000 } as const;
/** A server that ran for so long is healthy: its end is no sign of a crash loop. */
const stableMs = 30_000;
const stopSteps: readonly { readonly signal: NodeJS.Signals; readonly waitMs: number }[] = [
  { signal: "SIGINT", waitMs: 4_000 },
  { signal: "SIGQUIT", waitMs: 1_000 },
];
const keptLines = 20;

/** The PostgreSQL server of one data directory, kept running until it is disposed. */
export interface EmbeddedServer extends AsyncDisposable {
  /** What a client needs; the socket stays where it is over restarts. */
  readonly connection: { readonly host: string; readonly user: string; readonly database: string };
  /** Main process, or null while it is down. */
  readonly pid: number | null;
  /** Where the data are, for messages. */
  readonly directory: string;
}

/** Starts the embedded server of `dataDirectory` and resolves when it takes connections. */
export async function startEmbeddedServer(
  options: { readonly dataDirectory: string; readonly logger: Logger; readonly patience?: StartPatience },
  { signal }: { signal: AbortSignal },
): Promise<EmbeddedServer> {
  const { dataDirectory, logger, patience = startPatience } = options;
  const directory = path.join(dataDirectory, "postgres");
  const user = await findServerUser(directory);
  await letEnter(dataDirectory, user);
  const programs = await findPrograms(dataDirectory, user);
  await prepareDataDirectory(directory, programs, user, { signal });
  await clearLeftovers(directory, logger, { signal });
  const socket = await openSocketDirectory(directory, user);
  const server = new Supervisor({ directory, user, programs, socket, logger, patience });
  try {
    await server.start({ signal });
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** The data directory is ours: its server may pass through it (not list it). Directories above it are for a person to change. */
async function letEnter(dataDirectory: string, user: ServerUser): Promise<void> {
  if (user.spawn.uid === undefined) return;
  const { mode } = await fs.stat(dataDirectory);
  if ((mode & 0o001) === 0) await fs.chmod(dataDirectory, (mode & 0o777) | 0o001);
}

interface Parts {
  readonly directory: string;
  readonly user: ServerUser;
  readonly programs: Programs;
  readonly socket: SocketDirectory;
  readonly logger: Logger;
  readonly patience: StartPatience;
}

class Supervisor implements EmbeddedServer {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  #state: State = "starting";
  #child: ChildProcess | null = null;
  #lines: string[] = [];
  readonly #pause = new GrowingPause(backoff);
  #watching: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get connection(): EmbeddedServer["connection"] {
    return { host: this.#parts.socket.path, user: serverRole, database: "postgres" };
  }

  get pid(): number | null {
    return this.#state === "running" ? (this.#child?.pid ?? null) : null;
  }

  get directory(): string {
    return this.#parts.directory;
  }

  /** Rejects with the server's own words when it does not come up. */
  async start({ signal }: { signal: AbortSignal }): Promise<void> {
    process.on("exit", this.#onExit);
    const child = await this.#launch({ signal });
    this.#watching = this.#watch(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "stopped") return;
    this.#state = "stopping";
    this.#stop.abort();
    await this.#endChild();
    await this.#watching;
    process.off("exit", this.#onExit);
    await this.#parts.socket.remove();
    this.#state = "stopped";
  }

  async #endChild(): Promise<void> {
    const { directory, logger, socket } = this.#parts;
    for (const step of stopSteps) {
      const child = this.#child;
      if (!child) return;
      child.kill(step.signal);
      if (await hasEnded(child, step.waitMs)) return;
    }
    logger.warn(
      { directory },
      "PostgreSQL did not stop when it was asked to, and is killed; it recovers at the next start",
    );
    this.#child?.kill("SIGKILL");
    await killServer(directory, socket.path);
  }

  /** When this process leaves without a stop, the server is at least asked to follow; in a stop that was cut short, it has to. */
  readonly #onExit = (): void => {
    this.#child?.kill(this.#state === "stopping" ? "SIGKILL" : "SIGINT");
  };

  /** Starts it again whenever it ends, with growing pauses, until the stop. */
  async #watch(first: ChildProcess): Promise<void> {
    let child: ChildProcess | null = first;
    while (!this.#stop.signal.aborted) {
      if (child) await this.#untilEnd(child);
      if (this.#stop.signal.aborted) return;
      this.#state = "waiting";
      child = await this.#restart().catch(() => null);
    }
  }

  async #untilEnd(child: ChildProcess): Promise<void> {
    const startedAt = performance.now();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    if (performance.now() - startedAt > stableMs) this.#pause.reset();
    if (this.#stop.signal.aborted) return;
    const { exitCode, signalCode } = child;
    this.#parts.logger.warn(
      { exitCode, signalCode, lines: this.#lines.slice(-3) },
      "PostgreSQL ended; starting it again",
    );
  }

  async #restart(): Promise<ChildProcess> {
    const { logger, directory } = this.#parts;
    const { signal } = this.#stop;
    await delay(this.#pause.grow(), undefined, { signal });
    try {
      await clearLeftovers(directory, logger, { signal });
      const child = await this.#launch({ signal });
      logger.info({}, "PostgreSQL runs again");
      return child;
    } catch (error) {
      if (!signal.aborted) logger.error({ err: error }, "PostgreSQL does not start; trying again");
      throw error;
    }
  }

  /** One attempt: resolves when the server is ready, rejects when it ends before that. */
  async #launch({ signal }: { signal: AbortSignal }): Promise<ChildProcess> {
    this.#state = "starting";
    const child = this.#spawn();
    this.#child = child;
    const ready = Promise.withResolvers<void>();
    const watch = new StartWatch(this.connection, this.#parts.patience, this.#parts.logger);
    const over = new AbortController();
    watch.untilSilent({ signal: over.signal }).catch(ready.reject);
    const onAbort = (): void => ready.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    child.once("error", (error) => ready.reject(error));
    child.once("exit", () => {
      if (this.#child === child) this.#child = null;
      ready.reject(new Error("it ended while starting"));
    });
    this.#readLog(child, (line) => {
      watch.onLine(line);
      if (line.includes("database system is ready to accept connections")) ready.resolve();
    });
    try {
      await ready.promise;
      this.#state = "running";
      return child;
    } catch (cause) {
      throw await this.#explain(cause);
    } finally {
      over.abort();
      signal.removeEventListener("abort", onAbort);
    }
  }

  #spawn(): ChildProcess {
    const { directory, programs, socket, user } = this.#parts;
    const settings = { ...serverSettings, unix_socket_directories: socket.path };
    return spawn(path.join(programs.root, "bin/postgres"), ["-D", directory, ...settingArguments(settings)], {
      ...user.spawn,
      cwd: "/",
      env: serverEnvironment,
      stdio: ["ignore", "ignore", "pipe"],
      // A group of its own: Ctrl-C in a terminal must reach Gust first, which stops the server last.
      detached: true,
    });
  }

  #readLog(child: ChildProcess, onLine: (line: string) => void): void {
    if (!child.stderr) throw new Error("the server's stderr must be a pipe");
    createInterface({ input: child.stderr }).on("line", (line) => {
      this.#lines.push(line);
      if (this.#lines.length > keptLines) this.#lines.shift();
      onLine(line);
      void this.#report(line);
    });
  }

  async #report(line: string): Promise<void> {
    const { logger, directory } = this.#parts;
    if (saysDiskFull(line)) return logger.error({ line }, await describeFullDisk(directory));
    if (/^(PANIC|WARNING):/.test(line)) return logger.warn({ line }, "PostgreSQL says");
    logger.debug({ line }, "PostgreSQL says");
  }

  async #explain(cause: unknown): Promise<Error> {
    const { directory, user } = this.#parts;
    const text = this.#lines.join("\n");
    if (saysDiskFull(text)) return new PlatformError("StoreUnavailable", await describeFullDisk(directory), { cause });
    if (/could not access directory|Permission denied/.test(text)) {
      const advice = `every directory above it must be enterable by that user (chmod o+x)`;
      return new Error(`PostgreSQL (as user ${user.name}) cannot reach ${directory}: ${advice}.`, { cause });
    }
    const said = this.#lines.findLast((line) => /^(FATAL|PANIC|ERROR):/.test(line)) ?? this.#lines.at(-1);
    const reason = said ?? messageOf(cause);
    return new Error(`PostgreSQL on ${directory} does not start: ${reason}`, { cause });
  }
}

async function hasEnded(child: ChildProcess, waitMs: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true;
  return Promise.race([once(child, "exit").then(() => true), delay(waitMs, false, { ref: false })]);
}
