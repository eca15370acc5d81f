import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { PlatformError } from "../../core/index.ts";
import type { HttpCall, HttpInvocation, HttpReceiver } from "../../scheduler/index.ts";
import { RawClient } from "../testing/raw-client.ts";
import { startGateway, takenIn, type StartedGateway, type StartOptions } from "../testing/started-gateway.ts";

const key = "dGhlIHNhbXBsZSBub25jZQ==";
const accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const host = "Host: hello-abcd1234.localhost\r\n";
const handshake = `${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`;

/** A function that a test answers for by hand. */
class FakeFunction implements HttpCall {
  readonly written: Buffer[] = [];
  readonly asked = Promise.withResolvers<void>();
  readonly over = Promise.withResolvers<void>();
  readonly ended = Promise.withResolvers<void>();
  invocation: HttpInvocation | null = null;
  receiver: HttpReceiver | null = null;
  granted = 0;
  hasRoom = true;
  cancelStatus: number | undefined | null = null;

  readonly run = (invocation: HttpInvocation, receiver: HttpReceiver): HttpCall => {
    this.invocation = invocation;
    this.receiver = receiver;
    this.asked.resolve();
    return this;
  };

  write(chunk: Uint8Array): boolean {
    this.written.push(Buffer.from(chunk));
    return this.hasRoom;
  }
  end(): void {
    this.ended.resolve();
  }
  grant(bytes: number): void {
    this.granted += bytes;
  }
  cancel(status?: number): void {
    this.cancelStatus = status;
    this.over.resolve();
  }

  get bytes(): string {
    return Buffer.concat(this.written).toString();
  }

  async answers(): Promise<HttpReceiver> {
    await this.asked.promise;
    assert.ok(this.receiver !== null);
    return this.receiver;
  }

  /** Answers 101 when it is asked. */
  async accepts(pairs: readonly string[] = ["sec-websocket-accept", accept]): Promise<HttpReceiver> {
    const receiver = await this.answers();
    assert.equal(receiver.onHead(101, pairs, null), null);
    return receiver;
  }
}

interface Fixture extends AsyncDisposable {
  readonly started: StartedGateway;
  readonly called: FakeFunction;
  readonly client: RawClient;
}

async function webSocketFunction(options: StartOptions = {}, request = `GET / HTTP/1.1\r\n${handshake}\r\n`) {
  const called = new FakeFunction();
  const started = await startGateway({ webSocketIdleS: 60, ...options, run: called.run });
  const client = await RawClient.connect(started.port);
  client.send(request);
  const fixture: Fixture = {
    started,
    called,
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await started[Symbol.asyncDispose]();
    },
  };
  return fixture;
}

test("asks the function for the change of protocol, without a body", async () => {
  await using fixture = await webSocketFunction();
  await fixture.called.asked.promise;
  const { invocation } = fixture.called;
  assert.deepEqual([invocation?.isUpgrade, invocation?.body], [true, ""]);
  const headers = invocation?.rawHeaders.join("\n") ?? "";
  assert.match(headers, /\nSec-WebSocket-Key\ndGhl/);
  assert.match(headers, /\nconnection\nUpgrade\nupgrade\nwebsocket$/);
  fixture.called.receiver?.onError(new PlatformError("ProcessExited", "It is over."), null);
});

test("carries bytes both ways, those sent ahead included, and ends when the function does", async () => {
  await using fixture = await webSocketFunction({}, `GET / HTTP/1.1\r\n${handshake}\r\nearly `);
  const { called, client } = fixture;
  const receiver = await called.accepts(["sec-websocket-accept", accept, "upgrade", "other", "x-a", "1", "x b", "2"]);
  const head = await client.until(/\r\n\r\n/);
  assert.match(head, /^HTTP\/1\.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n/);
  assert.match(
    head,
    new RegExp(`\r\nsec-websocket-accept: ${accept.replace("+", "\\+")}\r\nx-a: 1\r\nx-scf-request-id: `),
  );
  client.send("late");
  while (called.bytes !== "early late") await takenIn(fixture.started);
  assert.equal(receiver.onData(Buffer.from("hello")), null);
  await client.until(/hello$/);
  assert.equal(called.granted, 5);
  assert.equal(receiver.onLastData(), null);
  receiver.onEnd(null);
  await client.closed();
  assert.equal(called.cancelStatus, null, "a call that has ended is not cancelled");
});

test("holds the client back while the function has no room, and the function while the client takes nothing", async () => {
  await using fixture = await webSocketFunction();
  const { called, client, started } = fixture;
  const receiver = await called.accepts();
  await client.until(/\r\n\r\n/);
  called.hasRoom = false;
  for (let i = 0; i < 320; i++) client.send("x".repeat(0x10000));
  for (let turn = 0; turn < 5; turn++) await takenIn(started);
  assert.ok(called.bytes.length > 0 && called.bytes.length <= 256 * 1024, `${called.bytes.length} bytes were taken`);
  called.hasRoom = true;
  receiver.onDrain();
  while (called.bytes.length < 320 * 0x10000) await takenIn(started);
  client.socket.pause();
  for (let i = 0; i < 320; i++) receiver.onData(Buffer.alloc(0x10000));
  assert.ok(called.granted < 320 * 0x10000, "credit for what the client has not taken");
  client.socket.resume();
  while (called.granted < 320 * 0x10000) await takenIn(started);
});

test("tells the function of a client that has said its last, to which it may still speak", async () => {
  await using fixture = await webSocketFunction();
  const { called, client } = fixture;
  const receiver = await called.accepts();
  await client.until(/\r\n\r\n/);
  client.socket.end();
  await called.ended.promise;
  assert.equal(called.cancelStatus, null);
  receiver.onData(Buffer.from("farewell"));
  receiver.onEnd(null);
  assert.match(await client.closed(), /farewell$/);
});

