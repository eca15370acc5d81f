import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { RawClient } from "../testing/raw-client.ts";
import { idleCall, startGateway } from "../testing/started-gateway.ts";

const host = "Host: hello-abcd1234.localhost\r\n";

describe("a slow client of HTTP/1.1", () => {
  for (const before of ["", `GET / HTTP/1.1\r\n${host}\r\n`]) {
    it(`that sends its head byte by byte has the time of a head, ${before === "" ? "first" : "later"}`, async () => {
      await using started = await startGateway({ config: { headerTimeoutS: 0.3 } });
      await using client = await RawClient.connect(started.port);
      client.send(before);
      client.send("GET / HTTP/1.1\r\nX: ");
      const timer = setInterval(() => client.send("x"), 50);
      assert.match(await client.closed(), /HTTP\/1\.1 408 [^]*GUST_HEADER_TIMEOUT_S/);
      clearInterval(timer);
    });
  }

  it("that never begins the handshake of TLS is closed", async () => {
    await using started = await startGateway({ config: { tlsPort: 0, headerTimeoutS: 0.2 } });
    await using client = await RawClient.connect(started.tlsPort);
    assert.equal(await client.closed(), "");
  });

  it("that takes nothing of an answer in one piece loses the connection", async () => {
    await using started = await startGateway({
      config: { bodyIdleTimeoutS: 0.2 },
      run: (_invocation, receiver) => {
        receiver.onHead(200, [], Buffer.alloc(32 * 1024 * 1024));
        receiver.onEnd(null);
        return idleCall;
      },
    });
    await using client = await RawClient.connect(started.port);
    client.socket.pause();
    client.send(`GET / HTTP/1.1\r\n${host}\r\n`);
    while (started.gateway.stats().requests.function === 0) await once(AbortSignal.timeout(10), "abort");
    while (started.gateway.stats().connections > 0) await once(AbortSignal.timeout(10), "abort");
  });
});
