import assert from "node:assert/strict";
import net from "node:net";
import { test } from "node:test";
import { loopbackPort } from "../../../tests/loopback-port.ts";
import { RawClient } from "../testing/raw-client.ts";
import { idleCall, startGateway, type FakeFunction } from "../testing/started-gateway.ts";
import { malformedRequests, wellFormedRequests } from "./malformed-requests.suite.ts";

const host = "Host: hello-abcd1234.localhost\r\n";

test("refuses every malformed, smuggled or oversized request and closes the connection", async (context) => {
  await using started = await startGateway({ config: { headerBytes: 8 * 1024 }, run: answerAtBodyEnd });
  for (const { name, request, status } of malformedRequests) {
    await context.test(name, async () => {
      await using client = await RawClient.connect(started.port);
      client.send(`${request}GET /smuggled HTTP/1.1\r\n${host}\r\n`);
      const answer = await client.closed();
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(answer, /connection: close/i);
      assert.match(answer, /"message": "[A-Z][^"]*/);
      assert.equal(answer.match(/HTTP\/1\.1 \d/g)?.length, 1, "one answer and no second");
    });
  }
});

test("does so over TLS, too", async (context) => {
  const config = { headerBytes: 8 * 1024, tlsPort: 0 };
  await using started = await startGateway({ config, run: answerAtBodyEnd });
  for (const { name, request, status } of malformedRequests.filter((each) => each.name !== "TLS on a plain port")) {
    await context.test(name, async () => {
      await using client = await RawClient.connectWithTls(started.tlsPort);
      client.send(`${request}GET /smuggled HTTP/1.1\r\n${host}\r\n`);
      const answer = await client.closed();
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.equal(answer.match(/HTTP\/1\.1 \d/g)?.length, 1, "one answer and no second");
    });
  }
});

test("answers unusual but well-formed requests", async (context) => {
  await using started = await startGateway();
  for (const { name, request, expected } of wellFormedRequests) {
    await context.test(name, async () => {
      await using client = await RawClient.connect(started.port);
      client.send(request);
      assert.match(await client.until(expected), expected);
    });
  }
});

test("closes a connection whose head comes too slowly, with 408", async () => {
  await using started = await startGateway({ config: { headerTimeoutS: 0.2 } });
  await using client = await RawClient.connect(started.port);
  client.send("GET / HTTP/1.1\r\nHo");
  const answer = await client.closed();
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.match(answer, /GUST_HEADER_TIMEOUT_S/);
});

test("closes a silent connection without a word", async () => {
  await using started = await startGateway({ config: { headerTimeoutS: 0.2 } });
  await using client = await RawClient.connect(started.port);
  assert.equal(await client.closed(), "");
});

test("ends a request whose body makes no progress, and cancels its call", async () => {
  let isCanceled = false;
  await using started = await startGateway({
    config: { bodyIdleTimeoutS: 0.2 },
    run: () => ({ ...idleCall, cancel: () => (isCanceled = true) }),
  });
  await using client = await RawClient.connect(started.port);
  client.send(`POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
  assert.match(await client.closed(), /^HTTP\/1\.1 408 [^]*BodyTimeout/);
  assert.equal(isCanceled, true);
});

test("refuses a flood of pipelined requests", async () => {
  await using started = await startGateway({ run: () => idleCall });
  await using client = await RawClient.connect(started.port);
  client.send(`GET / HTTP/1.1\r\n${host}\r\n`.repeat(80));
  client.socket.end();
  await client.closed();
  assert.equal(started.gateway.stats().requests.refused >= 1, true);
});

test("answers pipelined requests in their order", async () => {
  await using started = await startGateway();
  await using client = await RawClient.connect(started.port);
  client.send(`GET /1 HTTP/1.1\r\n${host}\r\nGET /2 HTTP/1.1\r\n${host}\r\nGET /3 HTTP/1.1\r\n${host}\r\n`);
  const answer = await client.until(/"path":"\/3"/);
  assert.deepEqual(
    [...answer.matchAll(/"path":"(\/\d)"/g)].map((match) => match[1]),
    ["/1", "/2", "/3"],
  );
});

test("says which port is taken and what to do", async () => {
  const server = net.createServer();
  const port = await loopbackPort(server);
  await assert.rejects(startGateway({ config: { port } }), {
    message: `Port ${port} of 127.0.0.1 is taken by another program. Choose another one with --port.`,
  });
  server.close();
});

test("finishes running calls at a stop and takes no new connection", async () => {
  const running = Promise.withResolvers<() => void>();
  const started = await startGateway({
    config: { drainTimeoutS: 5 },
    run: (_invocation, receiver) => {
      running.resolve(() => {
        receiver.onHead(200, [], Buffer.from("late"));
        receiver.onEnd(null);
      });
      return idleCall;
    },
  });
  await using client = await RawClient.connect(started.port);
  await using idle = await RawClient.connect(started.port);
  client.send(`GET / HTTP/1.1\r\n${host}\r\n`);
  const finish = await running.promise;
  while (started.gateway.stats().connections < 2) await new Promise(setImmediate);
  const stopped = started[Symbol.asyncDispose]();
  await idle.closed();
  await assert.rejects(fetch(started.url));
  finish();
  assert.match(await client.closed(), /^HTTP\/1\.1 200 [^]*connection: close[^]*late$/i);
  await stopped;
});

test("answers a request that was on its way when the stop began, and ends the connection with it", async () => {
  const run: FakeFunction = (_invocation, receiver) => {
    receiver.onHead(200, [], Buffer.from("ok"));
    receiver.onEnd(null);
    return idleCall;
  };
  const started = await startGateway({ run });
  const request = `GET / HTTP/1.1\r\n${host}\r\n`;
  await using kept = await RawClient.connect(started.port);
  await using silent = await RawClient.connect(started.port);
  for (const client of [kept, silent]) {
    client.send(request);
    await client.until(/ok$/);
  }
  const stopped = started[Symbol.asyncDispose]();
  kept.send(request);
  assert.match(await kept.closed(), /Connection: close\r\n[^]*ok$/);
  await silent.closed();
  await stopped;
});

test("cuts off what is still running after the drain time", async () => {
  const running = Promise.withResolvers<void>();
  const run: FakeFunction = () => {
    running.resolve();
    return idleCall;
  };
  const started = await startGateway({ config: { drainTimeoutS: 0.1 }, run });
  await using client = await RawClient.connect(started.port);
  client.send(`GET / HTTP/1.1\r\n${host}\r\n`);
  await running.promise;
  await started[Symbol.asyncDispose]();
  assert.equal(await client.closed(), "");
});

/** Streamed bodies are waited for, so that what breaks in them is seen before the answer. */
const answerAtBodyEnd: FakeFunction = (invocation, receiver) => {
  const answer = (): void => {
    receiver.onHead(200, [], Buffer.from("whole"));
    receiver.onEnd(null);
  };
  if (invocation.body !== undefined) answer();
  return { ...idleCall, end: answer };
};
