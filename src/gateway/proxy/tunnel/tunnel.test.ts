import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { RawClient } from "../../testing/raw-client.ts";
import { takenIn, type StartOptions } from "../../testing/started-gateway.ts";
import { startService } from "../../testing/started-service.ts";

/** An unmodified ws server as a service, which echoes. */
async function webSocketService(options: StartOptions = {}) {
  const server = http.createServer((_request, response) => response.writeHead(426).end("upgrade please"));
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) =>
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  const fixture = await startService(server, options);
  const { started } = fixture;
  return {
    started,
    sockets,
    async connect() {
      const socket = new WebSocket(`${started.url.replace("http", "ws")}/~default/site/chat?room=1`);
      await once(socket, "open");
      return socket;
    },
    async [Symbol.asyncDispose]() {
      await fixture[Symbol.asyncDispose]();
      for (const socket of sockets.clients) socket.terminate();
    },
  };
}

test("carries WebSocket messages of any size both ways", async () => {
  await using fixture = await webSocketService();
  const socket = await fixture.connect();
  for (const size of [0, 1, 125, 70_000, 5_000_000]) {
    const message = Buffer.alloc(size, "m");
    socket.send(message);
    const [echoed] = (await once(socket, "message")) as [Buffer];
    assert.equal(echoed.equals(message), true);
  }
  socket.close(1000);
  await once(socket, "close");
  while (fixture.started.releases.length === 0) await new Promise(setImmediate);
  assert.equal(fixture.started.releases[0]?.status, 200);
  assert.equal(fixture.started.releases[0]?.httpStatus, 101);
  assert.ok((fixture.started.releases[0]?.bytesIn ?? 0) > 5_000_000);
});

for (const framing of ["Content-Length: 5", "Transfer-Encoding: chunked"]) {
  test(`takes no upgrade of a request whose body is still to come: ${framing}`, async () => {
    await using fixture = await webSocketService();
    await using client = await RawClient.connect(fixture.started.port);
    const head = "GET /~default/site/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    client.send(`${head}${framing}\r\n\r\n`);
    await using other = await RawClient.connect(fixture.started.port);
    other.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert.match(await other.closed(), /ok\n$/);
    client.send(framing.startsWith("C") ? "hello" : "5\r\nhello\r\n0\r\n\r\n");
    assert.match(await client.until(/upgrade please/), /^HTTP\/1\.1 426 /);
  });
}

test("closes a WebSocket that is silent for too long, with the reason", async () => {
  await using fixture = await webSocketService({ webSocketIdleS: 0.2 });
  const socket = await fixture.connect();
  const [code, reason] = (await once(socket, "close")) as [number, Buffer];
  assert.equal(code, 1001);
  assert.equal(reason.toString(), "silent for 0.2 s");
  assert.equal(fixture.started.releases[0]?.status, 455);
});

test("closes WebSockets at a stop instead of waiting for them", async () => {
  await using fixture = await webSocketService({ config: { drainTimeoutS: 30 } });
  const socket = await fixture.connect();
  const closed = once(socket, "close");
  await fixture.started.gateway[Symbol.asyncDispose]();
  const [code] = (await closed) as [number];
  assert.equal(code, 1001);
});

/** A service that changes the protocol when the test says so, to one that it never ends. */
async function heldService(options: StartOptions["config"]) {
  const { promise: asked, resolve: ask } = Promise.withResolvers<() => void>();
  const server = http.createServer();
  server.on("upgrade", (_request, socket) => {
    socket.on("error", () => undefined);
    ask(() => socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: hold\r\n\r\n"));
  });
  const fixture = await startService(server, options === undefined ? {} : { config: options });
  const { started } = fixture;
  const client = await RawClient.connect(started.port);
  client.send("GET / HTTP/1.1\r\nHost: site-abcd1234.localhost\r\nConnection: Upgrade\r\nUpgrade: hold\r\n\r\n");
  const switchNow = await asked;
  const dispose = async (): Promise<void> => {
    await client[Symbol.asyncDispose]();
    await fixture[Symbol.asyncDispose]();
  };
  return { started, client, switchNow, [Symbol.asyncDispose]: dispose };
}

test("opens no tunnel any more while the server stops, and waits for none", async () => {
  await using fixture = await heldService({ drainTimeoutS: 30 });
  const stopped = fixture.started.gateway[Symbol.asyncDispose]();
  fixture.switchNow();
  const answer = await fixture.client.closed();
  assert.match(answer, /^HTTP\/1\.1 503 /);
  assert.match(answer, /retry-after: \d/);
  await stopped;
  assert.equal(fixture.started.releases[0]?.status, 449);
});

test("waits for a service that never changes the protocol no longer than the drain", async () => {
  await using fixture = await heldService({ drainTimeoutS: 0.2 });
  await fixture.started.gateway[Symbol.asyncDispose]();
  await fixture.client.closed();
  while (fixture.started.releases.length === 0) await new Promise(setImmediate);
  assert.equal(fixture.started.releases[0]?.status, 499);
});

test("ends the service's side when the client vanishes, and the client's when the service does", async () => {
  await using fixture = await webSocketService();
  const first = await fixture.connect();
  const [seen] = fixture.sockets.clients;
  first.terminate();
  if (seen !== undefined && seen.readyState !== WebSocket.CLOSED) await once(seen, "close");
  const second = await fixture.connect();
  for (const socket of fixture.sockets.clients) socket.terminate();
  const [code] = (await once(second, "close")) as [number];
  assert.equal(code, 1006);
});

test("passes on an answer that refuses the change of protocol", async () => {
  await using fixture = await webSocketService();
  await using client = await RawClient.connect(fixture.started.port);
  client.send("GET / HTTP/1.1\r\nHost: site-abcd1234.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  assert.match(await client.closed(), /^HTTP\/1\.1 (?:400|426) /);
});

test("carries bytes of other protocols, those sent ahead included", async () => {
  const server = http.createServer();
  server.on("upgrade", (_request, socket, head) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\nhi ");
    socket.write(head);
    socket.pipe(socket);
  });
  await using fixture = await startService(server);
  await using client = await RawClient.connect(fixture.started.port);
  client.send("GET / HTTP/1.1\r\nHost: site-abcd1234.localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly ");
  await client.until(/early /);
  client.send("late");
  assert.match(await client.until(/late/), /\r\n\r\nhi early late$/);
  client.socket.end();
  await client.closed();
});

test("tells the service of a client that said its last before the protocol changed", async () => {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<() => void>();
  const server = http.createServer();
  server.on("upgrade", (_request, socket) => {
    socket.on("end", end);
    socket.resume();
    ask(() => socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n"));
  });
  await using fixture = await startService(server);
  const { started } = fixture;
  await using client = await RawClient.connect(started.port);
  client.send("GET / HTTP/1.1\r\nHost: site-abcd1234.localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
  const answer = await asked;
  client.socket.end();
  await once(client.socket, "finish");
  await takenIn(started);
  answer();
  await ended;
});

test("takes an upgrade behind an unfinished answer for a plain request", async () => {
  await using fixture = await webSocketService();
  await using client = await RawClient.connect(fixture.started.port);
  const host = "Host: site-abcd1234.localhost\r\n";
  client.send(
    `GET /1 HTTP/1.1\r\n${host}\r\nGET /2 HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  );
  await client.until(/426[^]*426/);
});
