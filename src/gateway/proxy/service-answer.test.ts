import assert from "node:assert/strict";
import { once } from "node:events";
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import net, { type Socket } from "node:net";
import { test } from "node:test";
import { PlatformError } from "../../core/index.ts";
import { RawClient } from "../testing/raw-client.ts";
import { startGateway, type StartOptions } from "../testing/started-gateway.ts";
import { startService, type StartedService } from "../testing/started-service.ts";

const host = "Host: site-abcd1234.localhost\r\n";
const get = `GET / HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;

/** A real server of user code. */
function service(listener: RequestListener, options?: StartOptions): Promise<StartedService> {
  return startService(http.createServer(listener), options);
}

/** A server that says exactly `answer` to whatever comes, and closes. */
function rawService(answer: string | ((socket: Socket, count: number) => void)): Promise<StartedService> {
  let connections = 0;
  const server = net.createServer((socket) => {
    const count = ++connections;
    socket.on("error", () => undefined);
    socket.once("data", () => {
      if (typeof answer === "string") socket.end(Buffer.from(answer, "latin1"));
      else answer(socket, count);
    });
  });
  return startService(server);
}

async function ask(fixture: StartedService, request = get): Promise<string> {
  await using client = await RawClient.connect(fixture.started.port);
  client.send(request);
  return await client.closed();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

test("passes method, path, headers and body on, with the X-Scf headers", async () => {
  await using fixture = await service((request, response) => {
    void bodyOf(request).then((body) =>
      response.end(JSON.stringify({ url: request.url, headers: request.headers, body })),
    );
  });
  const response = await fetch(`${fixture.started.url}/~default/site/a%20b?c=d`, { method: "POST", body: "hello" });
  const seen = (await response.json()) as { url: string; headers: Record<string, string>; body: string };
  assert.equal(seen.url, "/a%20b?c=d");
  assert.equal(seen.body, "hello");
  const expected: Record<string, string> = {
    "x-scf-memory": "256",
    "x-scf-timeout": "3",
    "x-scf-version": "$LATEST",
    "x-scf-name": "site",
    "x-scf-namespace": "default",
    "x-scf-region": "ap-guangzhou",
    "x-scf-appid": "1250000000",
    "x-scf-uin": "100000000001",
    "x-forwarded-prefix": "/~default/site",
    "x-forwarded-proto": "http",
    "x-scf-request-id": response.headers.get("x-scf-request-id") ?? "",
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(seen.headers[name], value, name);
  assert.deepEqual(fixture.started.releases, [
    {
      status: 200,
      httpStatus: 200,
      bytesIn: 5,
      bytesOut: fixture.started.releases[0]?.bytesOut ?? -1,
      isInstanceLost: false,
      message: "",
    },
  ]);
});

test("uses one connection for requests that follow each other", async () => {
  await using fixture = await service((_request, response) => response.end("ok"));
  let connections = 0;
  fixture.server.on("connection", () => connections++);
  for (let i = 0; i < 5; i++) assert.match(await ask(fixture), /ok$/);
  assert.equal(connections, 1);
});

test("has the answer of a server that refuses a body unread and closes", async () => {
  await using fixture = await rawService((socket) => {
    socket.pause();
    socket.write("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig", () =>
      socket.resetAndDestroy(),
    );
  });
  const head = `POST / HTTP/1.1\r\n${host}Content-Length: 3000000\r\n\r\n`;
  for (let i = 0; i < 5; i++) {
    await using client = await RawClient.connect(fixture.started.port);
    client.send(head + "x".repeat(3_000_000));
    assert.match(await client.until(/big$/), /^HTTP\/1\.1 413 /);
  }
});

const bodies: readonly { name: string; answer: (response: ServerResponse) => void; expected: RegExp }[] = [
  {
    name: "announced",
    answer: (response) => void response.writeHead(200, { "content-length": 5 }).end("hello"),
    expected: /content-length: 5[^]*\r\n\r\nhello$/i,
  },
  {
    name: "one chunk, complete: with its length",
    answer: (response) => {
      response.write("hel");
      response.end("lo"); // Node makes one chunk of what is written in one turn
    },
    expected: /content-length: 5[^]*\r\n\r\nhello$/i,
  },
  {
    name: "empty",
    answer: (response) => void response.writeHead(204).end(),
    expected: /^HTTP\/1\.1 204 [^]*\r\n\r\n$/,
  },
  {
    name: "with trailers",
    answer: (response) => {
      response.write("x");
      response.addTrailers({ "x-sum": "1" });
      response.end();
    },
    expected: /0\r\nx-sum: 1\r\n\r\n$/,
  },
  {
    name: "after early hints",
    answer: (response) => {
      response.writeEarlyHints({ link: "</a.css>" });
      response.end("x");
    },
    expected: /^HTTP\/1\.1 103 [^]*a\.css[^]*HTTP\/1\.1 200 /,
  },
];

for (const { name, answer, expected } of bodies) {
  test(`passes on an answer whose body is ${name}`, async () => {
    await using fixture = await service((_request, response) => answer(response));
    assert.match(await ask(fixture), expected);
  });
}

test("passes on an answer of several chunks as chunks", async () => {
  const head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
  await using fixture = await rawService(`${head}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`);
  assert.match(await ask(fixture), /chunked[^]*\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n$/i);
});

test("passes on an answer that ends with its connection", async () => {
  await using fixture = await rawService("HTTP/1.0 200 OK\r\n\r\nuntil close");
  assert.match(await ask(fixture), /chunked[^]*until close\r\n0\r\n\r\n$/);
});

test("answers HEAD and 304 without waiting for a body", async () => {
  await using fixture = await service((request, response) => {
    response.writeHead(request.url === "/304" ? 304 : 200, { "content-length": 500 }).end();
  });
  assert.match(await ask(fixture, get.replace("GET", "HEAD")), /content-length: 500\r\n/i);
  assert.match(await ask(fixture, get.replace("/", "/304")), /^HTTP\/1\.1 304 /);
});

test("passes on no more than eight informational answers", async () => {
  const hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(1_000);
  await using fixture = await rawService(`${hints}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok`);
  const answer = await ask(fixture);
  assert.equal(answer.split("HTTP/1.1 103").length - 1, 8);
  assert.match(answer, /HTTP\/1\.1 200 OK\r\n[^]*ok$/);
});

test("streams server-sent events as they come", async () => {
  const { promise: next, resolve: sendNext } = Promise.withResolvers<void>();
  await using fixture = await service((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: 1\n\n");
    void next.then(() => response.end("data: 2\n\n"));
  });
  await using client = await RawClient.connect(fixture.started.port);
  client.send(get);
  assert.doesNotMatch(await client.until(/data: 1/), /data: 2/);
  sendNext();
  assert.match(await client.closed(), /data: 2/);
});

test("sends the head of an answer before its first byte", async () => {
  await using fixture = await service((_request, response) => response.flushHeaders());
  await using client = await RawClient.connect(fixture.started.port);
  client.send(get);
  assert.match(await client.until(/\r\n\r\n/), /^HTTP\/1\.1 200 /);
});

test("streams a large upload and its echo in constant memory", async () => {
  await using fixture = await service((request, response) => request.pipe(response));
  const pieces = 4_096; // 256 MiB
  const piece = Buffer.alloc(64 * 1024, "x");
  const before = process.memoryUsage().rss;
  let peak = before;
  const request = http.request(`${fixture.started.url}/~default/site/`, { method: "POST" });
  const answered = once(request, "response");
  for (let i = 0; i < 4; i++) request.write(piece);
  const [response] = (await answered) as [IncomingMessage];
  let received = 0;
  response.on("data", (chunk: Buffer) => {
    received += chunk.length;
    peak = Math.max(peak, process.memoryUsage.rss());
  });
  for (let i = 4; i < pieces; i++) {
    if (!request.write(piece)) await once(request, "drain");
  }
  request.end();
  await once(response, "end");
  assert.equal(received, pieces * piece.length);
  assert.ok(peak - before < 160 * 1024 * 1024, `grew by ${Math.round((peak - before) / 1024 / 1024)} MiB`);
});

test("retries once on a connection that closed while it was idle, for requests that may be repeated", async () => {
  const methods: string[] = [];
  await using fixture = await rawService((socket, count) => {
    if (count > 1) {
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nagain");
      return;
    }
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst");
    socket.once("data", (chunk) => {
      methods.push(chunk.toString().slice(0, 4));
      socket.destroy();
    });
  });
  assert.match(await ask(fixture), /first$/);
  assert.match(await ask(fixture), /again$/);
  assert.deepEqual(methods, ["GET "]);
});

test("sends nothing on a connection that its server is about to close", async () => {
  await using fixture = await rawService((socket, count) => {
    socket.write(`HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 1\r\n\r\n${count}`);
  });
  assert.match(await ask(fixture), /1$/);
  assert.match(await ask(fixture), /2$/);
});

test("tells of the server that died of a request, not of the port that is closed since", async () => {
  await using fixture = await rawService((socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst");
    socket.once("data", () => {
      fixture.server.close(); // takes no connection any more, as the process is gone
      socket.destroy();
    });
  });
  assert.match(await ask(fixture), /first$/);
  const answer = await ask(fixture);
  assert.match(answer, /^HTTP\/1\.1 502 [^]*x-scf-status: 439[^]*closed the connection without an answer/i);
});

test("does not repeat a POST", async () => {
  await using fixture = await rawService((socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst");
    socket.once("data", () => socket.destroy());
  });
  assert.match(await ask(fixture), /first$/);
  assert.match(
    await ask(fixture, get.replace("GET", "POST")),
    /^HTTP\/1\.1 502 [^]*ProcessExited[^]*"layer": "service"/,
  );
});

const hostile: readonly { name: string; answer: string }[] = [
  { name: "no HTTP at all", answer: "SSH-2.0-OpenSSH\r\n\r\n" },
  { name: "bare LF", answer: "HTTP/1.1 200 OK\ncontent-length: 2\n\nok\r\n\r\n" },
  {
    name: "length and chunked",
    answer: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok",
  },
  { name: "two lengths", answer: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok" },
  { name: "negative length", answer: "HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\nok" },
  { name: "unknown transfer encoding", answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\nok" },
  { name: "folded header", answer: "HTTP/1.1 200 OK\r\nx-a: b\r\n c: d\r\n\r\n" },
  { name: "NUL in a header", answer: "HTTP/1.1 200 OK\r\nx-a: b\0\r\n\r\n" },
  { name: "space before the colon", answer: "HTTP/1.1 200 OK\r\ncontent-length : 2\r\n\r\nok" },
  { name: "status 999", answer: "HTTP/1.1 999 Odd\r\n\r\n" },
  { name: "endless head", answer: `HTTP/1.1 200 OK\r\nx: ${"a".repeat(70_000)}` },
  {
    name: "change of protocol that nobody asked for",
    answer: "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
  },
];

for (const { name, answer } of hostile) {
  test(`answers 502 and names the service for an answer with ${name}`, async () => {
    await using fixture = await rawService(answer);
    assert.match(await ask(fixture), /^HTTP\/1\.1 502 [^]*default\/site[^]*"layer": "service"/);
    assert.equal(fixture.started.releases.length, 1);
  });
}

const broken: readonly { name: string; answer: string }[] = [
  { name: "less than announced", answer: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart" },
  { name: "a wrong chunk size", answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\nzz\r\n" },
  { name: "an end in the middle of a chunk", answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\npart" },
];

for (const { name, answer } of broken) {
  test(`breaks the client's connection after ${name}`, async () => {
    await using fixture = await rawService(answer);
    const received = await ask(fixture);
    assert.doesNotMatch(received, /\r\n0\r\n\r\n$/);
    assert.doesNotMatch(received, / 502 /);
  });
}

