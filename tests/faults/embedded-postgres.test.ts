import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, it } from "node:test";
import { setInterval as every } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import { newFunctionId, PlatformError, systemClock } from "../../src/core/index.ts";
import { EncodedLines } from "../../src/store/index.ts";
import { openStore } from "../../src/store/open-store.ts";
import { reserveSize } from "../../src/store/spool/reserve.ts";
import {
  KeptLog,
  newFunction,
  openFreshStore,
  smallDisk,
  temporaryDirectory,
} from "../../src/store/store-under-test.ts";
import { serverProcesses } from "../../src/store/postgres/leftover.ts";
import { findPackage, findPrograms } from "../../src/store/postgres/programs.ts";
import { findServerUser } from "../../src/store/postgres/server-user.ts";
import { startEmbeddedServer, type EmbeddedServer } from "../../src/store/postgres/server.ts";

const isLinux = process.platform === "linux";
const isRoot = process.getuid?.() === 0;
const run = promisify(execFile);

let prepared: AsyncDisposable & { readonly path: string };
before(async () => {
  prepared = await temporaryDirectory();
  await (await start(prepared.path))[Symbol.asyncDispose]();
});
after(() => prepared[Symbol.asyncDispose]());

it("heals by itself when the server is killed: statements fail as StoreUnavailable, then work again", async () => {
  const logger = new KeptLog();
  await using tested = await openFreshStore("embedded", { logger });
  const { store } = tested;
  await store.functions.create(newFunction("kept"), 50);
  const resynced = Promise.withResolvers<void>();
  using _ = store.changes.subscribe("function", {
    changed: async () => undefined,
    resync: async () => resynced.resolve(),
  });
  process.kill(await mainPid(path.join(tested.dataDirectory, "postgres")), "SIGKILL");
  const problems: unknown[] = [];
  await until(async () => {
    const found = await store.functions.find("default", "kept").catch((error: unknown) => void problems.push(error));
    return found?.name === "kept" && problems.length > 0;
  });
  for (const problem of problems) {
    assert.ok(problem instanceof PlatformError);
    assert.equal(problem.code, "StoreUnavailable");
    assert.match(problem.message, /The database does not answer/);
  }
  await resynced.promise;
  assert.equal(await store.isReady(), true);
  assert.ok(logger.lines.some(({ message }) => message.includes("starting it again")));
});

it("waits longer and longer before it starts a server again that ends at once, and heals when it can start", async () => {
  await using directory = await directoryWithDatabase();
  const failedAt: number[] = [];
  const logger = new KeptLog();
  logger.error = (_fields, message) => {
    if (message.includes("does not start; trying again")) failedAt.push(performance.now());
  };
  const never = new AbortController().signal;
  await using server = await startEmbeddedServer({ dataDirectory: directory.path, logger }, { signal: never });
  const settings = path.join(server.directory, "postgresql.auto.conf");
  const good = await fs.readFile(settings);
  await fs.writeFile(settings, "this is no setting\n");
  process.kill(server.pid ?? 0, "SIGKILL");
  await until(async () => failedAt.length >= 5);
  await fs.writeFile(settings, good);
  const [first = 0] = failedAt;
  // After the first failure: 100, 200, 400 and 800 ms.
  assert.ok(
    (failedAt[4] ?? 0) - first >= 1_500,
    `failed at ${failedAt.map((at) => Math.round(at - first)).join(", ")} ms`,
  );
  await until(async () => server.pid !== null);
  assert.equal(await answer(server), 1);
});

it("stops a server that a killed Gust left running, and takes its place", async () => {
  await using directory = await directoryWithDatabase();
  const home = path.join(directory.path, "postgres");
  const left = await startAndLeave(directory.path);
  assert.ok((await serverProcesses(home)).includes(left));
  await using server = await start(directory.path);
  assert.notEqual(server.pid, left);
  assert.ok(!(await serverProcesses(home)).includes(left));
  assert.equal(await answer(server), 1);
});

