import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { Client } from "pg";
import { freePort } from "../../tests/loopback-port.ts";
import { findPrograms, type Programs } from "./postgres/programs.ts";
import { findServerUser, type ServerUser } from "./postgres/server-user.ts";

/** A PostgreSQL as somebody else runs it: over TCP alone, a password for everybody, an ordinary role for Gust. */
export interface NetworkServer extends AsyncDisposable {
  /** DATABASE_URL of the ordinary role. */
  readonly url: string;
  /** Ends it; connections break and none is taken until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const administrator = { user: "postgres", password: "of the administrator" } as const;
/** With characters that a URL has to escape. */
const ordinary = { user: "gust", password: "p@ss/w:rd?#%", database: "functions" } as const;

/** Starts one from the programs of the embedded server, in a directory of its own. */
export async function startNetworkServer(): Promise<NetworkServer> {
  const parts = new AsyncDisposableStack();
  try {
    const directory = await fs.mkdtemp(path.join(os.tmpdir(), "gust-postgres-"));
    parts.defer(() => fs.rm(directory, { recursive: true, force: true }));
    const user = await findServerUser(directory);
    await user.own(directory);
    const programs = await findPrograms(directory, user);
    const data = path.join(directory, "data");
    await initialize(data, directory, programs, user);
    const port = await freePort();
    let child = await launch(data, port, programs, user);
    parts.defer(() => end(child));
    await makeRole(port);
    const { user: name, password, database } = ordinary;
    const url = `postgres://${name}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
    return {
      url,
      stop: () => end(child),
      start: async () => {
        child = await launch(data, port, programs, user);
      },
      [Symbol.asyncDispose]: () => parts.disposeAsync(),
    };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

async function initialize(data: string, directory: string, programs: Programs, user: ServerUser): Promise<void> {
  const passwordFile = path.join(directory, "password");
  await fs.writeFile(passwordFile, administrator.password, { mode: 0o600 });
  await user.own(passwordFile);
  const args = ["-D", data, "-U", administrator.user, "--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--no-sync"];
  const initdb = path.join(programs.root, "bin/initdb");
  await promisify(execFile)(initdb, args, { ...user.spawn, cwd: "/", env: { LC_ALL: "C" } });
}

async function launch(data: string, port: number, programs: Programs, user: ServerUser): Promise<ChildProcess> {
  const settings = { listen_addresses: "127.0.0.1", port: String(port), unix_socket_directories: "", lc_messages: "C" };
  const child = spawn(
    path.join(programs.root, "bin/postgres"),
    ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    { ...user.spawn, cwd: "/", env: { LC_ALL: "C" }, stdio: ["ignore", "ignore", "pipe"] },
  );
  const lines: string[] = [];
  const ready = Promise.withResolvers<void>();
  createInterface({ input: child.stderr }).on("line", (line) => {
    lines.push(line);
    if (line.includes("ready to accept connections")) ready.resolve();
  });
  child.once("exit", () => ready.reject(new Error(`PostgreSQL did not start:\n${lines.join("\n")}`)));
  await ready.promise;
  return child;
}

async function makeRole(port: number): Promise<void> {
  const { user, password, database } = ordinary;
  const client = new Client({ host: "127.0.0.1", port, ...administrator, database: "postgres" });
  await client.connect();
  try {
    await client.query(`create role ${user} login password '${password}'`);
    await client.query(`create database ${database} owner ${user}`);
  } finally {
    await client.end();
  }
}

/** Ends its connections and itself. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGINT");
  await exited;
}