test("does not take what follows an answer for the next one", async () => {
  await using fixture = await rawService(
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil",
  );
  assert.match(await ask(fixture), /\r\n\r\nok$/);
  assert.match(await ask(fixture), /\r\n\r\nok$/);
});

test("answers 502 when nothing listens, and says that the instance is lost", async () => {
  await using started = await startGateway({ servicePort: 1 });
  await using client = await RawClient.connect(started.port);
  client.send(get);
  assert.match(await client.closed(), /^HTTP\/1\.1 502 [^]*x-scf-status: 446[^]*does not take connections/);
  assert.equal(started.releases[0]?.isInstanceLost, true);
});

test("answers 434 when the service broke its connection for its memory, and has it in the record", async () => {
  const breakError = new PlatformError("MemoryLimitReached", "Task memory exceeded 256 MB", { limit: "MemorySize" });
  await using started = await startGateway({ servicePort: 1, breakError });
  await using client = await RawClient.connect(started.port);
  client.send(get);
  assert.match(await client.closed(), /^HTTP\/1\.1 502 [^]*x-scf-status: 434[^]*Task memory exceeded 256 MB/);
  const [release] = started.releases;
  assert.deepEqual([release?.status, release?.message], [434, "Task memory exceeded 256 MB"]);
});

test("passes on why there is no instance", async () => {
  await using started = await startGateway({ acquireError: new PlatformError("ConcurrencyLimit", "Full.") });
  await using client = await RawClient.connect(started.port);
  client.send(get);
  assert.match(await client.closed(), /^HTTP\/1\.1 429 [^]*retry-after: 1/);
});

test("closes the request to the service and gives the slot back when the client leaves", async () => {
  const closed = Promise.withResolvers<void>();
  await using fixture = await service((request, response) => {
    response.write("x");
    request.on("close", () => closed.resolve());
  });
  await using client = await RawClient.connect(fixture.started.port);
  client.send(get);
  await client.until(/x/);
  client.socket.destroy();
  await closed.promise;
  assert.equal(fixture.started.releases[0]?.status, 499);
});
