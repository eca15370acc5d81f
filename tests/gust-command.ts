import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { makeDataDirectory } from "./running-server.ts";

const main = path.resolve(import.meta.dirname, "../cli/main.ts");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `gust` command that runs. */
export interface RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard output or standard error has such a text, with all of both. */
  untilSaid(pattern: RegExp): Promise<string>;
}

interface RunOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export function startGust(args: readonly string[], options: RunOptions = {}): RunningCommand {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    cwd: options.cwd ?? os.tmpdir(),
    env: { ...process.env, GUST_COMMAND: "gust", GUST_POOL_SIZE: "1", ...options.environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const watchers = new Set<() => void>();
  const changed = (): void => watchers.forEach((watcher) => watcher());
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    changed();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    changed();
  });
  child.stdin.end(options.input ?? "");
  const ended = once(child, "close").then(([code]) => ({
    code: typeof code === "number" ? code : null,
    stdout,
    stderr,
  }));
  return { child, ended, untilSaid };

  function untilSaid(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(stdout + stderr)) return;
        watchers.delete(look);
        resolve(stdout + stderr);
      };
      watchers.add(look);
      look();
      ended.then(() => reject(new Error(`It ended without saying ${String(pattern)}:\n${stdout}${stderr}`)), reject);
    });
  }
}

export function gust(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return startGust(args, options).ended;
}

/** A directory of its own for a test, with files; removed by disposing it. */
export async function makeDirectory(
  files: Readonly<Record<string, string>> = {},
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "gust-cli-"));
  for (const [name, text] of Object.entries(files)) await fs.writeFile(path.join(directory, name), text);
  return { path: directory, [Symbol.asyncDispose]: () => fs.rm(directory, { recursive: true, force: true }) };
}

/** An empty data directory, with the server in it stopped and all of it removed at the end. */
export async function makeInstallation(): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await makeDataDirectory();
  return {
    path: directory,
    async [Symbol.asyncDispose]() {
      await gust(["down", "--now", "--data", directory]);
      await fs.rm(directory, { recursive: true, force: true });
    },
  };
}
