import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Answer } from "../../../tests/conformance/runtime-call.ts";
import type { RuntimeClient } from "../../../tests/conformance/runtime-client.ts";
import { withPackage } from "../testing/with-package.ts";

const options = { form: "http", handler: "index.default" } as const;
const megabyte = 1024 ** 2;

function withHandler(source: string, test: (client: RuntimeClient) => Promise<void>): Promise<void> {
  return withPackage({ "index.js": `module.exports = ${source};` }, options, test);
}

/** `status headers body` of an answer, or its failure. */
function show({ status, pairs, body, failure }: Answer): string {
  if (failure) return `${failure.kind}: ${failure.message}`;
  const headers = pairs.flatMap((name, i) => (i % 2 === 0 ? [`${name}=${pairs[i + 1]}`] : []));
  return [status, ...headers, body.toString()].join(" ").trim();
}

const answers: Record<string, [handler: string, answer: string]> = {
  "end with text": ["(req, res) => res.end('hello')", "200 hello"],
  "end with bytes": ["(req, res) => res.end(Buffer.from('hello'))", "200 hello"],
  "end with an encoding": ["(req, res) => res.end('aGk=', 'base64')", "200 hi"],
  "writeHead with an object": [
    "(req, res) => { res.writeHead(201, { 'X-A': 1, 'Set-Cookie': ['a', 'b'] }); res.end() }",
    "201 X-A=1 Set-Cookie=a Set-Cookie=b",
  ],
  "writeHead with a flat list": [
    "(req, res) => res.writeHead(202, ['X-A', '1', 'X-B', '2']).end('x')",
    "202 X-A=1 X-B=2 x",
  ],
  "writeHead over setHeader": [
    "(req, res) => { res.setHeader('X-A', '1'); res.writeHead(200, 'Fine', { 'x-b': '2' }); res.end() }",
    "200 X-A=1 x-b=2",
  ],
  pieces: [
    "(req, res) => { res.statusCode = 203; res.write('a'); res.write(Buffer.from('b')); setTimeout(() => res.end('c'), 5) }",
    "203 abc",
  ],
  "headers of a connection, left out": [
    "(req, res) => { res.setHeader('Connection', 'close'); res.setHeader('Transfer-Encoding', 'chunked'); res.end('x') }",
    "200 x",
  ],
  "204 without the body it was given": ["(req, res) => { res.statusCode = 204; res.end('none') }", "204"],
  "304": ["(req, res) => { res.writeHead(304, { etag: 'e' }); res.end() }", "304 etag=e"],
  "the callbacks and events of writing": [
    "(req, res) => { const seen = []; res.on('finish', () => seen.push('finish', res.writableEnded, res.headersSent)); res.write('a', () => seen.push('written')); res.end('b', () => { seen.push('ended') }); res.on('close', () => console.log(seen.join())) }",
    "200 ab",
  ],
  "an error thrown": ["(req, res) => { throw new Error('no') }", "user: no"],
  "a rejection": ["async (req, res) => { throw new Error('no') }", "user: no"],
  "headers after they were sent": [
    "(req, res) => { res.flushHeaders(); try { res.setHeader('a', 'b') } catch (error) { res.end(error.code) } }",
    "200 ERR_HTTP_HEADERS_SENT",
  ],
  "a header that cannot be": [
    "(req, res) => { try { res.setHeader('a', 'b\\r\\n') } catch (error) { res.end(error.code) } }",
    "200 ERR_INVALID_CHAR",
  ],
  "writing after the end": [
    "(req, res) => { res.end('x'); res.write('y', (error) => console.log(error.code)); res.on('error', () => {}) }",
    "200 x",
  ],
  "what is no chunk": [
    "(req, res) => { try { res.write(5) } catch (error) { res.end(error.code) } }",
    "200 ERR_INVALID_ARG_TYPE",
  ],
  "destroying the response": ["(req, res) => res.destroy(new Error('gone'))", "user: gone"],
  "destroying the socket": ["(req, res) => req.socket.destroy()", "user: The handler closed its connection"],
  "everything known of the connection": [
    "(req, res) => res.end(JSON.stringify([req.socket.remoteAddress, req.socket.encrypted, req.connection === req.socket, res.socket === req.socket, req.httpVersion, res.req === req, req.complete, typeof req.setTimeout(5).on, typeof res.setTimeout(5).on]))",
    '200 ["10.0.0.9",true,true,true,"1.1",true,true,"function","function"]',
  ],
  "what a request says": [
    "(req, res) => res.end(JSON.stringify([req.method, req.url.slice(-6), req.headers['x-one'], req.rawHeaders.slice(-2), req.headersDistinct['x-one']]))",
    '200 ["GET","/p?q=1","a, b",["X-One","b"],["a","b"]]',
  ],
};

