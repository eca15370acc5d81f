import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { Client } from "pg";
import { WebSocket } from "ws";
import type { GustClient } from "../../sdk/src/client.ts";
import { startNetworkServer, type NetworkServer } from "../../src/store/network-server-under-test.ts";
import { clientOf, deploy, type DeployedFunction } from "../deployed-function.ts";
import { gust } from "../gust-command.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { until, untilAllRan } from "./aftermath.ts";
import { httpTraffic } from "./traffic.ts";

const eventFiles = {
  "index.js": "exports.main_handler = (event) => new Promise((resolve) => setTimeout(resolve, event.ms ?? 0, event));",
};
const httpFiles = {
  "index.mjs": `export default { async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    await new Promise((resolve) => setTimeout(resolve, Number(searchParams.get("ms") ?? 0)));
    return new Response(JSON.stringify({ pathname, box: process.env.GUST_SANDBOX, id: request.headers.get("x-scf-request-id"),
      forwarded: request.headers.get("x-forwarded-for"), body: await request.text() }));
  } };`,
};
const serviceFiles = {
  "server.js": `const http = require("node:http");
    const { createHash } = require("node:crypto");
    http.createServer((req, res) => req.pipe(res)).on("upgrade", (req, socket) => {
      const accept = createHash("sha1").update(req.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
      socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n");
      socket.write(Buffer.concat([Buffer.from([0x81, 5]), Buffer.from("hello")]));
    }).listen(Number(process.env.PORT));`,
  scf_bootstrap: { text: "#!/bin/sh\nexec node server.js\n", mode: 0o755 },
};
const httpType = { Type: "HTTP", Handler: "index.default" };

