import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { describe, it } from "node:test";
import { loopbackPort } from "../loopback-port.ts";
import { gust, makeDirectory, makeInstallation, startGust } from "../gust-command.ts";
import { deploy } from "../deployed-function.ts";
import { startServer } from "../running-server.ts";
import { isAlive } from "../../cli/installation/server-record.ts";

const bare = ["--port", "0", "--no-examples"];

describe("gust up, status and down", () => {
  it("start it detached, say where it is, and stop it", async () => {
    await using data = await makeInstallation();
    const at = ["--data", data.path];
    assert.equal((await gust(["status", ...at])).code, 3);
    const up = await gust(["up", "--detach", ...bare, ...at, "--host", "0.0.0.0", "--json"]);
    assert.equal(up.code, 0, up.stderr);
    const { url, pid, port } = JSON.parse(up.stdout);
    const status = await gust(["status", ...at, "--json"]);
    assert.equal(status.code, 0, status.stderr);
    const said = JSON.parse(status.stdout);
    assert.deepEqual([said.running, said.url, said.pid, said.functions], [true, url, pid, 0]);
    assert.deepEqual([said.instances.used, said.instances.frozen], [0, 0]);

    const again = await gust(["up", ...at, "--no-examples"]);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, new RegExp(`runs already at ${url}`));
    const elsewhere = await gust(["up", ...at, "--port", String(port === 65_535 ? 1 : port + 1)]);
    assert.equal(elsewhere.code, 2);
    assert.match(elsewhere.stderr, /on port \d+ and not on \d+\. To change it, stop it first \(gust down --data/);
    // open to the network, although it is called at the loopback
    assert.equal((await gust(["up", ...at, "--no-examples", "--host", "0.0.0.0"])).code, 0);
    const closer = await gust(["up", ...at, "--host", "127.0.0.1"]);
    assert.equal(closer.code, 2);
    assert.match(closer.stderr, /at 0\.0\.0\.0 and not at 127\.0\.0\.1\. To change it/);
    const record = JSON.parse(await fs.readFile(path.join(data.path, "run", "server.json"), "utf8"));
    const [runs, other] = record.isIsolated === true ? ["oci", "process"] : ["process", "oci"];
    const otherDriver = await gust(["up", ...at, "--sandbox", other]);
    assert.equal(otherDriver.code, 2);
    assert.match(
      otherDriver.stderr,
      new RegExp(`runs already at .* with --sandbox ${runs} and not ${other}\\. To change`),
    );
    const idle = await gust(["up", ...at], { environment: { GUST_IDLE_STOP_S: "45", GUST_BOX_ALLOW: "10.0.0.0/8" } });
    assert.equal(idle.code, 2);
    assert.match(
      idle.stderr,
      /with GUST_IDLE_STOP_S=600 and not 45 and without GUST_BOX_ALLOW=10\.0\.0\.0\/8\. To change/,
    );
    const same = await gust(["up", ...at, "--no-examples"], {
      environment: { GUST_IDLE_STOP_S: "600", GUST_HOST: "::1" },
    });
    assert.equal(same.code, 2, "the variable of an option counts where the option is not given");
    assert.match(same.stderr, /at 0\.0\.0\.0 and not at ::1/);
    for (const driver of ["auto", runs]) {
      assert.equal((await gust(["up", ...at, "--no-examples", "--sandbox", driver])).code, 0);
    }

    const down = await gust(["down", ...at]);
    assert.equal(down.code, 0, down.stderr);
    assert.equal(isAlive(pid), false);
    assert.equal((await gust(["down", ...at])).code, 0);
    const gone = await gust(["list", ...at]);
    assert.equal(gone.code, 3);
    assert.match(gone.stderr, /No Gust answers at .* Start it with `gust up`/);
  });

  it("deploys the examples, prints a line for each, and stops in order at Ctrl-C", async () => {
    await using data = await makeInstallation();
    const up = startGust(["up", "--port", "0", "--data", data.path]);
    const said = await up.untilSaid(/Try:\n(?:.*\n){3}/);
    assert.match(said, /hello-event +event function/);
    assert.match(
      said,
      /stream-http +HTTP function +http:\/\/127\.0\.0\.1:\d+\/~default\/stream-http\/ +http:\/\/stream-http-\w{8}\.localhost:\d+\//,
    );
    assert.match(said, /express-service +HTTP service/);
    const [, curl] = /\$ curl (\S+stream-http\/)/.exec(said) ?? [];
    const answer = await fetch(String(curl));
    assert.match(await answer.text(), /Each of these lines/);
    up.child.kill("SIGINT");
    const ended = await up.ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal((await gust(["status", "--data", data.path])).code, 3);
  });

  it("leaves nothing running when Ctrl-C comes while it starts", async () => {
    await using data = await makeInstallation();
    const up = startGust(["up", ...bare, "--data", data.path]);
    await up.untilSaid(/Starting with data in/);
    up.child.kill("SIGINT");
    const { code, stderr } = await up.ended;
    assert.equal(code, 130, stderr);
    assert.deepEqual(await fs.readdir(path.join(data.path, "run")).catch(() => []), []);
  });

  it("gives the server's one sentence when the port is taken", async () => {
    await using data = await makeInstallation();
    const other = net.createServer();
    const port = String(await loopbackPort(other));
    try {
      const foreground = await gust(["up", "--no-examples", "--port", port, "--data", data.path]);
      assert.equal(foreground.code, 1);
      assert.match(foreground.stderr, new RegExp(`^gust: .*${port}.*$`, "m"));
      const detached = await gust(["up", "--detach", "--no-examples", "--port", port, "--data", data.path]);
      assert.equal(detached.code, 1);
      assert.match(detached.stderr, new RegExp(`^gust: .*${port}.* Its log: `, "m"));
    } finally {
      other.close();
      await once(other, "close");
    }
  });

  it("says so when the data directory cannot be used", async () => {
    await using directory = await makeDirectory({ file: "" });
    const up = await gust(["up", ...bare, "--data", path.join(directory.path, "file", "data")]);
    assert.equal(up.code, 1);
    assert.match(up.stderr, /^gust: The data directory .* cannot be used/m);
  });

  it("names a setting that is wrong", async () => {
    await using data = await makeInstallation();
    const up = await gust(["up", ...bare, "--data", data.path], { environment: { GUST_IDLE_STOP_S: "soon" } });
    assert.equal(up.code, 1);
    assert.match(up.stderr, /^gust: Wrong settings: GUST_IDLE_STOP_S=soon \(expected number.*\)\. Correct or unset/m);
  });

  it("says which directory has no server, and how to start one there", async () => {
    await using data = await makeInstallation();
    const { code, stderr } = await gust(["list", "--data", data.path]);
    assert.equal(code, 3);
    assert.match(
      stderr,
      new RegExp(`No Gust has run with .*${data.path}\\. Start one with .gust up --data ${data.path}`),
    );
  });

  it("takes no other process for the server of a crash", async () => {
    await using data = await makeInstallation();
    await fs.mkdir(path.join(data.path, "run"));
    const record = { pid: process.pid, url: "http://127.0.0.1:1", port: 1, startedAt: 0, version: "0.1.0" };
    await fs.writeFile(path.join(data.path, "run/server.json"), JSON.stringify(record));
    await fs.writeFile(path.join(data.path, "run/lock"), `${process.pid} 1\n`);
    assert.equal((await gust(["status", "--data", data.path])).code, 3);
    assert.equal((await gust(["down", "--data", data.path])).code, 0);
  });

  it("says at its stop which service it waits for, how long at most and by which setting", async () => {
    await using server = await startServer({ environment: { GUST_DRAIN_TIMEOUT_S: "20" } });
    const { url } = await deploy(
      server,
      "holds-on",
      {
        "server.mjs": `import http from "node:http";
          http.createServer((req, res) => void res.write("so far")).listen(Number(process.env.PORT));`,
        scf_bootstrap: { text: `#!/bin/sh\nexec node server.mjs\n`, mode: 0o755 },
      },
      { Type: "HTTP" },
    );
    const client = new AbortController();
    const response = await fetch(url, { signal: client.signal });
    const down = startGust(["down", "--data", server.dataDirectory]);
    const told = /Stopping: waiting for the service holds-on, [\d.]+ s of 20 s \(GUST_DRAIN_TIMEOUT_S; or --now\)/;
    await down.untilSaid(told);
    client.abort();
    await response.text().catch(() => undefined); // ends with what was aborted
    assert.equal((await down.ended).code, 0);
  });
});
