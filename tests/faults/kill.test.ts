import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { clientOf, deploy } from "../deployed-function.ts";
import { descendantsNamed, withDescendants } from "../performance/processes.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";

const eventFiles = { "index.js": `exports.main_handler = async (event) => ({ n: event.n, pid: process.pid });` };
const httpFiles = { "index.mjs": `export default { fetch: () => new Response(String(process.pid)) };` };

/** Calls an event function again and again until `stop`; remembers the request id of each acknowledged call. */
function callStream(
  server: RunningServer,
  name: string,
): { acknowledged: string[]; failures: string[]; stop(): Promise<void> } {
  const client = clientOf(server);
  const acknowledged: string[] = [];
  const failures: string[] = [];
  let isRunning = true;
  const work = Array.from({ length: 4 }, async () => {
    while (isRunning) {
      await client
        .call("Invoke", { FunctionName: name, ClientContext: JSON.stringify({ n: acknowledged.length }) })
        .then(
          ({ Result: result }) => {
            const { FunctionRequestId: id, InvokeResult: code, ErrMsg: message } = result as Record<string, string>; // wire type of Invoke
            if (String(code) === "0") acknowledged.push(String(id));
            if (String(code) !== "0") failures.push(String(message));
          },
          (error: unknown) => {
            failures.push(String(error));
          },
        );
    }
  });
  return {
    acknowledged,
    failures,
    async stop() {
      isRunning = false;
      await Promise.all(work);
    },
  };
}

