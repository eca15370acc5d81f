import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { loopbackPort } from "../../../tests/loopback-port.ts";
import { silentLogger, startGateway } from "../testing/started-gateway.ts";
import { startService } from "../testing/started-service.ts";
import { UpstreamConnection, type UpstreamUser } from "./upstream-connection.ts";

/** Errors of the log. */
class Errors {
  readonly seen: string[] = [];
  readonly logger = {
    ...silentLogger,
    error: (fields: object, message: string) => {
      const stack = "err" in fields && fields.err instanceof Error ? fields.err.stack : "";
      this.seen.push(`${message}\n${stack}`);
    },
  };
}

/** Throws once. */
function bug(): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    throw new Error("a bug of ours");
  };
}

for (const broken of ["onHead", "onData", "onComplete", "onBroken"] as const) {
  test(`a bug in ${broken} costs the connection, and its owner and user are told`, async () => {
    const server = net.createServer((socket) => {
      socket.on("error", () => undefined);
      const end = broken === "onBroken" ? "" : "0\r\n\r\n"; // cut off
      const body = "x".repeat(100_000); // more than one read takes
      const answer = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n186a0\r\n${body}\r\n${end}`;
      socket.once("data", () => socket.end(answer));
    });
    const port = await loopbackPort(server);
    const told: unknown[] = [];
    const { promise: bugSeen, resolve: onBug } = Promise.withResolvers<void>();
    const user: UpstreamUser = {
      onConnected() {},
      onInformation() {},
      onHead() {},
      onData() {},
      onComplete() {},
      onSwitched() {},
      onDrain() {},
      onBroken() {},
      onBug,
      [broken]: bug(),
    };
    const gone = Promise.withResolvers<void>();
    const owner = { onIdle() {}, onGone: () => gone.resolve(), onBug: (error: unknown) => told.push(error) };
    const connection = new UpstreamConnection({ host: "127.0.0.1", port, instanceId: "one" }, owner);
    connection.start(user, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", false);
    await bugSeen;
    await gone.promise;
    assert.match(String(told[0] instanceof Error ? told[0].stack : ""), /a bug of ours\n\s+at .*bugs\.test\.ts/);
    assert.equal(told.length, 1);
    server.close();
  });
}

test("a bug while a request is sent is answered with 500, and the next request is served", async () => {
  const errors = new Errors();
  await using started = await startGateway({ servicePort: 70_000, logger: errors.logger }); // connect() throws
  for (let round = 0; round < 2; round++) {
    const response = await fetch(`${started.url}/~default/site/`);
    assert.equal(response.status, 500);
    assert.match(await response.text(), /"code": "InternalError"/);
  }
  assert.deepEqual(
    started.releases.map(({ status }) => status),
    [500, 500],
  );
  assert.match(errors.seen[0] ?? "", /^A bug in the proxy of services: it costs one connection\nRangeError.*70000/);
});

test("a bug at the end of an answer costs no other request", async () => {
  const server = http.createServer((_request, response) => response.end("hello"));
  const errors = new Errors();
  await using fixture = await startService(server, { logger: errors.logger, onRelease: bug() });
  for (let round = 0; round < 2; round++) {
    assert.equal(await (await fetch(`${fixture.started.url}/~default/site/`)).text(), "hello");
  }
  assert.equal(errors.seen.length, 1);
  assert.match(errors.seen[0] ?? "", /a bug of ours\n\s+at .*bugs\.test\.ts/);
});

for (const who of ["client", "service"] as const) {
  test(`a bug at the end of a WebSocket that the ${who} closed costs no other one`, async () => {
    const server = http.createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) =>
      socket.on("message", (data: Buffer) => (data.toString() === "end" ? socket.terminate() : socket.send(data))),
    );
    const errors = new Errors();
    await using fixture = await startService(server, { logger: errors.logger, onRelease: bug() });
    const address = `${fixture.started.url.replace("http", "ws")}/~default/site/`;
    const [first, second] = [new WebSocket(address), new WebSocket(address)];
    await Promise.all([once(first, "open"), once(second, "open")]);
    const closed = once(first, "close");
    if (who === "client") first.terminate();
    else first.send("end");
    await closed;
    while (errors.seen.length === 0) await new Promise(setImmediate);
    second.send("still there");
    const [echoed] = await once(second, "message");
    assert.equal(String(echoed), "still there");
    second.terminate();
  });
}
