import assert from "node:assert/strict";
import { test } from "node:test";
import { PlatformError } from "../../core/index.ts";
import type { HttpInvocation, HttpReceiver } from "../../scheduler/index.ts";
import { RawClient } from "../testing/raw-client.ts";
import { idleCall, startGateway, takenIn, type FakeFunction, type StartOptions } from "../testing/started-gateway.ts";

const host = "Host: hello-abcd1234.localhost\r\n";

/** Answers in one piece. */
function answerWith(status: number, pairs: string[], body: string): FakeFunction {
  return (_invocation, receiver) => {
    const problem = receiver.onHead(status, pairs, Buffer.from(body));
    if (problem === null) receiver.onEnd(null);
    else receiver.onError(problem, null);
    return idleCall;
  };
}

/** What a raw client gets for a request, once the connection is closed. */
async function ask(options: StartOptions, request: string): Promise<string> {
  await using started = await startGateway(options);
  await using client = await RawClient.connect(started.port);
  client.send(request);
  return await client.closed();
}

const get = `GET / HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;

test("sends a small body with the call's head", async () => {
  const bodies: unknown[] = [];
  const run: FakeFunction = (invocation, receiver) => {
    bodies.push(invocation.body === undefined ? null : Buffer.from(invocation.body).toString());
    return answerWith(200, [], "ok")(invocation, receiver);
  };
  await using started = await startGateway({ run });
  await using client = await RawClient.connect(started.port);
  client.send(`POST / HTTP/1.1\r\n${host}Content-Length: 6\r\n\r\nabc`);
  await takenIn(started);
  client.send(`defGET / HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
  await client.closed();
  assert.deepEqual(bodies, ["abcdef", ""]);
});

test("streams a large body, stops at the function's pace, and passes trailers on", async () => {
  let received = 0;
  let trailers: readonly string[] | undefined;
  let receiver: HttpReceiver | null = null;
  let isHeld = true;
  const run: FakeFunction = (_invocation, given) => {
    receiver = given;
    return {
      ...idleCall,
      write: (chunk) => {
        received += chunk.length;
        return !isHeld;
      },
      end: (sent) => {
        trailers = sent;
        given.onHead(200, [], Buffer.from(String(received)));
        given.onEnd(null);
      },
    };
  };
  await using started = await startGateway({ run });
  await using client = await RawClient.connect(started.port);
  const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  client.send(`POST / HTTP/1.1\r\n${host}Connection: close\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n`);
  for (let i = 0; i < 160; i++) client.send(chunk);
  client.send("0\r\nx-sum: 7\r\n\r\n");
  for (let turn = 0; turn < 5; turn++) await takenIn(started);
  assert.notEqual(received, 0);
  assert.ok(received <= 256 * 1024, `${received} bytes were taken before the function wanted more`);
  isHeld = false;
  (receiver as HttpReceiver | null)?.onDrain();
  assert.match(await client.closed(), /10485760$/);
  assert.deepEqual(trailers, ["x-sum", "7"]);
});

test("streams an answer piece by piece, with early hints before and trailers after it", async () => {
  const run: FakeFunction = (_invocation, receiver) => {
    receiver.onHead(103, ["link", "</a.css>"], null);
    receiver.onHead(200, ["content-type", "text/plain", "transfer-encoding", "gzip"], null);
    receiver.onData(Buffer.from("one"));
    setImmediate(() => {
      receiver.onData(Buffer.from("two"));
      receiver.onEnd(["x-sum", "6", "content-length", "9"]);
    });
    return idleCall;
  };
  const answer = await ask({ run }, get);
  assert.match(answer, /^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a\.css>\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /transfer-encoding: chunked[^]*3\r\none\r\n3\r\ntwo\r\n0\r\nx-sum: 6\r\n\r\n$/i);
  assert.doesNotMatch(answer, /gzip|content-length/);
});

test("sends the head of a stream before its first byte", async () => {
  const run: FakeFunction = (_invocation, receiver) => {
    receiver.onHead(200, ["content-type", "text/event-stream"], null);
    return idleCall;
  };
  await using started = await startGateway({ run });
  await using client = await RawClient.connect(started.port);
  client.send(get);
  assert.match(await client.until(/\r\n\r\n/), /text\/event-stream/);
});

