import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { newSandboxId, type Logger, type LogLine } from "../../src/core/index.ts";
import type { InitMessage, RuntimeProgram, Sandbox, SandboxDriver } from "../../src/sandbox/index.ts";
import { initMessage } from "./channel-requests.ts";

/** Makes the driver under test on a run directory. */
export type MakeDriver = (options: { runDirectory: string; logger: Logger }) => Promise<SandboxDriver>;

function runDirectoryIn(directory: string): string {
  return path.join(directory, "run");
}

const script = path.join(import.meta.dirname, "fixtures/scripted-runtime.js");

/** The scripted runtime; `token` marks its command line and those of its descendants. */
export function scriptedProgram(token: string, mode = "good"): RuntimeProgram {
  return { name: "scripted", command: [process.execPath, "--max-old-space-size=96", script, token, mode] };
}

/** Digits, so that `sleep 1000.<token>` can carry them. */
export function newToken(): string {
  return String(Math.random()).slice(2, 14).padEnd(12, "7");
}

export interface Line extends LogLine {
  readonly requestId: string | null;
}

/** A driver on a directory of its own, whose log is kept. Disposing checks nothing and leaves nothing. */
export class BoxMaker implements AsyncDisposable {
  readonly token = newToken();
  readonly runDirectory: string;
  /** What boxes are assigned; readable by all, as unpacked packages are. */
  readonly codeDirectory: string;
  readonly driver: SandboxDriver;
  /** What the driver logged as warning or error. */
  readonly complaints: readonly string[];

  constructor(directory: string, driver: SandboxDriver, complaints: readonly string[]) {
    this.runDirectory = runDirectoryIn(directory);
    this.codeDirectory = path.join(directory, "code");
    this.driver = driver;
    this.complaints = complaints;
  }

  static async make(makeDriver: MakeDriver): Promise<BoxMaker> {
    const directory = await mkdtemp(path.join(os.tmpdir(), "gust-conformance-"));
    await mkdir(path.join(directory, "code"));
    const complaints: string[] = [];
    const options = { runDirectory: runDirectoryIn(directory), logger: keepingLogger(complaints) };
    return new BoxMaker(directory, await makeDriver(options), complaints);
  }

  create(options: { mode?: string; signal?: AbortSignal } = {}): Promise<Sandbox> {
    const box = { id: newSandboxId(), program: scriptedProgram(this.token, options.mode) };
    return this.driver.create(box, { signal: options.signal ?? soon() });
  }

  /** An assigned, initialized box, and the lines it writes. */
  async ready(
    options: { memoryMb?: number; init?: Partial<InitMessage> } = {},
  ): Promise<{ box: Sandbox; lines: Line[] }> {
    const box = await this.create();
    const lines: Line[] = [];
    box.channel.onLog = (requestId, line) => lines.push({ ...line, requestId });
    const assignment = { codeDirectory: this.codeDirectory, memoryMb: options.memoryMb ?? 128 };
    await box.assign(assignment, { signal: soon() });
    const { codeRoot } = box.paths(assignment);
    const outcome = await box.channel.init({ ...initMessage, codeRoot, ...options.init }, { signal: soon() });
    if (outcome.kind === "failed") throw new Error(outcome.failure.message);
    return { box, lines };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.driver[Symbol.asyncDispose]();
    await rm(path.dirname(this.runDirectory), { recursive: true, force: true });
  }
}

export function keepingLogger(complaints: string[]): Logger {
  const keep = (_fields: object, message: string): void => void complaints.push(message);
  return { error: keep, warn: keep, info: () => undefined, debug: () => undefined };
}

export function soon(): AbortSignal {
  return AbortSignal.timeout(15_000);
}

/** Processes of this host whose command line holds `token`. */
export function processesWith(token: string): string[] {
  if (!existsSync("/proc/self/cmdline")) {
    return execFileSync("ps", ["-axo", "pid=,args="], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes(token));
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `${pid} ${commandLineOf(pid)}`)
    .filter((line) => line.includes(token));
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
  } catch {
    return ""; // it has ended meanwhile
  }
}

/** Open descriptors of this process; 0 where the system does not say. */
export function openDescriptors(): number {
  return existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0;
}

/** Looks until the claim holds; fails with the claim's last value. */
export async function eventually(claim: () => boolean, explain: () => string): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!claim()) {
    if (performance.now() > giveUpAt) throw new Error(explain());
    await delay(10);
  }
}
