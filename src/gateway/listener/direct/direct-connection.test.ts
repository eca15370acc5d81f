import assert from "node:assert/strict";
import http from "node:http";
import { describe, it } from "node:test";
import { RawClient } from "../../testing/raw-client.ts";
import { idleCall, startGateway, takenIn, type FakeFunction } from "../../testing/started-gateway.ts";

const host = "Host: hello-abcd1234.localhost\r\n";

function get(path: string, fields = ""): string {
  return `GET ${path} HTTP/1.1\r\n${host}${fields}\r\n`;
}

/** Streams its answer; the test says when. */
function streaming(pairs: readonly string[] = []) {
  const steps: { write: (text: string) => void; end: (trailers?: string[]) => void }[] = [];
  const run: FakeFunction = (_invocation, receiver) => {
    receiver.onHead(200, pairs, null);
    steps.push({
      write: (text) => receiver.onData(Buffer.from(text)),
      end: (trailers) => receiver.onEnd(trailers ?? null),
    });
    return idleCall;
  };
  return { run, steps };
}

describe("a connection of simple requests", () => {
  it("is answered with date, length and request id, and stays open", async () => {
    await using started = await startGateway();
    await using client = await RawClient.connect(started.port);
    client.send(get("/1"));
    const first = await client.until(/"path":"\/1"/);
    assert.match(first, /^HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\ncontent-length: \d+\r\n/);
    assert.match(first, /\r\nx-scf-request-id: [0-9a-f-]{36}\r\n/);
    assert.match(first, /\r\nDate: \w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT\r\n/);
    assert.match(first, /\r\nConnection: keep-alive\r\nKeep-Alive: timeout=\d+\r\n\r\n\{/);
    client.send(get("/2"));
    assert.match(await client.until(/"path":"\/2"/), /"path":"\/1"[^]*"path":"\/2"/);
  });

  it("goes over to Node's parser in the middle of its life, and its answers keep their order", async () => {
    await using started = await startGateway();
    await using client = await RawClient.connect(started.port);
    client.send(get("/1"));
    await client.until(/"path":"\/1"/);
    client.send(`POST /2 HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
    client.send(`0\r\n\r\n${get("/3")}`);
    client.send(get("/4", "Connection: close\r\n"));
    const answers = [...(await client.closed()).matchAll(/"path":"\/(\d)"/g)].map((match) => match[1]);
    assert.deepEqual(answers, ["1", "2", "3", "4"]);
  });

  it("reads what came during an answer when it is over, whole or in pieces", async () => {
    const { run, steps } = streaming();
    await using started = await startGateway({ run });
    await using client = await RawClient.connect(started.port);
    client.send(get("/1"));
    await client.until(/chunked\r\n/);
    const next = get("/2");
    client.send(next.slice(0, 20));
    client.send(next.slice(20));
    steps[0]?.write("one");
    steps[0]?.end();
    await client.until(/one\r\n0\r\n\r\nHTTP\/1\.1 200 OK/);
    steps[1]?.write("two");
    steps[1]?.end();
    assert.match(await client.until(/two\r\n0\r\n\r\n$/), /3\r\ntwo\r\n0\r\n\r\n$/);
  });

  it("keeps what it has read while other clients are read into the same memory", async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const run: FakeFunction = ({ path }, receiver) => {
      void (path === "/slow" ? answered : Promise.resolve()).then(() => {
        receiver.onHead(200, [], Buffer.from(`answer to ${path}`));
        receiver.onEnd(null);
      });
      return idleCall;
    };
    await using started = await startGateway({ run });
    await using one = await RawClient.connect(started.port);
    await using other = await RawClient.connect(started.port);
    const hears = async (client: RawClient, text: RegExp): Promise<void> =>
      assert.match(await client.until(text), text);
    one.send(get("/1"));
    await hears(one, /answer to \/1/);
    other.send(get("/2")); // as long as the one before
    await hears(other, /answer to \/2/);
    one.send(get("/2"));
    await hears(one, /answer to \/2/);
    one.socket.setNoDelay(); // what follows leaves before this is answered
    one.send(get("/slow"));
    await takenIn(started);
    one.send(get("/3"));
    await takenIn(started);
    answer();
    await hears(one, /answer to \/slow[^]*answer to \/3/);
  });

  it("streams with chunks and trailers as Node's client understands them", async () => {
    const { run, steps } = streaming(["trailer", "x-sum"]);
    await using started = await startGateway({ run });
    const agent = new http.Agent({ keepAlive: true });
    const answer = await new Promise<http.IncomingMessage>((resolve) => {
      http.get(`${started.url}/~default/hello/`, { agent }, resolve);
    });
    steps[0]?.write("a");
    steps[0]?.write("b".repeat(100_000));
    steps[0]?.end(["x-sum", "7"]);
    let length = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) length += chunk.length;
    assert.equal(length, 100_001);
    assert.equal(answer.trailers["x-sum"], "7");
    agent.destroy();
  });

  it("sends an announced length as it is, and no body to HEAD", async () => {
    const { run, steps } = streaming(["content-length", "3"]);
    await using started = await startGateway({ run });
    await using client = await RawClient.connect(started.port);
    client.send(get("/"));
    await client.until(/content-length: 3\r\n/);
    steps[0]?.write("abc");
    steps[0]?.end();
    assert.doesNotMatch(await client.until(/\r\n\r\nabc$/), /chunked/i);
    client.received = "";
    client.send(`HEAD / HTTP/1.1\r\n${host}\r\n`);
    await client.until(/\r\n\r\n/);
    steps[1]?.end();
    assert.match(client.received, /^HTTP\/1\.1 200 OK\r\ncontent-length: 3\r\n[^]*\r\n\r\n$/);
  });

  it("sends no body where none belongs, informational answers first, and its own date only once", async () => {
    const run: FakeFunction = ({ path }, receiver) => {
      const date = ["date", "Thu, 01 Jan 2026 00:00:00 GMT"];
      receiver.onHead(103, ["link", "</a.css>"], null);
      receiver.onHead(Number(path.slice(1)), date, Buffer.from(path === "/204" ? "" : "body"));
      receiver.onEnd(null);
      return idleCall;
    };
    await using started = await startGateway({ run });
    for (const [method, status] of [
      ["HEAD", 200],
      ["GET", 204],
      ["GET", 304],
    ] as const) {
      await using client = await RawClient.connect(started.port);
      client.send(`${method} /${status} HTTP/1.1\r\n${host}\r\n`);
      const answer = await client.until(/keep-alive\r\nKeep-Alive: timeout=\d+\r\n\r\n/);
      assert.match(answer, new RegExp(`^HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 ${status} `));
      assert.equal(answer.match(/^date:/gim)?.length, 1);
      assert.equal(/^content-length:/im.test(answer), false);
      client.send(get("/200", "Connection: close\r\n")); // what would be a body would stand in front of the next answer
      assert.match((await client.closed()).slice(answer.length), /^HTTP\/1\.1 103 [^]*\r\n\r\nbody$/);
    }
  });

  it("waits for a client that does not read, and goes on when it does", async () => {
    let granted = 0;
    const run: FakeFunction = (_invocation, receiver) => {
      receiver.onHead(200, [], null);
      receiver.onData(Buffer.alloc(16 * 1024 * 1024));
      return { ...idleCall, grant: (bytes) => ((granted += bytes), receiver.onEnd(null)) };
    };
    await using started = await startGateway({ run });
    await using client = await RawClient.connect(started.port);
    client.socket.pause();
    client.send(get("/"));
    while (started.gateway.stats().connections === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(granted, 0);
    client.socket.resume();
    await client.until(/\r\n0\r\n\r\n$/);
    assert.equal(granted, 16 * 1024 * 1024);
  });

  it("ends with the answer that its client wanted to be the last, and looks at nothing behind it", async () => {
    let calls = 0;
    const { run, steps } = streaming(["content-length", "2"]);
    await using started = await startGateway({
      run: (invocation, receiver) => {
        calls++;
        return run(invocation, receiver);
      },
    });
    await using client = await RawClient.connect(started.port);
    client.send(get("/", "Connection: close\r\n"));
    await client.until(/content-length/);
    client.send(get("/ignored"));
    steps[0]?.write("ok");
    steps[0]?.end();
    assert.match(await client.closed(), /^HTTP\/1\.1 200 OK\r\n[^]*\r\nConnection: close\r\n\r\nok$/);
    assert.equal(calls, 1);
  });

  it("does not begin what was sent ahead when its client has left", async () => {
    const ran: string[] = [];
    const { promise: canceled, resolve } = Promise.withResolvers<void>();
    await using started = await startGateway({
      run: ({ path }) => {
        ran.push(path);
        return { ...idleCall, cancel: () => resolve() };
      },
    });
    await using client = await RawClient.connect(started.port);
    client.send(get("/1"));
    while (ran.length === 0) await new Promise((next) => setImmediate(next));
    client.socket.setNoDelay();
    client.send(get("/2"));
    await takenIn(started);
    client.socket.resetAndDestroy();
    await canceled;
    await new Promise((next) => setImmediate(next));
    assert.deepEqual(ran, ["/1"]);
  });

  it("runs nothing more for a client that does not read", async () => {
    let ran = 0;
    const run: FakeFunction = (_invocation, receiver) => {
      ran++;
      receiver.onHead(200, [], Buffer.alloc(4 * 1024 * 1024));
      receiver.onEnd(null);
      return idleCall;
    };
    await using started = await startGateway({ run, config: { bodyIdleTimeoutS: 0.4 } });
    await using client = await RawClient.connect(started.port);
    client.socket.pause();
    for (let i = 0; i < 40; i++) {
      client.send(get(`/${i}`));
      await new Promise((next) => setImmediate(next));
    }
    while (started.gateway.stats().connections > 0) await new Promise((next) => setImmediate(next)); // it is left in the end
    assert.ok(ran <= 3, `${ran} ran`);
  });

  it("cancels the call of a client that leaves", async () => {
    const { promise: canceled, resolve } = Promise.withResolvers<void>();
    await using started = await startGateway({ run: () => ({ ...idleCall, cancel: () => resolve() }) });
    await using client = await RawClient.connect(started.port);
    client.send(get("/"));
    while (started.gateway.stats().connections === 0) await new Promise((next) => setImmediate(next));
    client.socket.destroy();
    await canceled;
  });

  it("is closed after the idle time", async () => {
    await using started = await startGateway({ config: { idleTimeoutS: 0.2, bodyIdleTimeoutS: 0.2 } });
    await using client = await RawClient.connect(started.port);
    client.send(get("/"));
    assert.match(await client.closed(), /^HTTP\/1\.1 200 OK[^]*\}$/);
  });

  it("is closed with its last answer when the server stops", async () => {
    const { run, steps } = streaming();
    await using started = await startGateway({ run });
    await using idle = await RawClient.connect(started.port);
    await using busy = await RawClient.connect(started.port);
    busy.send(get("/"));
    await busy.until(/chunked/);
    const stopped = started.gateway[Symbol.asyncDispose]();
    assert.equal(await idle.closed(), "");
    steps[0]?.end();
    assert.match(await busy.closed(), /\r\n0\r\n\r\n$/);
    await stopped;
  });
});
