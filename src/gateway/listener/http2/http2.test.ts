import assert from "node:assert/strict";
import { once } from "node:events";
import http2, {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
} from "node:http2";
import http from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { idleCall, startGateway, type FakeFunction, type StartedGateway } from "../../testing/started-gateway.ts";
import { startService } from "../../testing/started-service.ts";

const authority = "hello-abcd1234.localhost";

test("answers many requests of one connection at the same time, each with its own headers and body", async () => {
  await using started = await startGateway({ config: { tlsPort: 0 } });
  await using client = connect(started);
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      ask(client.session, { ":path": `/${i}?q`, cookie: ["a=1", "b=2"] }, `body ${i}`),
    ),
  );
  for (const [i, { headers, body }] of answers.entries()) {
    assert.equal(headers[":status"], 200);
    assert.match(String(headers["x-scf-request-id"]), /^[0-9a-f-]{36}$/);
    const echo = JSON.parse(body);
    assert.deepEqual([echo.method, echo.path], ["POST", `/${i}?q`]);
    const pairs = Object.fromEntries(pairsOf(echo.headers));
    assert.equal(pairs["host"], authority);
    assert.equal(pairs["cookie"], "a=1; b=2");
    assert.equal(pairs["x-forwarded-proto"], "https");
  }
  const head = await ask(client.session, { ":method": "HEAD" });
  assert.deepEqual([head.headers[":status"], head.body], [200, ""]);
});

test("streams both ways with trailers", async () => {
  const pieces = 64;
  const run: FakeFunction = (_invocation, receiver) => {
    receiver.onHead(200, ["content-type", "text/plain", "connection", "close", "keep-alive", "timeout=1"], null);
    let taken = 0;
    return {
      ...idleCall,
      write: (chunk: Buffer) => {
        taken += chunk.length;
        receiver.onData(Buffer.from(chunk));
        return true;
      },
      end: () => {
        receiver.onLastData();
        receiver.onEnd(["x-taken", String(taken)]);
      },
    };
  };
  await using started = await startGateway({ config: { tlsPort: 0 }, run });
  await using client = connect(started);
  const stream = client.session.request({ ":method": "POST", ":authority": authority });
  const trailers = once(stream, "trailers");
  const received = text(stream);
  for (let i = 0; i < pieces; i++) if (!stream.write("x".repeat(32 * 1024))) await once(stream, "drain");
  stream.end();
  assert.equal((await received).length, pieces * 32 * 1024);
  assert.equal((await trailers)[0]["x-taken"], String(pieces * 32 * 1024));
});

test("a service is answered, too", async () => {
  const service = http.createServer((request, response) => {
    request.pipe(
      response.writeHead(200, { "set-cookie": ["a=1", "b=2"], "x-coding": request.headers["transfer-encoding"] ?? "" }),
    );
  });
  await using fixture = await startService(service, { config: { tlsPort: 0 } });
  await using client = connect(fixture.started);
  const { headers, body } = await ask(client.session, { ":authority": "site-abcd1234.localhost" }, "whole");
  assert.deepEqual(
    [headers[":status"], headers["set-cookie"], headers["x-coding"], body],
    [200, ["a=1", "b=2"], "chunked", "whole"],
  );
});

test("a stream that the client resets cancels its call and no other", async () => {
  const begun = Promise.withResolvers<void>();
  const canceled = Promise.withResolvers<void>();
  const run: FakeFunction = (invocation, receiver) => {
    if (invocation.path === "/") {
      begun.resolve();
      return { ...idleCall, cancel: () => canceled.resolve() };
    }
    receiver.onHead(200, [], Buffer.from("ok"));
    receiver.onEnd(null);
    return idleCall;
  };
  await using started = await startGateway({ config: { tlsPort: 0 }, run });
  await using client = connect(started);
  const stream = client.session.request({ ":authority": authority });
  await begun.promise;
  stream.close(constants.NGHTTP2_CANCEL);
  await canceled.promise;
  assert.equal((await ask(client.session, { ":path": "/other" })).body, "ok");
});

