import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endStream, headerBlock, Http2Client, literal } from "../../testing/http2-client.ts";
import { idleCall, startGateway, type FakeFunction } from "../../testing/started-gateway.ts";

const host = "hello-abcd1234.localhost";
const cancel = Buffer.from([0, 0, 0, 8]);

/** An answer of half a megabyte: in one piece, or as a stream that goes on. */
const large =
  (isStream: boolean): FakeFunction =>
  (_invocation, receiver) => {
    if (isStream) {
      receiver.onHead(200, [], null);
      receiver.onData(Buffer.alloc(512 * 1024));
      return idleCall;
    }
    receiver.onHead(200, [], Buffer.alloc(512 * 1024));
    receiver.onEnd(null);
    return idleCall;
  };

describe("a slow client of HTTP/2", () => {
  it("that says nothing is closed", async () => {
    await using started = await startGateway({ config: { tlsPort: 0, headerTimeoutS: 0.2, bodyIdleTimeoutS: 0.2 } });
    await using client = await Http2Client.connect(started.tlsPort);
    await client.raw.closed();
  });

  it("that begins a head and pings instead of ending it is closed", async () => {
    await using started = await startGateway({ config: { tlsPort: 0, headerTimeoutS: 0.4, bodyIdleTimeoutS: 0.2 } });
    await using client = await Http2Client.connect(started.tlsPort);
    client.send("headers", 0, 1, headerBlock("GET", host).subarray(0, 10));
    const timer = setInterval(() => client.send("continuation", 0, 1, "a"), 100);
    await client.raw.closed();
    clearInterval(timer);
    assert.equal(started.gateway.stats().requests.refused, 0);
  });

  it("that sends no more of its body is told so, and its call is cancelled", async () => {
    const canceled = Promise.withResolvers<void>();
    const run: FakeFunction = () => ({ ...idleCall, cancel: () => canceled.resolve() });
    await using started = await startGateway({ config: { tlsPort: 0, bodyIdleTimeoutS: 0.2 }, run });
    await using client = await Http2Client.connect(started.tlsPort);
    client.ask(1, "POST", host, 0);
    client.send("data", 0, 1, "abc");
    const answer = await client.until(({ type, stream }) => type === "data" && stream === 1);
    assert.match(String(answer?.payload), /BodyTimeout/);
    await canceled.promise;
  });

  for (const [what, isStream] of [
    ["a stream", true],
    ["an answer in one piece", false],
  ] as const) {
    it(`that takes nothing of ${what} loses it, and the connection when nothing else is on it`, async () => {
      const config = { tlsPort: 0, bodyIdleTimeoutS: 0.2, idleTimeoutS: 0.2, headerTimeoutS: 0.2 };
      await using started = await startGateway({ config, run: large(isStream) });
      await using client = await Http2Client.connect(started.tlsPort, [4, 1]); // one byte at a time
      client.ask(1, "GET", host, endStream);
      assert.notEqual(await client.until(({ type, stream }) => type === "reset" && stream === 1), null);
      await client.raw.closed();
    });
  }
});

describe("a flood over HTTP/2", () => {
  it("of CONTINUATION frames ends with the connection, however small they are", async () => {
    for (const piece of ["", literal("a", "b")]) {
      await using started = await startGateway({ config: { tlsPort: 0 } });
      await using client = await Http2Client.connect(started.tlsPort);
      client.send("headers", 0, 1, headerBlock("GET", host));
      for (let n = 0; n < 2_000; n++) client.send("continuation", 0, 1, piece);
      await client.raw.closed();
      assert.equal(started.gateway.stats().requests.function, 0);
    }
  });

  it("of empty pieces of a body ends with the connection", async () => {
    await using started = await startGateway({ config: { tlsPort: 0 }, run: () => idleCall });
    await using client = await Http2Client.connect(started.tlsPort);
    client.ask(1, "POST", host, 0);
    for (let n = 0; n < 5_000; n++) client.send("data", 0, 1);
    await client.raw.closed();
  });

  it("of requests that are taken back at once ends with the connection, and runs no more than it bears", async () => {
    let runs = 0;
    await using started = await startGateway({ config: { tlsPort: 0 }, run: () => (runs++, idleCall) });
    await using client = await Http2Client.connect(started.tlsPort);
    for (let n = 0; n < 5_000; n++) {
      client.ask(2 * n + 1, "GET", host, endStream);
      client.send("reset", 0, 2 * n + 1, cancel);
    }
    await client.raw.closed();
    assert.ok(runs <= 1_000, `${runs} were run`);
  });

  it("of streams at the same time runs 128 of them and refuses the others, which are free again when one ends", async () => {
    let runs = 0;
    await using started = await startGateway({ config: { tlsPort: 0 }, run: () => (runs++, idleCall) });
    await using client = await Http2Client.connect(started.tlsPort);
    for (let n = 0; n < 200; n++) client.ask(2 * n + 1, "GET", host, endStream);
    await client.until(({ type, stream }) => type === "reset" && stream === 399);
    assert.equal(client.frames.filter(({ type }) => type === "reset").length, 72);
    assert.equal(runs, 128);
    client.send("reset", 0, 1, cancel);
    client.ask(401, "GET", host, endStream);
    client.send("ping", 0, 0, Buffer.alloc(8));
    await client.until(({ type, flags }) => type === "ping" && flags === 1);
    assert.equal(runs, 129);
  });
});
