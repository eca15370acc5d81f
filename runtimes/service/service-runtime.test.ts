import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { writeCodePackage, type PackageFiles } from "../../tests/conformance/code-package.ts";
import type { Failure } from "../../tests/conformance/runtime-call.ts";
import { RuntimeClient, type InitOptions } from "../../tests/conformance/runtime-client.ts";

const command = [process.execPath, fileURLToPath(new URL("main.js", import.meta.url))];
const node = JSON.stringify(process.execPath);

/** A server that says what it was given; `listen` is the argument of listen(). */
const server = (listen = "process.env.PORT"): string => `
  process.on("SIGTERM", () => { setTimeout(() => { console.log("told to stop"); process.exit(0); }, 50); });
  require("http").createServer((req, res) => {
    if (req.url === "/die") process.exit(3);
    if (req.url === "/echo") return req.pipe(res);
    if (req.url === "/pid") return res.end(String(process.pid));
    res.end(JSON.stringify({ port: process.env.PORT, scf: process.env.TENCENTCLOUD_SERVER_PORT, own: process.env.OWN, proxies: process.env.FORWARDED_ALLOW_IPS, channel: process.env.GUST_CHANNEL_FD, cwd: process.cwd() }));
  }).listen(${listen});`;

const bootstrap = (text: string, mode = 0o755): { text: string; mode: number } => ({ text, mode });
const withServer: PackageFiles = {
  "server.js": server(),
  scf_bootstrap: bootstrap(`#!/bin/sh\necho from the script\n${node} server.js\n`),
};

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo; // it listens on a port
  probe.close();
  await once(probe, "close");
  return port;
}

async function withService(
  files: PackageFiles,
  options: Partial<InitOptions>,
  test: (client: RuntimeClient, port: number, root: string) => Promise<void>,
): Promise<void> {
  await using code = await writeCodePackage(files);
  await using client = new RuntimeClient(command);
  const wanted = await freePort();
  await client.ready();
  const answer = await client.init({ form: "service", handler: "", codeRoot: code.root, port: wanted, ...options });
  if (answer.failure) throw new Error(`INIT_FAILED: ${answer.failure.message}`);
  assert.ok(answer.port);
  await test(client, answer.port, code.root);
}

async function initFailure(files: PackageFiles, options: Partial<InitOptions> = {}): Promise<Failure> {
  await using code = await writeCodePackage(files);
  await using client = new RuntimeClient(command);
  await client.ready();
  const port = options.port ?? (await freePort());
  const { failure } = await client.init({ form: "service", handler: "", codeRoot: code.root, port, ...options });
  assert.ok(failure, "INIT must fail");
  return failure;
}

const get = async (port: number, path: string): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}${path}`)).text();

function echo(address: string, host: string): (client: RuntimeClient, port: number) => Promise<void> {
  return async (client, port) => {
    const answer = await fetch(`http://${host}:${port}/echo`, { method: "POST", body: "x".repeat(3_000_000) });
    assert.equal((await answer.text()).length, 3_000_000);
    assert.match(client.linesOf(0).join("\n"), new RegExp(`listens on ${address} alone, port ${port}`));
  };
}

