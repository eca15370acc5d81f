import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, watch } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");

interface Credentials {
  readonly endpoint: string;
  readonly region: string;
  readonly appId: string;
  readonly uin: string;
  readonly secretId: string;
  readonly secretKey: string;
}

/** A real server in a process of its own, on a data directory of its own. Disposing it stops it and removes the directory. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Absent: nothing listens with TLS. */
  readonly tlsUrl?: string | undefined;
  readonly pid: number;
  readonly dataDirectory: string;
  readonly credentials: Credentials;
  /** What the server has printed so far. */
  output(): string;
  /** Sends SIGTERM and waits; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** `kill -9`; resolves when the process is gone. The data stays. */
  crash(): Promise<void>;
}

export interface ServerOptions {
  /** Reuse a directory (after `stop` or `crash`); it is then kept at disposal. */
  readonly dataDirectory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Program and arguments put in front of `node src/main.ts`, e.g. `["taskset", "-c", "0"]`. */
  readonly prefix?: readonly string[];
}

export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const dataDirectory = options.dataDirectory ?? (await makeDataDirectory());
  const [program, ...rest] = [...(options.prefix ?? []), process.execPath, path.join(root, "src/main.ts")];
  const child = spawn(program ?? process.execPath, rest, {
    cwd: root,
    env: { ...process.env, GUST_DATA: dataDirectory, GUST_PORT: "0", GUST_POOL_SIZE: "1", ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => chunks.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => chunks.push(text));
  const exited = once(child, "exit");
  const remove = async (): Promise<void> => {
    if (options.dataDirectory === undefined) await fs.rm(dataDirectory, { recursive: true, force: true });
  };
  const { url, port, tlsUrl } = await waitForAddress(child, dataDirectory, () => chunks.join("")).catch(
    async (error) => {
      await exited;
      await remove();
      throw error;
    },
  );
  const credentials: Credentials = JSON.parse(await fs.readFile(path.join(dataDirectory, "credentials.json"), "utf8"));
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    url,
    port,
    tlsUrl,
    pid: child.pid ?? 0,
    dataDirectory,
    credentials,
    output: () => chunks.join(""),
    stop: () => end("SIGTERM"),
    crash: async () => void (await end("SIGKILL")),
    async [Symbol.asyncDispose]() {
      await end("SIGTERM");
      await remove();
    },
  };
}

/** Directly below the system's temporary directory, so that the database's own user can reach it. */
export async function makeDataDirectory(): Promise<string> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "gust-test-"));
  await fs.chmod(directory, 0o755);
  return directory;
}

type Address = Pick<RunningServer, "url" | "port" | "tlsUrl">;

const startsWithinMs = 60_000;

/** The server writes its address when it answers. Rejects, with the process ended, when it does not come to that. */
async function waitForAddress(child: ChildProcess, dataDirectory: string, output: () => string): Promise<Address> {
  const run = path.join(dataDirectory, "run");
  await fs.mkdir(run, { recursive: true, mode: 0o700 });
  const { promise, resolve, reject } = Promise.withResolvers<Address>();
  const look = (): void => {
    const found = readAddress(path.join(run, "server.json"));
    if (found !== null && found.pid === child.pid) resolve(found);
  };
  const watcher = watch(run, look);
  const late = setTimeout(() => {
    reject(new Error(`The server did not answer within 60 s:\n${output()}`));
  }, startsWithinMs);
  child.once("exit", (code, signal) => {
    reject(new Error(`The server ended (${code ?? signal}) before it answered:\n${output()}`));
  });
  look();
  try {
    return await promise;
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    watcher.close();
    clearTimeout(late);
  }
}

/** Null where there is none: one of before a crash is removed by the next server. */
function readAddress(file: string): (Address & { readonly pid: number }) | null {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