test("gives credit back only as the client takes the answer", async () => {
  let granted = 0;
  let receiver: HttpReceiver | null = null;
  const run: FakeFunction = (_invocation, given) => {
    receiver = given;
    given.onHead(200, [], null);
    return {
      ...idleCall,
      grant: (bytes) => {
        granted += bytes;
      },
    };
  };
  await using started = await startGateway({ run });
  await using client = await RawClient.connect(started.port);
  client.socket.pause();
  client.send(get);
  while (receiver === null) await new Promise(setImmediate);
  const sender = receiver as HttpReceiver;
  const chunk = Buffer.alloc(64 * 1024, "x");
  let sent = 0;
  while (sent - granted < 256 * 1024) {
    sender.onData(chunk);
    sent += chunk.length;
    await new Promise(setImmediate);
  }
  assert.ok(granted < sent);
  client.socket.resume();
  while (granted < sent) await new Promise(setImmediate);
  assert.equal(granted, sent);
  sender.onEnd(null);
  await client.closed();
});

test("ends a stream whose client takes nothing any more", async () => {
  const canceled = Promise.withResolvers<void>();
  const run: FakeFunction = (_invocation, receiver) => {
    receiver.onHead(200, [], null);
    const chunk = Buffer.alloc(64 * 1024, "x");
    let sent = 0;
    let granted = 0;
    const send = (): void => {
      for (; sent - granted < 256 * 1024; sent += chunk.length) receiver.onData(chunk);
    };
    setImmediate(send);
    const grant = (bytes: number): void => {
      granted += bytes;
      setImmediate(send);
    };
    return { ...idleCall, grant, cancel: () => canceled.resolve() };
  };
  await using started = await startGateway({ run, config: { bodyIdleTimeoutS: 0.2 } });
  await using client = await RawClient.connect(started.port);
  client.socket.pause();
  client.send(get);
  await canceled.promise;
});

test("cancels the call when the client leaves", async () => {
  const canceled = Promise.withResolvers<void>();
  const running = Promise.withResolvers<void>();
  const run: FakeFunction = () => {
    running.resolve();
    return { ...idleCall, cancel: () => canceled.resolve() };
  };
  await using started = await startGateway({ run });
  await using client = await RawClient.connect(started.port);
  client.send(get);
  await running.promise;
  client.socket.destroy();
  await canceled.promise;
  assert.equal(started.gateway.stats().statuses[0], 1);
});

test("answers HEAD, 204 and 304 without a body", async () => {
  const head = await ask({ run: answerWith(200, ["content-length", "5"], "") }, get.replace("GET", "HEAD"));
  assert.match(head, /content-length: 5[^]*\r\n\r\n$/);
  const noContent = await ask({ run: answerWith(204, ["content-length", "0"], "") }, get);
  assert.match(noContent, /^HTTP\/1\.1 204 (?![^]*content-length)(?![^]*chunked)[^]*\r\n\r\n$/i);
  const notModified = await ask({ run: answerWith(304, ["etag", '"1"'], "") }, get);
  assert.match(notModified, /^HTTP\/1\.1 304 (?![^]*chunked)[^]*\r\n\r\n$/i);
});

test("serves HTTP/1.0 clients without chunks", async () => {
  const run: FakeFunction = (_invocation, receiver) => {
    receiver.onHead(200, [], null);
    receiver.onData(Buffer.from("streamed"));
    receiver.onEnd(null);
    return idleCall;
  };
  const answer = await ask({ run }, `GET / HTTP/1.0\r\n${host}\r\n`);
  assert.match(answer, /connection: close\r\n\r\nstreamed$/i);
});