describe("processes with one role each on one PostgreSQL", () => {
  const parts = new AsyncDisposableStack();
  let database: NetworkServer;
  let control: RunningServer;
  let statusAlone: string;
  let data: readonly RunningServer[];
  let web: DeployedFunction;
  let pages: DeployedFunction;

  before(async () => {
    database = parts.use(await startNetworkServer());
    const start = async (roles: string): Promise<RunningServer> =>
      parts.use(await startServer({ environment: { DATABASE_URL: database.url, GUST_ROLES: roles } }));
    control = await start("control");
    statusAlone = (await gust(["status", "--data", control.dataDirectory])).stdout;
    data = await Promise.all([start("data"), start("data")]);
    [web, pages] = await Promise.all([
      deploy(control, "web", httpFiles, httpType),
      deploy(control, "pages", serviceFiles, { Type: "HTTP" }),
      deploy(control, "echo", eventFiles),
    ]);
    await until("both hosts have prepared all", () =>
      data.every(({ output }) => (output().match(/A function is ready/g) ?? []).length >= 3),
    );
  });

  after(() => parts.disposeAsync());

  const urlAt = ({ url }: RunningServer, { name }: DeployedFunction, path = ""): string =>
    `${url}/~default/${name}/${path}`;

  it("send all calls of a function to its host while that has room", async () => {
    const boxes = new Set<string>();
    for (const server of [...data, ...data]) {
      const { box } = (await (await fetch(urlAt(server, web))).json()) as { box: string };
      boxes.add(box);
    }
    assert.equal(boxes.size, 1);
  });

  it("answer a call at each data process, wherever the function is", async () => {
    for (const server of data) {
      const answers = await Promise.all(
        Array.from({ length: 8 }, async (_, n) => {
          const answer = await fetch(urlAt(server, web, `${n}`), { method: "POST", body: `body ${n}` });
          return [answer.status, answer.headers.get("x-scf-request-id"), await answer.json()] as const;
        }),
      );
      for (const [n, [status, id, said]] of answers.entries()) {
        assert.equal(status, 200);
        assert.partialDeepStrictEqual(said, { pathname: `/${n}`, id, forwarded: "127.0.0.1", body: `body ${n}` });
      }
      const large = Buffer.alloc(3_000_000, "streamed");
      const echoed = await fetch(urlAt(server, pages), { method: "POST", body: large });
      assert.ok(Buffer.from(await echoed.arrayBuffer()).equals(large));
      const socket = new WebSocket(urlAt(server, pages).replace("http", "ws"));
      const [heard] = await once(socket, "message");
      assert.equal(String(heard), "hello");
      socket.terminate();
    }
    const { versions } = await statusOf(control);
    assert.ok(versions.some(({ name }) => name === "web"));
    const status = await gust(["status", "--data", control.dataDirectory]);
    for (const { url } of data) assert.ok(status.stdout.includes(`data at ${url}`), status.stdout);
    assert.match(status.stdout, /control at \S+ \(which answered\)/);
  });

  it("say where functions and the API are, and pass calls of the API on", async () => {
    assert.match(statusAlone, /no process runs functions yet. Start one .*--roles data/);
    const called = async (...words: string[]): Promise<string> => {
      const { code, stdout, stderr } = await gust([...words, "--data", control.dataDirectory]);
      assert.equal(code, 0, stderr);
      return stdout + stderr;
    };
    const at = `(?:${data.map(({ port }) => port).join("|")})`;
    assert.match(await called("up", "--roles", "control"), new RegExp(`API answers here, and functions at .*:${at}`));
    assert.match(
      await called("info", "web"),
      new RegExp(`http://127.0.0.1:${at}/~default/web/.*http://\\S+:${at}/`, "s"),
    );
    assert.match(await called("url", "web"), new RegExp(`^http://\\S+:${at} +new`));
    assert.match(await called("invoke", "web"), /"pathname":"\/"/);
    assert.match(
      await (await fetch(control.url)).text(),
      new RegExp(`of processes with the role data: http://\\S+:${at}`),
    );
    const misdirected = await fetch(urlAt(control, web));
    assert.equal(misdirected.status, 421);
    const { error } = (await misdirected.json()) as { error: { message: string } };
    for (const { url } of data) assert.ok(error.message.includes(url), error.message);
    for (const server of data) {
      const result = await invoke(clientOf(server), { at: server.port });
      assert.equal(JSON.parse(result.RetMsg).at, server.port);
    }
  });

  it("fail no call while a data process stops and comes back", async () => {
    const [first, second] = data;
    assert.ok(first && second);
    const traffic = [web, pages].map((called) => httpTraffic({ ...called, url: urlAt(first, called) }));
    await Promise.all(traffic.map((calls) => calls.more(20)));
    await second.stop();
    await Promise.all(traffic.map((calls) => calls.more(20)));
    const { dataDirectory } = second;
    const again = await startServer({ dataDirectory, environment: { DATABASE_URL: database.url, GUST_ROLES: "data" } });
    data = [first, parts.use(again)];
    await Promise.all(traffic.map((calls) => calls.more(50)));
    await Promise.all(traffic.map((calls) => calls.stop()));
    assert.deepEqual(
      traffic.flatMap(({ failures }) => failures),
      [],
    );
  });

  it("go on when a data process hangs: what it had ends with a sentence, and it has calls again when it wakes", async () => {
    const [first, second] = data;
    assert.ok(first && second);
    const ended = Array.from({ length: 8 }, async () => {
      const answer = await fetch(urlAt(first, web, "?ms=1500"));
      return [answer.status, answer.headers.get("x-scf-status") ?? "0", await answer.text()].join(" ");
    });
    const invoked = Array.from({ length: 8 }, () => invoke(clientOf(control), { ms: 1_500 }));
    await until("the calls run, on both of them", async () => (await statusOf(control)).runningCalls === 16);
    process.kill(second.pid, "SIGSTOP");
    const stoppedAt = performance.now();
    const said = [
      ...(await Promise.all(ended)),
      ...(await Promise.all(invoked)).map((result) => JSON.stringify(result)),
    ];
    assert.ok(performance.now() - stoppedAt < 15_000, `after ${performance.now() - stoppedAt} ms`);
    const lost = said.filter((text) => /host that ran .* has answered nothing for \d+ s/.test(text));
    const requests = lost.filter((text) => text.startsWith("502 405 ")).length;
    assert.ok(requests >= 3 && lost.length - requests >= 3, said.join("\n")); // neither host has more than five of eight
    const answered = said.filter((text) => /^200 |"InvokeResult":0/.test(text)).length;
    assert.equal(answered + lost.length, 16, said.join("\n"));
    const traffic = [web, pages].map((called) => httpTraffic({ ...called, url: urlAt(first, called) }));
    await Promise.all(traffic.map((calls) => calls.more(20)));
    process.kill(second.pid, "SIGCONT");
    await until("it is back", async () => (await statusOf(control)).hosts.length === 3);
    await Promise.all(traffic.map((calls) => calls.more(50)));
    await Promise.all(traffic.map((calls) => calls.stop()));
    assert.deepEqual(
      traffic.flatMap(({ failures }) => failures),
      [],
    );
  });

  it("go on when a data process is killed", async () => {
    const [first, second] = data;
    assert.ok(first && second);
    await second.crash();
    for (let call = 0; call < 10; call++) {
      const answer = await fetch(urlAt(first, web), { method: "POST", body: "again" });
      assert.equal(answer.status, 200, await answer.text());
      assert.equal((await fetch(urlAt(first, pages))).status, 200);
    }
    const results = await Promise.all(Array.from({ length: 6 }, (_, n) => invoke(clientOf(control), { n })));
    assert.deepEqual(
      results.map(({ InvokeResult: code }) => code),
      results.map(() => 0),
    );
    const environment = { DATABASE_URL: database.url, GUST_ROLES: "data" };
    await using back = await startServer({ dataDirectory: second.dataDirectory, environment }); // it removes what the dead one left
    await until(
      "the next process of the directory answers",
      async () => (await fetch(urlAt(back, web))).status === 200,
    );
  });

  it("answer warm functions while the control process and the database are away; what was accepted and recorded comes once when they are back", async () => {
    const [first] = data;
    assert.ok(first);
    const underway = await invoke(clientOf(control), { ms: 1_500 }, "Event");
    await until("the event is under way", async () => (await statusOf(control)).runningCalls > 0);
    await control.crash();
    await database.stop();
    const answered: string[] = [];
    const served: string[] = [];
    await until("the host has noticed", () => first.output().includes("lease of this host could not be renewed"));
    for (let call = 0; call < 10; call++) {
      const answer = await fetch(urlAt(first, web), { method: "POST", body: "alone" });
      assert.equal(answer.status, 200, await answer.text());
      answered.push(String(answer.headers.get("x-scf-request-id")));
      const page = await fetch(urlAt(first, pages));
      assert.equal(page.status, 200);
      served.push(String(page.headers.get("x-scf-request-id")));
    }
    const ready = await fetch(`${first.url}/readyz`);
    assert.deepEqual(
      [ready.status, await ready.json()],
      [200, { ready: true, parts: { database: "down", listener: "up" } }],
    );
    await assert.rejects(clientOf(first).call("ListFunctions", {}), /no process with the role control is in reach/);
    await database.start();
    await using back = await startServer({
      dataDirectory: control.dataDirectory,
      environment: { DATABASE_URL: database.url, GUST_ROLES: "control" },
    });
    const accepted = await invoke(clientOf(back), {}, "Event");
    await untilAllRan(
      back,
      "echo",
      [underway, accepted].map(({ FunctionRequestId: id }) => id),
    );
    await untilAllRan(back, "web", answered);
    await untilAllRan(back, "pages", served);
    assert.deepEqual(await recordsPerCall(database.url, [...answered, ...served]), [{ records: "1", calls: "20" }]);
  });
});

interface InvokeResult {
  readonly RetMsg: string;
  readonly InvokeResult: number;
  readonly FunctionRequestId: string;
}

async function invoke(client: GustClient, event: object, kind = "RequestResponse"): Promise<InvokeResult> {
  const { Result: result } = await client.call("Invoke", {
    FunctionName: "echo",
    InvocationType: kind,
    ClientContext: JSON.stringify(event),
  });
  return result as InvokeResult; // wire type of Invoke
}

async function statusOf(server: RunningServer) {
  const product = { service: "gust", version: "2026-11-24" };
  const { Status: status } = await clientOf(server).call("GetStatus", {}, { product });
  return status as { runningCalls: number; versions: { name: string }[]; hosts: object[] }; // wire type of GetStatus
}

/** How many of the calls have how many usage records, which are what is billed. */
async function recordsPerCall(url: string, ids: readonly string[]): Promise<object[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const perCall = "select count(*) as records from usage where request_id = any($1) group by request_id";
    const { rows } = await client.query(
      `select records, count(*) as calls from (${perCall}) as each group by records`,
      [ids],
    );
    return rows;
  } finally {
    await client.end();
  }
}