it("recovers what was committed after the server and its Gust were killed, in spite of the stale pid file", async () => {
  await using directory = await directoryWithDatabase();
  const home = path.join(directory.path, "postgres");
  const left = await startAndLeave(directory.path);
  for (const pid of await serverProcesses(home)) process.kill(pid, "SIGKILL");
  await until(async () => (await serverProcesses(home)).length === 0);
  const file = path.join(home, "postmaster.pid");
  // The pid now belongs to another program, as it may after a restart of the machine.
  const stale = (await fs.readFile(file, "utf8")).replace(String(left), String(process.pid));
  await fs.writeFile(file, stale);
  await using server = await start(directory.path);
  assert.equal(await answer(server), 1);
});

it("waits for a server that is starting up as long as it lives, and says so", { skip: !isLinux }, async () => {
  await using directory = await directoryWithDatabase();
  const release = await holdStart(path.join(directory.path, "postgres"));
  const logger = new KeptLog();
  const patience = { silentMs: 300, askEveryMs: 50, sayEveryMs: 200 };
  const never = new AbortController().signal;
  const starting = startEmbeddedServer({ dataDirectory: directory.path, logger, patience }, { signal: never });
  const said = (): number => logger.lines.filter(({ message }) => /still starting/.test(message)).length;
  await until(async () => said() >= 5);
  await release();
  await using server = await starting;
  assert.equal(await answer(server), 1);
});

it("keeps its socket in a short private directory when the data directory's path is too long", async () => {
  await using directory = await temporaryDirectory();
  const deep = path.join(directory.path, "d".repeat(60), "e".repeat(60));
  await fs.mkdir(deep, { recursive: true });
  await run("cp", ["-a", path.join(prepared.path, "postgres"), deep]);
  const server = await start(deep);
  const { host } = server.connection;
  assert.ok(!host.startsWith(deep));
  assert.equal((await fs.stat(host)).mode & 0o777, 0o700);
  assert.equal(await answer(server), 1);
  await server[Symbol.asyncDispose]();
  await assert.rejects(fs.stat(host), { code: "ENOENT" });
});

it("leaves no process behind when it is stopped", async () => {
  await using directory = await directoryWithDatabase();
  const server = await start(directory.path);
  await server[Symbol.asyncDispose]();
  assert.deepEqual(await serverProcesses(server.directory), []);
  assert.equal(server.pid, null);
});

it("refuses the directory of another PostgreSQL version with a sentence", async () => {
  await using directory = await temporaryDirectory();
  await fs.mkdir(path.join(directory.path, "postgres"));
  await fs.writeFile(path.join(directory.path, "postgres/PG_VERSION"), "17\n");
  await assert.rejects(start(directory.path), /was made by PostgreSQL 17; this Gust brings PostgreSQL 18/);
});

it("says which user cannot enter the directories above", { skip: !isRoot }, async () => {
  await using directory = await temporaryDirectory();
  const inner = path.join(directory.path, "data");
  await fs.mkdir(inner);
  await fs.chmod(directory.path, 0o700);
  await assert.rejects(start(inner), /as user nobody.*enterable by that user \(chmod o\+x\)/);
});

it("names a full disk, its directory and the free bytes", { skip: !isRoot }, async (test) => {
  await using directory = await temporaryDirectory();
  await using _ = await smallDisk(directory.path, "16m", test);
  await assert.rejects(start(directory.path), (error: unknown) => {
    assert.ok(error instanceof PlatformError);
    assert.equal(error.code, "StoreUnavailable");
    assert.match(error.message, /The disk under .+ is full \(\d+ bytes free\)/);
    return true;
  });
});