/** A process that ended counts as ended though nobody waited for it. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** Resolves when a process that was killed is dead: it dies when its processor gets to it. */
async function dead(pid: number): Promise<void> {
  for (const bound = Date.now() + 5_000; isAlive(pid);) {
    assert.ok(Date.now() < bound, "killed, it must die");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Memory of a process. */
function residentMb(pid: number | undefined): number {
  const [, pages] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
  return (Number(pages) * 4_096) / 1024 ** 2;
}

describe("service: starting", () => {
  it("runs scf_bootstrap in the code root with its port, and is initialized when it listens", () =>
    withService(withServer, { environment: { OWN: "1" } }, async (client, port, root) => {
      const said = JSON.parse(await get(port, "/"));
      assert.deepEqual(said, { port: String(port), scf: String(port), own: "1", proxies: "*", cwd: root });
      assert.deepEqual(client.logs, [{ call: 0, stream: 1, text: "from the script" }]);
    }));

  for (const [name, files, handler] of [
    ["the file of the handler", { "app.js": server() }, "app.js"],
    ["the file of the handler without its extension", { "src/app.cjs": server() }, "src/app"],
    ["the file of a handler with an export", { "index.js": server() }, "index.main_handler"],
  ] as const) {
    it(`runs ${name} with Node`, () =>
      withService(files, { handler }, async (_, port) => assert.match(await get(port, "/"), /port/)));
  }

  it("runs the file of the handler for the 2019 runtimes, whatever else is there", () =>
    withService(
      { "app.js": server(), scf_bootstrap: bootstrap("#!/bin/sh\nexit 9\n") },
      { handler: "app.js", environment: { SCF_RUNTIME: "Nodejs8.9-service" } },
      async (_, port) => assert.match(await get(port, "/"), /port/),
    ));

  it("takes another port when the service listens there and not where it should", () =>
    freePort().then((other) =>
      withService({ "app.js": server(`${other}`) }, { handler: "app.js" }, async (_, port) =>
        assert.equal(port, other),
      ),
    ));

  it("prefers its port though others are open first", () =>
    freePort().then((other) =>
      withService(
        { "app.js": `require("net").createServer().listen(${other}); setTimeout(() => { ${server()} }, 60);` },
        { handler: "app.js" },
        async (_, port) => assert.notEqual(port, other),
      ),
    ));

  it("is not deceived by another process on the port", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo; // it listens on a port
    const failure = await initFailure(
      { "app.js": "setInterval(() => {}, 1000)" },
      { handler: "app.js", port, initTimeoutMs: 150 },
    );
    other.close();
    assert.equal(failure.kind, "port");
    assert.match(failure.message, new RegExp(`must listen on 0\\.0\\.0\\.0:\\$PORT \\(${port}\\); it listens on none`));
  });

  it("passes requests on to a server that only its own instance reaches, both ways, and says so", async () => {
    for (const [address, host] of [
      ["127.0.0.1", "127.0.0.2"], // as in a box, whose address is another than its loopback
      ["::1", "127.0.0.1"],
    ] as const)
      await withService(
        { "app.js": server(`process.env.PORT, "${address}"`) },
        { handler: "app.js", host },
        echo(address, host),
      );
  });

  it("passes nothing on that is reached anyway", () =>
    withService({ "app.js": server() }, { handler: "app.js", host: "127.0.0.2" }, async (client, port) => {
      assert.match(await (await fetch(`http://127.0.0.2:${port}/`)).text(), /port/);
      assert.deepEqual(client.logs, []);
    }));

  it("says when it only listens where it cannot be reached", async () => {
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    const failure = await initFailure(
      { "app.js": `console.error("up"); require("net").createServer().listen(${port}, "::1")` },
      { handler: "app.js", initTimeoutMs: 3_000, port },
    );
    other.close();
    assert.equal(failure.kind, "port");
    assert.match(
      failure.stackTrace,
      /it listens on \d+, at an address that is not reached from here\. Its last output:\nup/,
    );
  });
});

const failures: Record<string, [files: PackageFiles, message: RegExp]> = {
  "nothing to start": [{ "readme.md": "" }, /no scf_bootstrap in the code package/],
  "an empty script": [{ scf_bootstrap: bootstrap("") }, /is empty/],
  "a script without an interpreter": [
    { scf_bootstrap: bootstrap("node server.js\n") },
    /let its first line be #!\/bin\/sh/,
  ],
  "Windows line endings": [
    { scf_bootstrap: bootstrap("#!/bin/sh\r\nnode server.js\r\n") },
    /Windows line endings \(CRLF\)/,
  ],
  "a script that is not executable": [{ scf_bootstrap: bootstrap("#!/bin/sh\n", 0o644) }, /chmod 755 scf_bootstrap/],
  "an interpreter that is not here": [
    { scf_bootstrap: bootstrap("#!/var/lang/node12/bin/node\n") },
    /interpreter \/var\/lang\/node12\/bin\/node, which does not exist/,
  ],
  "a program that is not here": [
    { scf_bootstrap: bootstrap("#!/bin/sh\n/var/lang/node12/bin/node app.js\n") },
    /exited with code 127\. A command was not found: .*\. Its last output:\n.*\/var\/lang\/node12/,
  ],
  "a script that fails": [
    { scf_bootstrap: bootstrap("#!/bin/sh\necho one\necho two >&2\nexit 5\n") },
    /ended before it listened on a port: scf_bootstrap exited with code 5\. Its last output:\n(one\ntwo|two\none)/,
  ],
  "a script that is killed": [
    { scf_bootstrap: bootstrap("#!/bin/sh\nkill -9 $$\n") },
    /was ended by SIGKILL\. It printed nothing/,
  ],
  "a server in the background": [
    { scf_bootstrap: bootstrap("#!/bin/sh\nsleep 30 &\n") },
    /exited with code 0\. It must stay while the server runs/,
  ],
};

describe("service: a start that cannot work is explained", () => {
  for (const [name, [files, message]] of Object.entries(failures)) {
    it(name, async () => {
      const failure = await initFailure(files);
      assert.equal(failure.kind, "start");
      assert.match(failure.stackTrace, message);
      assert.ok(failure.stackTrace.includes(failure.message));
      assert.doesNotMatch(failure.message, /last output/, "what it printed is for its owner alone");
    });
  }

  it("a port that is taken", async () => {
    const other = createServer().listen(0);
    await once(other, "listening");
    const { port } = other.address() as AddressInfo; // it listens on a port
    const failure = await initFailure({ "app.js": server(String(port)) }, { handler: "app.js" });
    other.close();
    assert.match(
      failure.message,
      /Its port is taken: here services share the ports of the host, so it must listen on \$PORT/,
    );
  });
});

describe("service: running and ending", () => {
  it("tells of its end, with its last output, and exits", () =>
    withService(withServer, {}, async (client, port) => {
      await get(port, "/die").catch(() => undefined);
      assert.equal((await client.exited()).code, 1);
      assert.equal(client.failures[0]?.kind, "exit");
      assert.match(
        client.failures[0]?.stackTrace ?? "",
        /The service ended: scf_bootstrap exited with code 3\. Its last output:\nfrom the script/,
      );
    }));

  it("sends SIGTERM at STOP to the server behind the script, and exits when it has ended", () =>
    withService(withServer, {}, async (client, port) => {
      const pid = Number(await get(port, "/pid"));
      client.stop(5_000);
      assert.deepEqual(await client.exited(), { code: 0, signal: null });
      assert.ok(client.linesOf(0).includes("told to stop"));
      assert.equal(isAlive(pid), false);
    }));

  it("kills what does not end within the grace", () =>
    withService(
      {
        "app.js": `${server()} process.removeAllListeners("SIGTERM"); process.on("SIGTERM", () => console.log("no"));`,
      },
      { handler: "app.js" },
      async (client, port) => {
        const pid = Number(await get(port, "/pid"));
        client.stop(50);
        assert.equal((await client.exited()).code, 0);
        await dead(pid);
      },
    ));

  it("leaves nothing running when the platform is gone", () =>
    withService(withServer, {}, async (client, port) => {
      const pid = Number(await get(port, "/pid"));
      client.hangUp();
      await client.exited();
      await dead(pid);
    }));

  it("does not keep output in memory that the platform does not take", () =>
    withService(
      {
        "app.js": `${server()} const print = () => { while (process.stdout.write("l".repeat(1000) + "\\n")); }; process.stdout.on("drain", print); setTimeout(print, 100);`,
      },
      { handler: "app.js" },
      async (client) => {
        client.pause();
        const before = residentMb(client.process.pid);
        const until = Date.now() + 400;
        while (Date.now() < until) await new Promise((resolve) => setImmediate(resolve));
        const grown = residentMb(client.process.pid) - before;
        assert.ok(grown < 30, `grew by ${grown} MB`);
        client.resume();
        while (client.logs.length < 2_000) await client.ping();
      },
    ));

  it("answers PING, and calls with a failure", () =>
    withService(withServer, {}, async (client) => {
      assert.equal(await client.ping(), 1);
      assert.match((await client.request("GET", "/").answer).failure?.message ?? "", /takes requests at its port/);
    }));
});