test("asks for a body that waits for permission when an instance has the call, and not if it is refused", async () => {
  const placed: HttpReceiver[] = [];
  const begun = Promise.withResolvers<void>();
  const run: FakeFunction = (_invocation, receiver) => {
    placed.push(receiver);
    if (placed.length === 1) begun.resolve();
    else receiver.onError(new PlatformError("ResourceLimit", "No room."), null);
    const written: Buffer[] = [];
    return {
      ...idleCall,
      write: (chunk) => written.push(Buffer.from(chunk)) > 0,
      end: () => {
        receiver.onHead(200, [], Buffer.concat(written));
        receiver.onEnd(null);
      },
    };
  };
  await using started = await startGateway({ run });
  const head = `POST / HTTP/1.1\r\n${host}Expect: 100-continue\r\nConnection: close\r\nContent-Length: 3\r\n\r\n`;
  await using client = await RawClient.connect(started.port);
  client.send(head);
  await begun.promise;
  await takenIn(started);
  assert.equal(client.received, "");
  placed[0]?.onDrain();
  await client.until(/100 Continue\r\n\r\n/);
  client.send("abc");
  assert.match(await client.closed(), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 [^]*abc$/);
  await using refused = await RawClient.connect(started.port);
  refused.send(head);
  assert.match(await refused.closed(), /^HTTP\/1\.1 4\d\d /);
});

test("refuses a body that waits for permission without asking for it", async () => {
  await using started = await startGateway();
  await using client = await RawClient.connect(started.port);
  client.send(`POST /nothing HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`);
  assert.match(await client.until(/\}\n$/), /^HTTP\/1\.1 404 /);
});

for (const connection of ["", "Connection: keep-alive, x\r\n"]) {
  for (const method of ["GET", "HEAD"]) {
    for (const pairs of [
      ["trailer", "x-a"],
      ["trailer", "x-a", "content-length", "2"],
    ]) {
      test(`says Trailer with chunks only: ${method} ${connection.trim()} ${pairs.join(" ")}`, async () => {
        const streamed: FakeFunction = (_invocation, receiver) => {
          assert.equal(receiver.onHead(200, pairs, null), null);
          receiver.onData(Buffer.from("ok"));
          receiver.onEnd(null);
          return idleCall;
        };
        const request = `${method} / HTTP/1.1\r\n${host}${connection}\r\n`;
        for (const run of [answerWith(200, pairs, "ok"), streamed, answerWith(204, ["trailer", "x-a"], "")]) {
          await using started = await startGateway({ run });
          await using client = await RawClient.connect(started.port);
          client.send(request);
          const answer = await client.until(/\r\n\r\n/);
          assert.match(answer, /^HTTP\/1\.1 20[04] /);
          assert.equal(/^trailer: x-a\r$/im.test(answer), /^transfer-encoding: chunked\r$/im.test(answer));
        }
      });
    }
  }
}

const badHeads: readonly { name: string; status: number; pairs: string[]; body?: string }[] = [
  { name: "status 99", status: 700, pairs: [] },
  { name: "line break in a value", status: 200, pairs: ["x-a", "b\r\nset-cookie: c"] },
  { name: "line break in a name", status: 200, pairs: ["x-a\r\nx", "b"] },
  { name: "empty name", status: 200, pairs: ["", "b"] },
  { name: "odd header list", status: 200, pairs: ["x-a"] },
  { name: "length that is no number", status: 200, pairs: ["content-length", "1e1"] },
  { name: "two lengths", status: 200, pairs: ["content-length", "2", "content-length", "2"] },
  { name: "length of another body", status: 200, pairs: ["content-length", "9"] },
];

for (const { name, status, pairs } of badHeads) {
  test(`answers 502 for a head with ${name}`, async () => {
    await using started = await startGateway({ run: answerWith(status, pairs, "ok") });
    for (const connection of ["", "Connection: keep-alive, x\r\n"]) {
      await using client = await RawClient.connect(started.port);
      client.send(`GET / HTTP/1.1\r\n${host}${connection}\r\n`);
      const answer = await client.until(/\}\n$/);
      assert.match(answer, /^HTTP\/1\.1 502 Bad Gateway\r\n[^]*The answer of default\/hello /);
      assert.doesNotMatch(answer, /set-cookie/);
    }
  });
}

