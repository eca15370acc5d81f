import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs/promises";
import https from "node:https";
import net from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import tls from "node:tls";
import { promisify } from "node:util";
import { loopbackPort } from "../../../tests/loopback-port.ts";
import { RawClient } from "../testing/raw-client.ts";
import { startGateway, type StartedGateway } from "../testing/started-gateway.ts";
import { authorityFile, LocalAuthority } from "./local-authority.ts";

const hello = "hello-abcd1234.localhost";

test("answers https:// for whoever trusts its authority, and functions are told the scheme", async () => {
  await using started = await startGateway({ config: { tlsPort: 0 } });
  const ca = await authorityOf(started);
  const { stdout } = await promisify(execFile)("curl", [
    "--silent",
    "--fail",
    "--http1.1",
    "--cacert",
    path.join(started.dataDirectory, authorityFile),
    "--resolve",
    `${hello}:${started.tlsPort}:127.0.0.1`,
    `https://${hello}:${started.tlsPort}/a?b`,
  ]);
  assert.match(stdout, /"path":"\/a\?b"/);
  assert.match(stdout, /"x-forwarded-proto","https"/);
  const { body } = await get(started, { ca, servername: hello });
  assert.match(body, /"x-forwarded-proto","https"/);
  assert.match(await (await fetch(`${started.url}/~default/hello/`)).text(), /"x-forwarded-proto","http"/);
});

test("tells who speaks plain HTTP to it that it speaks TLS, and closes the connection", async () => {
  await using started = await startGateway({ config: { tlsPort: 0 } });
  const answer = await fetch(`http://127.0.0.1:${started.tlsPort}/a`);
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /"TlsOnly"[^]*This port speaks TLS; use https:\/\//);
  await using client = await RawClient.connect(started.tlsPort);
  client.send("no request");
  await client.closed(); // nothing to say to it
});

test("has a certificate for every name below the base domain, and for this machine's own", async () => {
  await using started = await startGateway({ config: { tlsPort: 0, baseDomain: "Gust.Example" } });
  const ca = await authorityOf(started);
  const names = Array.from({ length: 40 }, (_, i) => `fn${i}-abcd1234.gust.example`);
  for (const servername of [...names, "gust.example", "localhost", "a.b.localhost", "UPPER.localhost"]) {
    await using client = await RawClient.connectWithTls(started.tlsPort, { ca, servername, rejectUnauthorized: true });
    assert.equal(client.socket.destroyed, false);
  }
  const byAddress = https.get({ host: "127.0.0.1", port: started.tlsPort, path: "/healthz", ca, agent: false });
  const [answer] = await once(byAddress, "response");
  assert.equal(await text(answer), "ok\n");
  await assert.rejects(get(started, { ca, servername: "example.com" }), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
});

test("keeps its authority over restarts, which can certify nothing but its own names", async () => {
  await using started = await startGateway({ config: { tlsPort: 0 } });
  const first = await authorityOf(started);
  const { dataDirectory } = started;
  const again = await LocalAuthority.open(dataDirectory, "localhost", Date.now());
  assert.equal(again.certificate, first);
  const { mode } = await fs.stat(path.join(dataDirectory, "tls", "authority.key"));
  assert.equal(mode & 0o777, 0o600);
  const { certificate: cert, key } = again.issue(["example.com"], Date.now());
  assert.equal(new X509Certificate(cert).checkHost("example.com"), "example.com");
  const impostor = tls.createServer({ cert, key });
  const port = await loopbackPort(impostor);
  const client = tls.connect({ port, host: "127.0.0.1", servername: "example.com", ca: first });
  const [error] = await once(client, "error");
  impostor.close();

  assert.match(String(error.message), /permitted subtree/i);
  const other = await LocalAuthority.open(dataDirectory, "gust.example", Date.now());
  assert.notEqual(other.certificate, first, "another base domain needs another authority");
});

test("takes a session up again, speaks no TLS before 1.2, and leaves a handshake that does not come", async () => {
  await using started = await startGateway({ config: { tlsPort: 0, headerTimeoutS: 0.3 } });
  const options = { port: started.tlsPort, host: "127.0.0.1", servername: hello, rejectUnauthorized: false };
  for (const maxVersion of ["TLSv1.3", "TLSv1.2"] as const) {
    const first = tls.connect({ ...options, maxVersion });
    const sessions = once(first, "session");
    first.write(`GET /healthz HTTP/1.1\r\nHost: ${hello}\r\n\r\n`);
    const [session] = await sessions;
    first.destroy();
    const second = tls.connect({ ...options, maxVersion, session });
    await once(second, "secureConnect");
    assert.equal(second.isSessionReused(), true, maxVersion);
    second.destroy();
  }
  const old = tls.connect({ ...options, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" });
  await once(old, "error");
  const silent = net.connect(started.tlsPort, "127.0.0.1").resume();
  await once(silent, "close");
});

test("a stop waits for calls over TLS and not for handshakes", async () => {
  const started = await startGateway({ config: { tlsPort: 0, headerTimeoutS: 60, drainTimeoutS: 60 } });
  const silent = net.connect(started.tlsPort, "127.0.0.1").resume();
  await using idle = await RawClient.connectWithTls(started.tlsPort);
  idle.send(`GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`);
  await idle.until(/ok\n$/);
  const stopBegan = performance.now();
  await started[Symbol.asyncDispose]();
  assert.ok(performance.now() - stopBegan < 4_000, "the idle connection would be closed by itself after 5 s");
  await idle.closed();
  if (!silent.closed) await once(silent, "close");
});

function authorityOf({ dataDirectory }: StartedGateway): Promise<string> {
  return fs.readFile(path.join(dataDirectory, authorityFile), "utf8");
}

async function get(started: StartedGateway, options: tls.ConnectionOptions): Promise<{ body: string }> {
  const { servername = "" } = options;
  const headers = { host: servername };
  const request = https.get({ host: "127.0.0.1", port: started.tlsPort, headers, agent: false, ...options });
  const [answer] = await once(request, "response");
  return { body: await text(answer) };
}
