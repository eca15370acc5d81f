import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";

/** Seconds of CPU that these processes have used (Linux). */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
}

export function withDescendants(pid: number): number[] {
  const children = fs.existsSync(`/proc/${pid}/task`)
    ? fs.readdirSync(`/proc/${pid}/task`).flatMap((task) => {
        return readOrEmpty(`/proc/${pid}/task/${task}/children`).trim().split(" ").filter(Boolean).map(Number);
      })
    : [];
  return [pid, ...children.flatMap(withDescendants)];
}

function cpuOf(pid: number): number {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

function readOrEmpty(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return ""; // the process has ended meanwhile
  }
}

/** A program of the benchmark, killed with `dispose`; ready when something listens on `port`. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

export async function startProgram(command: readonly string[], port: number): Promise<Program> {
  const [program = "", ...rest] = command;
  const child = spawn(program, rest, { stdio: ["ignore", "ignore", "inherit"] });
  const exited = once(child, "exit");
  await waitForPort(port, exited);
  return {
    pid: child.pid ?? 0,
    port,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

async function waitForPort(port: number, exited: Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 10_000;
  let ended = false;
  void exited.then(() => (ended = true));
  for (;;) {
    if (ended) throw new Error("A program of the benchmark ended before it listened");
    if (await connects(port)) return;
    if (Date.now() > deadline) throw new Error(`Nothing listens on port ${port} after 10 s`);
    await once(AbortSignal.timeout(20), "abort");
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

/** Moves a process and its descendants to one CPU core. */
export function pin(pid: number, core: number): void {
  for (const each of withDescendants(pid))
    execFileSync("taskset", ["-apc", String(core), String(each)], { stdio: "ignore" });
}

/** Descendants of `pid` whose program name is `name`. */
export function descendantsNamed(pid: number, name: string): number[] {
  return withDescendants(pid).filter((each) => readOrEmpty(`/proc/${each}/comm`).trim() === name);
}