async function until(what: string, check: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within 30 s`);
    await once(AbortSignal.timeout(20), "abort");
  }
}

async function recordsOf(server: RunningServer, name: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (let offset = 0; ; offset += 1_000) {
    const { Data: data } = await clientOf(server).call("GetFunctionLogs", {
      FunctionName: name,
      Offset: offset,
      Limit: 1_000,
    });
    const rows = data as { RequestId: string }[]; // wire type of GetFunctionLogs
    for (const row of rows) found.add(row.RequestId);
    if (rows.length < 1_000 || offset >= 8_000) return found;
  }
}

/** Processes that still carry the installation's mark or directory on their command line or in their environment. */
async function leftOvers(dataDirectory: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await fs.readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    const text = await Promise.all(
      ["environ", "cmdline"].map((file) => fs.readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")), // ended meanwhile
    );
    if (text.join("\0").includes(dataDirectory)) found.push(`${pid} ${text[1]?.replaceAll("\0", " ")}`);
  }
  return found;
}

/** The process of this host that is the runtime of a sandbox. */
async function runtimeOf(sandbox: string): Promise<number> {
  const pids = (await fs.readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const read = (file: string): Promise<string> => fs.readFile(`/proc/${pid}/${file}`, "utf8").catch(() => ""); // ended meanwhile
    const [environment, [program = "", script = ""]] = [await read("environ"), (await read("cmdline")).split("\0")];
    const isRuntime = program.endsWith("/node") && script.endsWith("runtimes/node/main.js");
    if (isRuntime && environment.split("\0").includes(`GUST_SANDBOX=${sandbox}`)) return Number(pid);
  }
  throw new Error(`No process of this host is the runtime of ${sandbox}`);
}

describe("kill -9 during a stream of calls", () => {
  it("of the platform: everything acknowledged is there after a restart, and nothing is left over", async () => {
    const dataDirectory = await makeDataDirectory();
    try {
      let acknowledged: string[] = [];
      {
        await using server = await startServer({ dataDirectory });
        await deploy(server, "steady", eventFiles);
        await clientOf(server).call("PublishVersion", { FunctionName: "steady" });
        const stream = callStream(server, "steady");
        await until("200 calls", () => stream.acknowledged.length >= 200);
        await server.crash();
        await stream.stop();
        acknowledged = stream.acknowledged;
      }
      await using server = await startServer({ dataDirectory });
      const { Versions: versions } = await clientOf(server).call("ListVersionByFunction", { FunctionName: "steady" });
      assert.deepEqual((versions as { Version: string }[]).map(({ Version: version }) => version).toSorted(), [
        "$LATEST",
        "1",
      ]);
      const { Result: result } = await clientOf(server).call("Invoke", {
        FunctionName: "steady",
        ClientContext: '{"n":1}',
      });
      assert.match((result as Record<string, string>)["RetMsg"] ?? "", /"n":1/);
      const records = await recordsOf(server, "steady");
      assert.deepEqual(
        acknowledged.filter((id) => !records.has(id)),
        [],
      );
      const mine = new Set(withDescendants(server.pid));
      const strangers = (await leftOvers(dataDirectory)).filter((line) => !mine.has(Number(line.split(" ")[0])));
      assert.deepEqual(strangers, []);
      await server.stop();
      assert.deepEqual(await leftOvers(dataDirectory), []);
      assert.deepEqual(
        (await fs.readdir(path.join(dataDirectory, "run"), { recursive: true })).filter((name) => name !== "boxes"),
        [],
      );
    } finally {
      await fs.rm(dataDirectory, { recursive: true, force: true });
    }
  });

  it("of PostgreSQL: warm functions keep answering, and writes work again without a person", async () => {
    await using server = await startServer();
    await deploy(server, "steady", eventFiles);
    const { url } = await deploy(server, "warm", httpFiles, { Type: "HTTP", Handler: "index.default" });
    const stream = callStream(server, "steady");
    await until("50 calls", () => stream.acknowledged.length >= 50);
    const [postmaster] = descendantsNamed(server.pid, "postgres");
    assert.ok(postmaster);
    process.kill(postmaster, "SIGKILL");
    for (let call = 0; call < 50; call++) assert.equal((await fetch(url)).status, 200);
    const before = stream.acknowledged.length;
    await until("calls of events go on", () => stream.acknowledged.length >= before + 50);
    await until("a write succeeds", () =>
      clientOf(server)
        .call("UpdateFunctionConfiguration", { FunctionName: "steady", Description: "after" })
        .then(
          () => true,
          () => false,
        ),
    );
    await stream.stop();
    const records = await recordsOf(server, "steady");
    assert.deepEqual(
      stream.acknowledged.filter((id) => !records.has(id)),
      [],
    );
  });

  it("of a sandbox: the call under way fails with 439, the next one works", async () => {
    await using server = await startServer();
    const { url } = await deploy(
      server,
      "victim",
      {
        "index.mjs": `export default { async fetch(request) { if (new URL(request.url).pathname === "/hang") await new Promise(() => setInterval(() => {}, 1e6)); return new Response(process.env.GUST_SANDBOX); } };`,
      },
      { Type: "HTTP", Handler: "index.default" },
    );
    const sandbox = await (await fetch(url)).text();
    const hanging = fetch(`${url}hang`);
    await until("the call is under way", async () => (await fetch(url)).status === 200);
    process.kill(await runtimeOf(sandbox), "SIGKILL");
    const failed = await hanging;
    assert.equal(failed.status, 502);
    assert.equal(failed.headers.get("x-scf-status"), "439");
    await failed.arrayBuffer();
    const next = await fetch(url);
    assert.equal(next.status, 200);
    assert.notEqual(await next.text(), sandbox);
  });
});

describe("the database hangs", () => {
  it("says so to writes while warm functions go on", async () => {
    await using server = await startServer();
    const { url } = await deploy(server, "warm", httpFiles, { Type: "HTTP", Handler: "index.default" });
    assert.equal((await fetch(url)).status, 200);
    const database = descendantsNamed(server.pid, "postgres");
    assert.notEqual(database.length, 0);
    for (const pid of database) process.kill(pid, "SIGSTOP");
    try {
      for (let call = 0; call < 20; call++) assert.equal((await fetch(url)).status, 200);
      await assert.rejects(
        clientOf(server).call("UpdateFunctionConfiguration", { FunctionName: "warm", Description: "never" }),
        /database/i,
      );
      assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
      assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    } finally {
      for (const pid of database) process.kill(pid, "SIGCONT");
    }
    await until("a write succeeds again", () =>
      clientOf(server)
        .call("UpdateFunctionConfiguration", { FunctionName: "warm", Description: "after" })
        .then(
          () => true,
          () => false,
        ),
    );
  });
});