test("cancels the call of a client that ends before it is answered", async () => {
  await using fixture = await webSocketFunction();
  await fixture.called.asked.promise;
  fixture.client.socket.end();
  await fixture.called.over.promise;
  assert.equal(fixture.called.cancelStatus, undefined);
});

test("cancels the call of a client that vanishes", async () => {
  await using fixture = await webSocketFunction();
  await fixture.called.accepts();
  await fixture.client.until(/\r\n\r\n/);
  fixture.client.socket.resetAndDestroy();
  await fixture.called.over.promise;
  assert.equal(fixture.called.cancelStatus, 200);
});

for (const [what, options, status, act] of [
  ["that is silent for too long", { webSocketIdleS: 0.1 }, 455, () => undefined],
  ["at a stop", {}, 200, ({ started }: Fixture) => void started.gateway[Symbol.asyncDispose]()],
] as const) {
  test(`closes a WebSocket ${what} with 1001, and the call with ${status}`, async () => {
    await using fixture = await webSocketFunction(options);
    await fixture.called.accepts();
    await fixture.client.until(/\r\n\r\n/);
    act(fixture);
    await fixture.called.over.promise;
    assert.equal(fixture.called.cancelStatus, status);
    assert.ok((await fixture.client.closed()).includes("\x03\xe9"), "the code of the Close");
  });
}

test("tells a client why when the function's time is up, and nothing when its process died", async () => {
  for (const [code, closeCode] of [
    ["TimeLimitReached", 1001],
    ["ProcessExited", 1006],
  ] as const) {
    const called = new FakeFunction();
    await using started = await startGateway({ webSocketIdleS: 60, run: called.run });
    const socket = new WebSocket(`${started.url.replace("http", "ws")}/~default/hello/`);
    const receiver = await called.answers();
    const sent = called.invocation?.rawHeaders ?? [];
    const sentKey = sent[sent.findIndex((name) => name.toLowerCase() === "sec-websocket-key") + 1];
    receiver.onHead(101, ["sec-websocket-accept", acceptOf(sentKey ?? "")], null);
    await once(socket, "open");
    receiver.onError(new PlatformError(code, "It is over."), null);
    assert.equal((await once(socket, "close"))[0], closeCode);
    assert.equal(called.cancelStatus, null);
  }
});

test("passes on an answer that refuses the WebSocket", async () => {
  await using fixture = await webSocketFunction();
  const receiver = await fixture.called.answers();
  assert.equal(receiver.onHead(403, ["x-why", "no"], Buffer.from("denied")), null);
  receiver.onEnd(null);
  assert.match(await fixture.client.closed(), /^HTTP\/1\.1 403 Forbidden\r\n[^]*x-why: no\r\n[^]*denied$/);
});

test("opens no WebSocket any more while the server stops", async () => {
  await using fixture = await webSocketFunction({ config: { drainTimeoutS: 30 } });
  const receiver = await fixture.called.answers();
  const stopped = fixture.started.gateway[Symbol.asyncDispose]();
  const problem = receiver.onHead(101, ["sec-websocket-accept", accept], null);
  assert.ok(problem !== null);
  receiver.onError(problem, null);
  assert.match(await fixture.client.closed(), /^HTTP\/1\.1 503 /);
  await stopped;
});

const refused: Record<string, [request: string, answer: RegExp]> = {
  "another version": [
    `GET / HTTP/1.1\r\n${handshake.replace("13", "8")}\r\n`,
    /^HTTP\/1\.1 426 [^]*\r\nsec-websocket-version: 13\r\n/i,
  ],
  "no key": [`GET / HTTP/1.1\r\n${handshake.replace(/Sec-WebSocket-Key.*\r\n/, "")}\r\n`, /^HTTP\/1\.1 400 /],
  "a short key": [`GET / HTTP/1.1\r\n${handshake.replace(key, "dGhlIHNhbXBsZQ==")}\r\n`, /^HTTP\/1\.1 400 /],
  "two keys": [`GET / HTTP/1.1\r\n${handshake}Sec-WebSocket-Key: ${key}\r\n\r\n`, /^HTTP\/1\.1 400 /],
  "another method": [`POST / HTTP/1.1\r\n${handshake}Content-Length: 0\r\n\r\n`, /^HTTP\/1\.1 400 /],
};

for (const [what, [request, answer]] of Object.entries(refused)) {
  test(`refuses a handshake with ${what}`, async () => {
    await using fixture = await webSocketFunction({}, request);
    assert.match(await fixture.client.closed(), answer);
    assert.equal(fixture.called.invocation, null);
  });
}

test("takes the wish for a plain request where the function takes no WebSocket, and for other protocols", async () => {
  for (const [webSocketIdleS, protocol] of [
    [null, "websocket"],
    [60, "echo"],
  ] as const) {
    const request = `GET / HTTP/1.1\r\n${handshake.replace("websocket", protocol)}\r\n`;
    await using fixture = await webSocketFunction({ webSocketIdleS }, request);
    const receiver = await fixture.called.answers();
    assert.equal(fixture.called.invocation?.isUpgrade, false);
    receiver.onHead(200, [], Buffer.from("plain"));
    receiver.onEnd(null);
    await fixture.client.until(/plain$/);
  }
});

/** What RFC 6455 wants of a server. */
function acceptOf(sentKey: string): string {
  return hash("sha1", `${sentKey}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, "base64");
}