it(
  "reports a disk that fills up while statements run, and works again once there is room",
  { skip: !isRoot },
  async (test) => {
    await using directory = await temporaryDirectory();
    await using _ = await smallDisk(directory.path, "160m", test);
    await using store = await openStore({ dataDirectory: directory.path, logger: new KeptLog(), clock: systemClock });
    const functionId = newFunctionId();
    const row = {
      functionId,
      requestId: null,
      instanceId: "box",
      version: "1",
      lines: new EncodedLines(),
      droppedLines: 0,
    };
    const insert = (): Promise<void> =>
      store.records.insertLogs([{ ...row, at: Date.now(), returnMessage: randomBytes(2_000_000).toString("base64") }]);
    const last = path.join(directory.path, "spool", `reserve-${reserveSize.files - 1}`);
    await until(async () => (await fs.stat(last).catch(() => null))?.size === reserveSize.fileBytes); // takes no more from now on
    const filler = path.join(directory.path, "filler");
    await run("fallocate", ["-l", String(await freeBytes(directory.path)), filler]);
    await assert.rejects(async () => {
      for (let count = 0; count < 50; count++) await insert();
    }, /The disk under .+ is full \(\d+ bytes free\)/);
    await fs.rm(filler);
    await until(() =>
      insert().then(
        () => true,
        () => false,
      ),
    );
  },
);

it("copies the programs once when the package is not readable for the server's user, or lacks its links", async () => {
  await using directory = await temporaryDirectory();
  const { root, version } = await findPackage();
  const hidden = path.join(directory.path, "hidden");
  await fs.mkdir(hidden, { mode: 0o700 });
  await run("cp", ["-r", root, path.join(hidden, "package")]);
  const data = path.join(directory.path, "data");
  await fs.mkdir(data);
  const user = await findServerUser(data);
  const programs = await findPrograms(data, user, { root: path.join(hidden, "package"), version });
  const expected = isRoot ? path.join(data, "postgres-bin", version) : path.join(hidden, "package");
  assert.equal(programs.root, path.join(expected, "native"));
  const { stdout } = await run(path.join(programs.root, "bin/postgres"), ["--version"], { ...user.spawn, cwd: "/" });
  assert.match(stdout, /PostgreSQL\) 18/);
});

/** A directory with a database in it, copied because making one takes most of a second. */
async function directoryWithDatabase(): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await temporaryDirectory();
  await run("cp", ["-a", path.join(prepared.path, "postgres"), directory.path]);
  return directory;
}

/**
 * Makes the next start wait, answering that it is starting up, until the returned function is called: where the statistics of a clean
 * stop are read, it finds a pipe.
 */
async function holdStart(home: string): Promise<() => Promise<void>> {
  const file = path.join(home, "pg_stat/pgstat.stat");
  const { uid, gid } = await fs.stat(file);
  await fs.rm(file);
  await run("mkfifo", ["-m", "600", file]);
  await fs.chown(file, uid, gid);
  return async () => (await fs.open(file, "r+")).close(); // a plain "w" would itself wait for a reader
}

function start(dataDirectory: string): Promise<EmbeddedServer> {
  return startEmbeddedServer({ dataDirectory, logger: new KeptLog() }, { signal: new AbortController().signal });
}

/** Starts a server from a process that is killed at once; answers the server's pid. */
async function startAndLeave(dataDirectory: string): Promise<number> {
  const door = new URL("../../src/store/postgres/server.ts", import.meta.url).href;
  const script = `
    const { startEmbeddedServer } = await import(${JSON.stringify(door)});
    const logger = { error() {}, warn() {}, info() {}, debug() {} };
    const options = { dataDirectory: ${JSON.stringify(dataDirectory)}, logger };
    await startEmbeddedServer(options, { signal: new AbortController().signal });
    process.kill(process.pid, "SIGKILL");`;
  await assert.rejects(run(process.execPath, ["--input-type=module", "-e", script]), { signal: "SIGKILL" });
  return mainPid(path.join(dataDirectory, "postgres"));
}

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await fs.statfs(directory);
  return bavail * bsize;
}

async function mainPid(directory: string): Promise<number> {
  return Number((await fs.readFile(path.join(directory, "postmaster.pid"), "utf8")).split("\n")[0]);
}

async function answer(server: EmbeddedServer): Promise<number | undefined> {
  const client = new Client(server.connection);
  await client.connect();
  const { rows } = await client.query<{ one: number }>("select 1 as one");
  await client.end();
  return rows[0]?.one;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const signal = AbortSignal.timeout(20_000);
  for await (const _ of every(10, undefined, { signal })) if (await isTrue()) return;
}
