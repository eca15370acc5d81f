import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import { describe, it } from "node:test";
import { RawClient } from "../testing/raw-client.ts";
import { idleCall, startGateway, takenIn, type FakeFunction } from "../testing/started-gateway.ts";

const host = "Host: hello-abcd1234.localhost\r\n";
const get = `GET / HTTP/1.1\r\n${host}\r\n`;

/** Calls that end when the test says so. */
function held() {
  const ends: (() => void)[] = [];
  const run: FakeFunction = (_invocation, receiver) => {
    ends.push(() => {
      receiver.onHead(200, [], Buffer.from("done"));
      receiver.onEnd(null);
    });
    return idleCall;
  };
  return { run, ends };
}

describe("requests at the same time", () => {
  for (const [name, setting, status] of [
    ["maxRequests", "GUST_MAX_REQUESTS", 503],
    ["maxRequestsPerAddress", "GUST_MAX_REQUESTS_PER_ADDRESS", 429],
  ] as const) {
    it(`are refused beyond ${setting}, with what the platform answers itself let in, until one has its answer`, async () => {
      const { run, ends } = held();
      await using started = await startGateway({ config: { [name]: 2 }, run });
      await using first = await RawClient.connect(started.port);
      await using second = await RawClient.connect(started.port);
      await using third = await RawClient.connect(started.port);
      first.send(get);
      second.send(get);
      await takenIn(started);
      third.send(get);
      const refused = await third.until(/\}\s*\}\s*$/);
      assert.match(
        refused,
        new RegExp(`^HTTP/1.1 ${status} [^]*retry-after: 1\r\n[^]*"value": "2",\\s*"setting": "${setting}"`),
      );
      assert.equal(ends.length, 2, "nothing was run for it");
      ends[0]?.();
      await first.until(/done/);
      third.send(get);
      await takenIn(started);
      assert.equal(ends.length, 3);
      for (const end of ends) end();
      assert.match(await third.until(/done/), /200 OK/);
    });
  }

  it("no longer count when their client has left", async () => {
    const { run, ends } = held();
    await using started = await startGateway({ config: { maxRequests: 1 }, run });
    for (let n = 1; n <= 3; n++) {
      const client = await RawClient.connect(started.port);
      client.send(get);
      await takenIn(started);
      assert.equal(ends.length, n);
      await client[Symbol.asyncDispose]();
      await takenIn(started);
    }
  });
});

describe("connections", () => {
  for (const [name, setting, status] of [
    ["maxConnections", "GUST_MAX_CONNECTIONS", 503],
    ["maxConnectionsPerAddress", "GUST_MAX_CONNECTIONS_PER_ADDRESS", 429],
  ] as const) {
    it(`are told and closed beyond ${setting}, until one closes`, async () => {
      const warnings: object[] = [];
      const logger = { error() {}, warn: (fields: object) => void warnings.push(fields), info() {}, debug() {} };
      await using started = await startGateway({ config: { [name]: 2 }, logger });
      await using first = await RawClient.connect(started.port);
      const second = await RawClient.connect(started.port);
      for (let n = 0; n < 2; n++) {
        await using third = await RawClient.connect(started.port);
        third.send(get);
        const told = await third.closed();
        assert.match(told, new RegExp(`^HTTP/1.1 ${status} [^]*retry-after: 1\r\n[^]*"setting": "${setting}"`));
        assert.equal(third.failed, null, "it hears that before the connection breaks");
      }
      first.send(get);
      assert.match(await first.until(/\}/), /200 OK/);
      await second[Symbol.asyncDispose]();
      first.send(get);
      await first.until(/200 OK[^]*200 OK/);
      await using fourth = await RawClient.connect(started.port);
      fourth.send(get);
      assert.match(await fourth.until(/\}/), /200 OK/);
      assert.deepEqual(warnings, [{ limit: Object(warnings[0]).limit, value: "2", setting }], "said once a minute");
    });
  }

  it("with TLS count among them, and are closed before the handshake", async () => {
    await using started = await startGateway({ config: { maxConnections: 2, tlsPort: 0 } });
    const session = http2.connect(`https://127.0.0.1:${started.tlsPort}`, { rejectUnauthorized: false });
    await once(session, "connect");
    const http1 = await RawClient.connectWithTls(started.tlsPort);
    await assert.rejects(RawClient.connectWithTls(started.tlsPort), /disconnected|ECONNRESET/);
    await using plain = await RawClient.connect(started.port);
    assert.match(await plain.closed(), /^HTTP\/1.1 503 /);
    await http1[Symbol.asyncDispose]();
    const closed = once(session, "close");
    session.destroy();
    await closed;
    for (let n = 0; n < 2; n++) {
      await using again = await RawClient.connectWithTls(started.tlsPort);
      again.send(get);
      assert.match(await again.until(/\}/), /200 OK/);
    }
  });
});