test("breaks the connection when an answer is shorter or longer than announced, or breaks, and says which", async () => {
  const streams: [RegExp, (receiver: HttpReceiver) => PlatformError | null][] = [
    [/ is 4 bytes shorter than its Content-Length/, (receiver) => receiver.onLastData()],
    [/ is longer than its Content-Length/, (receiver) => receiver.onData(Buffer.from("far too long"))],
    [/gone/, () => new PlatformError("ProcessExited", "gone")],
  ];
  for (const [message, stream] of streams) {
    let problem: PlatformError | null = null;
    const run: FakeFunction = (_invocation, receiver) => {
      assert.equal(receiver.onHead(200, ["content-length", "8"], null), null);
      assert.equal(receiver.onData(Buffer.from("part")), null);
      setImmediate(() =>
        setImmediate(() => {
          problem = stream(receiver);
          if (problem !== null) receiver.onError(problem, null);
        }),
      );
      return idleCall;
    };
    const answer = await ask({ run }, get);
    assert.match(answer, /content-length: 8[^]*\r\n\r\n(?:part)?$/);
    assert.match(String(problem), message);
  }
});

test("asks for no length of an answer that has no body", async () => {
  const run: FakeFunction = (_invocation, receiver) => {
    receiver.onHead(200, ["content-length", "8"], null);
    assert.equal(receiver.onLastData(), null);
    receiver.onEnd(null);
    return idleCall;
  };
  assert.match(await ask({ run }, get.replace("GET", "HEAD")), /content-length: 8\r\n[^]*\r\n\r\n$/);
});

test("says what failed as JSON or as a page, with layer, limit and setting, and without stack traces", async () => {
  const error = new PlatformError("TimeLimitReached", "The function did not answer within 3 s.", {
    limit: "Timeout",
    value: "3 s",
    setting: "Timeout of the function",
    stackTrace: "secret",
  });
  const run: FakeFunction = (_invocation: HttpInvocation, receiver) => {
    receiver.onError(error, null);
    return idleCall;
  };
  const json = await ask({ run }, get);
  assert.match(json, /^HTTP\/1\.1 504 [^]*x-scf-status: 433/);
  const { error: body } = JSON.parse(json.slice(json.indexOf("\r\n\r\n"))) as { error: Record<string, unknown> };
  assert.deepEqual(
    { ...body, requestId: "" },
    {
      code: "TimeLimitReached",
      status: 433,
      message: "The function did not answer within 3 s.",
      layer: "function",
      fault: "function",
      limit: "Timeout",
      value: "3 s",
      setting: "Timeout of the function",
      requestId: "",
    },
  );
  const page = await ask({ run }, get.replace("Connection", "Accept: text/html,*/*\r\nConnection"));
  assert.match(page, /text\/html[^]*<h1>504 Gateway Timeout<\/h1>/);
  assert.doesNotMatch(json + page, /secret/);
});

test("tells a throttled client when to come back", async () => {
  const run: FakeFunction = (_invocation, receiver) => {
    receiver.onError(new PlatformError("ConcurrencyLimit", "Too many calls.", { retryAfterS: 1.5 }), null);
    return idleCall;
  };
  assert.match(await ask({ run }, get), /^HTTP\/1\.1 429 [^]*retry-after: 2\r\n/);
});

test("writes a copy of what is valid during the call only, however large, and to a client that takes it late", async () => {
  const run: FakeFunction = (_invocation, receiver) => {
    const read = Buffer.alloc(65_536);
    receiver.onHead(200, ["content-length", String(40 * read.length + 10)], null);
    for (let i = 0; i < 40; i++) receiver.onData(read.fill(i));
    receiver.onData(read.subarray(0, 10).fill("z"));
    read.fill("b");
    receiver.onEnd(null);
    return idleCall;
  };
  const answer = await ask({ run }, get);
  const expected = Array.from({ length: 40 }, (_, i) => String.fromCharCode(i).repeat(65_536)).join("");
  assert.equal(answer.slice(answer.indexOf("\r\n\r\n") + 4), `${expected}zzzzzzzzzz`);
});