test("refuses what HTTP/1.1 would refuse, and the connection goes on", async () => {
  await using started = await startGateway({ config: { tlsPort: 0, headerBytes: 8 * 1024 } });
  await using client = connect(started);
  const refused: readonly OutgoingHttpHeaders[] = [
    { ":path": "/a#b" },
    { ":path": "/é" },
    { ":method": "FOO" },
    { host: "other.localhost" },
    { ":authority": "a/b" },
    { ":authority": "" },
  ];
  for (const headers of refused) {
    const outcome = await ask(client.session, headers).then(
      (answer) => answer.headers[":status"],
      (error: Error) => error.message, // the protocol's own checks, which reset the stream
    );
    assert.match(String(outcome), /^400$|NGHTTP2_PROTOCOL_ERROR/, JSON.stringify(headers));
  }
  await assert.rejects(
    ask(client.session, { "x-a": "a".repeat(12_000) }),
    /NGHTTP2_(?:ENHANCE_YOUR_CALM|PROTOCOL_ERROR|REFUSED_STREAM)/,
  );
  assert.equal((await ask(client.session, { ":authority": "a", ":path": "/healthz" })).body, "ok\n");
});

test("a client that resets, pings or sets without end is told to calm down", async (context) => {
  /** Each does it once, and calls back when it may be done again. */
  const floods: Record<string, (session: ClientHttp2Session, again: () => void) => void> = {
    resets: (session, again) => {
      const stream = session.request({ ":authority": authority });
      stream.on("error", () => {}); // of those that the end of the connection meets
      stream.close(constants.NGHTTP2_CANCEL);
      stream.on("close", again);
    },
    pings: (session, again) => void session.ping((error) => error === null && again()), // with ten under way at most
    settings: (session, again) => session.settings({ initialWindowSize: 70_000 }, (error) => error === null && again()),
  };
  await using started = await startGateway({ config: { tlsPort: 0 }, run: () => idleCall });
  for (const [name, flood] of Object.entries(floods)) {
    await context.test(name, async () => {
      await using client = connect(started);
      const { session } = client;
      await once(session, "localSettings");
      const left = once(session, "goaway");
      const again = (): void => {
        if (!session.destroyed && !session.closed) flood(session, again);
      };
      for (let i = 0; i < 8; i++) again();
      const [code] = await left;
      assert.equal(code, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    });
  }
});

test("a stop answers what runs, and closes the connections that are idle", async () => {
  const running = Promise.withResolvers<() => void>();
  const run: FakeFunction = (_invocation, receiver) => {
    running.resolve(() => {
      receiver.onHead(200, [], Buffer.from("late"));
      receiver.onEnd(null);
    });
    return idleCall;
  };
  const started = await startGateway({ config: { tlsPort: 0, drainTimeoutS: 30 }, run });
  await using idle = connect(started);
  await once(idle.session, "connect");
  await using client = connect(started);
  const answer = ask(client.session, {});
  const finish = await running.promise;
  const idleClosed = once(idle.session, "close");
  const stopped = started[Symbol.asyncDispose]();
  await idleClosed;
  finish();
  assert.equal((await answer).body, "late");
  await stopped;
});

function connect({ tlsPort }: StartedGateway) {
  const session = http2.connect(`https://127.0.0.1:${tlsPort}`, { rejectUnauthorized: false });
  session.on("error", () => {}); // seen where it is awaited
  return {
    session,
    async [Symbol.asyncDispose]() {
      if (session.destroyed) return;
      const closed = once(session, "close");
      session.destroy();
      await closed;
    },
  };
}

async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string) {
  const method = body === undefined ? "GET" : "POST";
  const stream: ClientHttp2Stream = session.request({
    ":method": method,
    ":authority": authority,
    ":path": "/",
    ...headers,
  });
  const answered = once(stream, "response");
  if (body === undefined) stream.end();
  else stream.end(body);
  const [answer] = await answered;
  return { headers: answer as http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader, body: await text(stream) }; // of the event 'response'
}

function* pairsOf(list: readonly string[]): Iterable<[string, string]> {
  for (let i = 0; i + 1 < list.length; i += 2) yield [list[i] ?? "", list[i + 1] ?? ""];
}