describe("node: how a (req, res) handler answers", () => {
  const sources = Object.values(answers).map(([source]) => source);
  it("in every way there is", async (test) =>
    withHandler(
      `((handlers) => (req, res) => handlers[Number(req.url.split("/")[1])](req, res))([${sources.join(",\n")}])`,
      async (client) => {
        for (const [n, [name, [, expected]]] of Object.entries(answers).entries()) {
          await test.test(`by ${name}`, async () => {
            const headers = [
              "X-Forwarded-For",
              "6.6.6.6, 10.0.0.9",
              "X-Forwarded-Proto",
              "https",
              "X-One",
              "a",
              "X-One",
              "b",
            ];
            assert.equal(show(await client.request("GET", `/${n}/p?q=1`, headers).answer), expected);
          });
        }
      },
    ));

  it("takes a server of node:http that does not listen", () =>
    withHandler("require('http').createServer((req, res) => res.end('server'))", async (client) => {
      assert.equal(show(await client.request("GET", "/").answer), "200 server");
    }));

  it("sends no body to HEAD", () =>
    withHandler("(req, res) => { res.setHeader('content-length', 5); res.end('hello') }", async (client) => {
      assert.equal(show(await client.request("HEAD", "/").answer), "200 content-length=5");
    }));

  it("sends early hints and other informational answers before the answer", () =>
    withHandler(
      "(req, res) => { res.writeContinue(); res.writeProcessing(); res.writeEarlyHints({ link: ['</a.css>; rel=preload', '</b.js>; rel=preload'] }); res.end('x') }",
      async (client) => {
        const { informational } = await client.request("GET", "/").answer;
        assert.deepEqual(informational, [
          { status: 100, pairs: [] },
          { status: 102, pairs: [] },
          { status: 103, pairs: ["link", "</a.css>; rel=preload, </b.js>; rel=preload"] },
        ]);
      },
    ));

  it("carries trailers both ways", () =>
    withHandler(
      "(req, res) => { req.resume(); req.on('end', () => { res.write('x'); res.addTrailers({ 'X-Sum': req.trailers['x-in'] }); res.end() }) }",
      async (client) => {
        const call = client.request("POST", "/", [], "", { isStreamed: true });
        await call.write("body");
        call.end(["X-In", "7"]);
        const { body, trailers } = await call.answer;
        assert.equal(body.toString(), "x");
        assert.deepEqual(trailers, ["X-Sum", "7"]);
      },
    ));

  it("says false when the caller takes nothing, and drain when it does", () =>
    withHandler(
      "(req, res) => { let n = 0; const more = () => { while (res.write(Buffer.alloc(65536))) n++; console.log('full', n); }; res.on('drain', () => res.end('!')); more() }",
      async (client) => {
        const call = client.request("GET", "/");
        call.isGranting = false;
        while (client.linesOf(call.id).length === 0) await client.ping();
        assert.deepEqual(client.linesOf(call.id), ["full 4"]);
        assert.equal(call.receivedBytes, 262_144);
        call.grant(200_000);
        assert.equal((await call.answer).body.length, 5 * 65_536 + 1);
      },
    ));

  it("pipes 50 MB through in constant memory", () =>
    withHandler(
      "(req, res) => req.url === '/rss' ? res.end(String(process.memoryUsage.rss())) : req.pipe(res)",
      async (client) => {
        const memory = async (): Promise<number> =>
          Number((await client.request("GET", "/rss").answer).body.toString());
        const before = await memory();
        const call = client.request("POST", "/", [], "", { isStreamed: true });
        call.onData = () => undefined;
        const chunk = Buffer.alloc(megabyte, 7);
        for (let sent = 0; sent < 50; sent++) await call.write(chunk);
        const grown = (await memory()) - before;
        call.end();
        assert.equal((await call.answer).failure, null);
        assert.equal(call.receivedBytes, 50 * megabyte);
        assert.ok(grown < 60 * megabyte, `grew by ${grown / megabyte} MB`);
      },
    ));

  it("lets the sender wait while the handler does not read, and drops what nobody reads", () =>
    withHandler("(req, res) => setTimeout(() => res.end('unread'), 30)", async (client) => {
      const call = client.request("POST", "/", [], "", { isStreamed: true });
      void call.write(Buffer.alloc(10 * megabyte));
      assert.equal((await call.answer).body.toString(), "unread");
      assert.ok(call.sendCredit < 65_536);
    }));

  it("emits aborted and close when the caller is gone, and takes what is still written", () =>
    withHandler(
      `(req, res) => {
        req.on("aborted", () => console.log("aborted"));
        req.on("close", () => console.log("request closed", req.destroyed));
        res.on("close", () => { console.log("response closed", res.writableFinished, res.write("late")); });
        req.on("data", () => {});
      }`,
      async (client) => {
        const call = client.request("POST", "/", [], "", { isStreamed: true });
        await call.write("half");
        await client.ping();
        call.cancel();
        assert.equal((await call.answer).failure?.errorType, "AbortError");
        while (client.logs.length < 3) await client.ping();
        assert.deepEqual(client.logs.map((line) => line.text).sort(), [
          "aborted",
          "request closed true",
          "response closed false false",
        ]);
      },
    ));

  it("emits finish and close of an answer, and close of its request", () =>
    withHandler(
      `(req, res) => { for (const name of ["finish", "close"]) res.on(name, () => console.log("res", name)); req.on("close", () => console.log("req close")); req.resume(); res.end("x") }`,
      async (client) => {
        await client.request("POST", "/", [], "body").answer;
        while (client.logs.length < 3) await client.ping();
        assert.deepEqual(client.logs.map((line) => line.text).sort(), ["req close", "res close", "res finish"]);
      },
    ));

  it("fails the call that a listener throws in, and nothing of the channel", () =>
    withHandler("(req, res) => { req.on('data', () => { throw new Error('in a listener') }) }", async (client) => {
      const call = client.request("POST", "/", [], "", { isStreamed: true });
      await client.ping();
      await call.write("x");
      const { failure } = await call.answer;
      assert.equal(failure?.message, "in a listener");
      assert.equal(failure.kind, "user");
    }));
});
