import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { pause } from "../deployment/function-state.ts";
import { CommandFailure, exitCodes, failed } from "../failure.ts";
import { runningServer, type ServerRecord } from "../installation/server-record.ts";

const main = path.resolve(import.meta.dirname, "../../src/main.ts");
const lookEveryMs = 20;

export interface ServerSettings {
  readonly dataDirectory: string;
  /** Settings of the server by the name of their variable, e.g. `GUST_PORT`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly detached: boolean;
}

/** A server that this command started. It has a session of its own, so that a Ctrl-C reaches it through us alone. */
export class ServerProcess {
  readonly logFile: string | null;
  readonly #child: ChildProcess;
  readonly #dataDirectory: string;
  readonly #exited: Promise<number>;

  private constructor(child: ChildProcess, dataDirectory: string, logFile: string | null) {
    this.#child = child;
    this.#dataDirectory = dataDirectory;
    this.logFile = logFile;
    this.#exited = once(child, "exit").then(([code]) => (typeof code === "number" ? code : exitCodes.failed));
  }

  static start({ dataDirectory, variables, detached }: ServerSettings): ServerProcess {
    const logFile = detached ? openLogFile(dataDirectory) : null;
    // standard output is for our own results
    const output = logFile === null ? 2 : fs.openSync(logFile, "a", 0o600);
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, ...variables, GUST_DATA: dataDirectory },
      stdio: ["ignore", output, output],
      detached: true,
      cwd: "/",
    });
    if (logFile !== null) fs.closeSync(output);
    return new ServerProcess(child, dataDirectory, logFile);
  }

  /** Resolves with its exit code. */
  get exited(): Promise<number> {
    return this.#exited;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(name);
  }

  /** Lets this command end while the server goes on. */
  release(): void {
    this.#child.unref();
  }

  /** Resolves when the server answers. Rejects when it ends before: it has said why. */
  async untilReady(signal: AbortSignal): Promise<ServerRecord> {
    for (;;) {
      if (!this.isRunning) throw this.#explainEnd(await this.#exited);
      const record = await runningServer(this.#dataDirectory);
      if (record !== null && record.pid === this.#child.pid && (await answersReady(record.url))) return record;
      await pause(lookEveryMs, signal);
    }
  }

  #explainEnd(code: number): CommandFailure {
    if (this.logFile === null) return new ServerEnded(code);
    const lines = fs.readFileSync(this.logFile, "utf8").trimEnd().split("\n");
    const sentence = lines.findLast((line) => line.startsWith("gust: "))?.slice("gust: ".length);
    return failed(`${sentence ?? `The server ended with code ${code}.`} Its log: ${this.logFile}`);
  }
}

/** The server ended before it answered and said why on the terminal: there is nothing to add. */
export class ServerEnded extends CommandFailure {
  constructor(code: number) {
    super(exitCodes.failed, `The server ended (code ${code}).`);
    this.name = "ServerEnded";
  }
}

async function answersReady(url: string): Promise<boolean> {
  const reply = await fetch(`${url}/readyz`).catch(() => null); // not yet
  await reply?.arrayBuffer();
  return reply?.ok === true;
}

function openLogFile(dataDirectory: string): string {
  const folder = path.join(dataDirectory, "log");
  try {
    fs.mkdirSync(folder, { recursive: true });
    return path.join(folder, "server.log");
  } catch (cause) {
    throw failed(
      `The data directory ${dataDirectory} cannot be used (${cause instanceof Error ? cause.message : ""}). Give another one with --data DIR.`,
      { cause },
    );
  }
}
