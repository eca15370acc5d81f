import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { describe, it } from "node:test";
import type { AddressInfo } from "node:net";
import type { Answer } from "../../../tests/conformance/runtime-call.ts";
import type { RuntimeClient } from "../../../tests/conformance/runtime-client.ts";
import { initFailure, withPackage } from "../testing/with-package.ts";

const options = { form: "http", handler: "index.default" } as const;
const megabyte = 1024 ** 2;

function withHandler(source: string, test: (client: RuntimeClient) => Promise<void>): Promise<void> {
  return withPackage({ "index.mjs": `export default ${source};` }, options, test);
}

/** One handler out of several, chosen by the first segment of the path: one sandbox for a whole table. */
function oneOf(sources: readonly string[]): string {
  return `(handlers => (request) => {
    const handler = handlers[Number(new URL(request.url).pathname.split("/")[1])];
    return typeof handler === "function" ? handler(request) : handler.fetch(request);
  })([${sources.join(",\n")}])`;
}

/** `status headers body` of an answer, or its failure. */
function show({ status, pairs, body, failure }: Answer): string {
  if (failure) return `${failure.kind}: ${failure.message}`;
  const headers = pairs.flatMap((name, i) => (i % 2 === 0 ? [`${name}=${pairs[i + 1]}`] : []));
  return [status, ...headers, body.toString()].join(" ").trim();
}

const text = "content-type=text/plain;charset=UTF-8";

const answers: Record<string, [handler: string, answer: string | RegExp]> = {
  "a string": ["() => new Response('hello')", `200 ${text} hello`],
  "an object with fetch": ["{ tone: 'hi', fetch() { return new Response(this.tone) } }", `200 ${text} hi`],
  "an async function": ["async () => new Response('hello')", `200 ${text} hello`],
  "status and headers": [
    "() => new Response('no', { status: 404, headers: { 'X-A': ' b ', 'content-type': 'text/html' } })",
    "404 x-a=b content-type=text/html no",
  ],
  "a list of headers with two cookies": [
    "() => new Response(null, { headers: [['Set-Cookie', 'a=1'], ['set-cookie', 'b=2']] })",
    "200 set-cookie=a=1 set-cookie=b=2",
  ],
  "headers set afterwards": [
    "() => { const r = new Response('x'); r.headers.set('x-a', '1'); r.headers.append('X-A', '2'); return r }",
    `200 ${text} x-a=1 x-a=2 x`,
  ],
  bytes: ["() => new Response(new Uint8Array([104, 105]))", "200 hi"],
  "Response.json": ["() => Response.json({ a: [1] }, { status: 201 })", '201 content-type=application/json {"a":[1]}'],
  "Response.redirect": ["() => Response.redirect('https://gust.dev/x', 307)", "307 location=https://gust.dev/x"],
  URLSearchParams: [
    "() => new Response(new URLSearchParams({ a: 'b c' }))",
    "200 content-type=application/x-www-form-urlencoded;charset=UTF-8 a=b+c",
  ],
  "a blob": ["() => new Response(new Blob(['blob'], { type: 'text/x' }))", "200 content-type=text/x blob"],
  "a form": [
    "() => { const form = new FormData(); form.set('a', 'b'); return new Response(form) }",
    /^200 content-type=multipart\/form-data; boundary=\S+ [^]*name="a"\r\n\r\nb\r\n/,
  ],
  "a stream": [
    "() => new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array([97])); c.enqueue(new Uint8Array([98])); c.close() } }))",
    "200 ab",
  ],
  "an async iterable": ["() => new Response((async function* () { yield new Uint8Array([97]) })())", "200 a"],
  "a clone, after the first was read": [
    "async () => { const r = new Response('twice'); const c = r.clone(); await r.text(); return c }",
    `200 ${text} twice`,
  ],
  "a response whose body was looked at": [
    "() => { const r = new Response('seen'); r.body; return r }",
    `200 ${text} seen`,
  ],
  "a subclass": ["() => new (class extends Response {})('sub')", `200 ${text} sub`],
  "one of Node's own": [
    "async () => { const native = await fetch('data:text/plain,native'); return native instanceof Response ? native : null }",
    "200 content-type=text/plain native",
  ],
  "a thenable": ["() => ({ then: (resolve) => resolve(new Response('then')) })", `200 ${text} then`],
  "an empty answer": ["() => new Response(null, { status: 204 })", "204"],
  "characters of several bytes": ["() => new Response('é你😀')", `200 ${text} é你😀`],
  "an error": ["() => { throw new Error('no') }", "user: no"],
  "a rejection": ["async () => { throw new Error('no') }", "user: no"],
  "no response": ["() => 'text'", "bad-result: The handler gave 'text', not a Response"],
  "Response.error()": ["() => Response.error()", "bad-result: The handler gave a Response with status 0"],
  "a body that was already read": [
    "async () => { const r = new Response('x'); await r.text(); return r }",
    "user: Body is unusable: Body has already been read",
  ],
  "a stream of text": [
    "() => new Response(new ReadableStream({ start(c) { c.enqueue('text'); c.close() } }))",
    "user: A body stream must give Uint8Array chunks, not string",
  ],
  "a header that cannot be": [
    "() => new Response('', { headers: { 'x-a': 'a\\r\\nb: c' } })",
    /^user: Headers: the value of x-a/,
  ],
  "a header longer than the platform carries": [
    "() => new Response('', { headers: { a: 'x'.repeat(70000) } })",
    "user: a header of 70000 bytes is longer than 65,535",
  ],
  "a body where none may be": [
    "() => new Response('x', { status: 204 })",
    /^user: Response: Invalid response status code 204/,
  ],
};

describe("node: how a Web-standard handler answers", () => {
  const sources = Object.values(answers).map(([source]) => source);
  it("in every way there is", async (test) =>
    withHandler(oneOf(sources), async (client) => {
      for (const [n, [name, [, expected]]] of Object.entries(answers).entries()) {
        await test.test(`by ${name}`, async () => {
          const answer = show(await client.request("GET", `/${n}`).answer);
          if (typeof expected === "string") assert.equal(answer, expected);
          else assert.match(answer, expected);
        });
      }
    }));

  it("sends the length but no body to HEAD", () =>
    withHandler("() => new Response('hello')", async (client) => {
      assert.equal(show(await client.request("HEAD", "/").answer), `200 ${text} content-length=5`);
    }));

  it("does not speak of an encoding that fetch has undone", () =>
    withHandler("(request) => fetch(request.headers.get('x-upstream'))", async (client) => {
      const upstream = createServer((_, response) => {
        response.writeHead(200, { "content-encoding": "gzip", "content-type": "text/x" }).end(gzipSync("plain"));
      }).listen(0);
      await once(upstream, "listening");
      const { port } = upstream.address() as AddressInfo; // it listens on a port
      const { pairs, body } = await client.request("GET", "/", ["x-upstream", `http://127.0.0.1:${port}`]).answer;
      upstream.close();
      assert.equal(body.toString(), "plain");
      assert.ok(!pairs.includes("content-encoding") && !pairs.includes("content-length"));
    }));

  it("is refused when it is neither function nor application", async () => {
    assert.match(
      await initFailure({ "index.mjs": "export default 5" }, "index.default", "http"),
      /^handler-missing: .* not a function, an object with fetch/,
    );
  });

  it("is found by the export's name, or as module.exports where only a file is named", async () => {
    for (const [handler, source] of [
      ["index.hello", "exports.hello = () => new Response('hello')"],
      ["index", "module.exports = () => new Response('hello')"],
      ["index.default", "module.exports = { fetch: () => new Response('hello') }"],
    ] as const) {
      await withPackage({ "index.js": source }, { form: "http", handler }, async (client) => {
        assert.equal(show(await client.request("GET", "/").answer), `200 ${text} hello`);
      });
    }
  });
});

const sentHeaders = ["Host", "a.example:8443", "X-Forwarded-Proto", "https", "X-One", "1", "x-one", "2"].concat([
  "Content-Type",
  "application/x-www-form-urlencoded",
]);

/** What a handler reads from a request, as JSON. */
const readings: Record<string, [expression: string, value: unknown]> = {
  "method and URL": ["[request.method, request.url]", ["POST", "https://a.example:8443/0/p/a?q=%20b"]],
  "headers by any case": [
    "[request.headers.get('X-One'), request.headers.has('x-none'), request.headers.get('x-none')]",
    ["1, 2", false, null],
  ],
  "all headers, sorted": [
    "[...request.headers].map(([name]) => name)",
    ["content-type", "host", "x-forwarded-proto", "x-one"],
  ],
  text: ["await request.text()", "a=1&b=%C3%A9"],
  bytes: ["[...(await request.bytes())].length", 12],
  "an array buffer": ["(await request.arrayBuffer()).byteLength", 12],
  "a blob": [
    "[(await request.blob()).type, (() => { try { request.clone() } catch (error) { return error.name } })()]",
    ["application/x-www-form-urlencoded", "TypeError"],
  ],
  "a form": [
    "[...(await request.formData())]",
    [
      ["a", "1"],
      ["b", "é"],
    ],
  ],
  "the body as a stream": [
    "await (async () => { let n = 0; for await (const chunk of request.body) n += chunk.length; return n })()",
    12,
  ],
  "a clone": ["[await request.clone().text(), await request.text()]", ["a=1&b=%C3%A9", "a=1&b=%C3%A9"]],
  "that it was used": [
    "[request.bodyUsed, await request.text() && request.bodyUsed, await request.text().catch((error) => error.message)]",
    [false, true, "Body is unusable: Body has already been read"],
  ],
  "the kind of object": [
    "[request instanceof Request, String(request), request.constructor.name, request.headers instanceof Headers]",
    [true, "[object Request]", "Request", true],
  ],
  "every other property": [
    "[request.cache, request.credentials, request.destination, request.duplex, request.integrity, request.keepalive, request.mode, request.redirect, request.referrer, request.referrerPolicy, request.isHistoryNavigation, request.signal.aborted]",
    ["default", "same-origin", "", "half", "", false, "cors", "follow", "about:client", "", false, false],
  ],
  "a new request made of it": [
    "await (async () => { const other = new Request(request, { headers: { 'x-new': '1' } }); return [other.url === request.url, other.method, other.headers.get('x-new'), await other.text(), request.bodyUsed] })()",
    [true, "POST", "1", "a=1&b=%C3%A9", true],
  ],
  "a request of its own": [
    "await (async () => { const own = new Request('http://x.test/a', { method: 'put', body: 'own' }); return [own.method, own.headers.get('content-type'), await own.text()] })()",
    ["PUT", "text/plain;charset=UTF-8", "own"],
  ],
  "what inspecting shows": [
    "/^Request \\{\\s+method: 'POST'/.test((await import('node:util')).inspect(request))",
    true,
  ],
  "the answer to a fetch of it": [
    "await (async () => { const answer = await fetch(new Request('data:text/plain,ok', { headers: request.headers })); return [answer.status, await answer.text(), answer instanceof Response] })()",
    [200, "ok", true],
  ],
};

describe("node: what a Web-standard handler reads from its request", () => {
  const sources = Object.values(readings).map(([expression]) => `async (request) => Response.json(${expression})`);
  it("in every way there is", async (test) =>
    withHandler(oneOf(sources), async (client) => {
      for (const [n, [name, [, value]]] of Object.entries(readings).entries()) {
        await test.test(name, async () => {
          const answer = await client.request("POST", `/${n}/p/./a?q=%20b`, sentHeaders, "a=1&b=%C3%A9").answer;
          assert.equal(answer.failure, null);
          assert.deepEqual(JSON.parse(answer.body.toString()), value);
        });
      }
    }));

  it("passes its own request on with fetch, body and all", () =>
    withHandler("(request) => fetch(new Request(request.headers.get('x-upstream'), request))", async (client) => {
      const upstream = createServer((request, response) => {
        response.setHeader("x-method", request.method ?? "");
        request.pipe(response);
      }).listen(0);
      await once(upstream, "listening");
      const { port } = upstream.address() as AddressInfo; // it listens on a port
      const { body, pairs } = await client.request(
        "POST",
        "/",
        ["x-upstream", `http://127.0.0.1:${port}`],
        "b".repeat(200_000),
      ).answer;
      upstream.closeAllConnections();
      upstream.close();
      assert.equal(body.length, 200_000);
      assert.ok(pairs.includes("POST"));
    }));
});

describe("node: streams of a Web-standard handler", () => {
  it("carries 50 MB both ways at once in constant memory, as fast as it is taken", () =>
    withHandler(
      `async (request) => request.url.endsWith("/rss") ? Response.json(process.memoryUsage.rss()) : new Response(request.body)`,
      async (client) => {
        const memory = async (): Promise<number> =>
          Number((await client.request("GET", "/rss").answer).body.toString());
        const before = await memory();
        const call = client.request("POST", "/", [], "", { isStreamed: true });
        let sum = 0;
        call.onData = (chunk) => (sum += chunk[0] === 7 ? chunk.length : 0);
        const chunk = Buffer.alloc(megabyte, 7);
        let peak = 0;
        for (let sent = 0; sent < 50; sent++) {
          await call.write(chunk);
          if (sent % 10 === 9) peak = Math.max(peak, await memory());
        }
        call.end();
        assert.equal((await call.answer).failure, null);
        assert.equal(sum, 50 * megabyte);
        assert.ok(peak - before < 60 * megabyte, `grew by ${(peak - before) / megabyte} MB`);
      },
    ));

  it("asks for no more than fits while the handler does not read", () =>
    withHandler(
      "async (request) => { const reader = request.body.getReader(); await reader.read(); await new Promise((r) => setTimeout(r, 30)); await reader.cancel(); return new Response('enough') }",
      async (client) => {
        const call = client.request("POST", "/", [], "", { isStreamed: true });
        void call.write(Buffer.alloc(10 * megabyte));
        assert.equal((await call.answer).body.toString(), "enough");
      },
    ));

  it("reads from a source no faster than the caller takes", () =>
    withHandler(
      `(request) => { let pulled = 0; if (request.url.endsWith("/n")) return Response.json(globalThis.pulled);
        return new Response(new ReadableStream({ pull(c) { globalThis.pulled = ++pulled; c.enqueue(new Uint8Array(65536)) } })) }`,
      async (client) => {
        const call = client.request("GET", "/");
        call.isGranting = false;
        await call.head();
        while (call.receivedBytes < 262_144) await client.ping();
        const pulled = Number((await client.request("GET", "/n").answer).body.toString());
        assert.ok(pulled <= 8, `${pulled} chunks were read for 4 that may go`);
        call.cancel();
        assert.equal((await call.answer).failure?.errorType, "AbortError");
      },
    ));

  it("sends the head and each chunk when they are there", () =>
    withHandler(
      "() => new Response(new ReadableStream({ async start(c) { for (const n of [1, 2, 3]) { await new Promise((r) => setTimeout(r, 20)); c.enqueue(new Uint8Array([48 + n])) } c.close() } }), { headers: { 'content-type': 'text/event-stream' } })",
      async (client) => {
        const call = client.request("GET", "/");
        const chunks: string[] = [];
        call.onData = (chunk) => chunks.push(chunk.toString());
        await call.head();
        assert.deepEqual(chunks, []);
        await call.answer;
        assert.deepEqual(chunks, ["1", "2", "3"]);
      },
    ));

  it("fails the call when its stream breaks", () =>
    withHandler(
      "() => new Response(new ReadableStream({ async pull(c) { c.enqueue(new Uint8Array([1])); await new Promise((r) => setTimeout(r, 5)); c.error(new Error('broken')) } }))",
      async (client) => {
        const { status, failure } = await client.request("GET", "/").answer;
        assert.equal(status, 200);
        assert.equal(failure?.message, "broken");
      },
    ));

  it("aborts the signal and cancels the stream when the caller is gone", () =>
    withHandler(
      `(request) => {
        if (request.url.endsWith("/wait")) return new Promise((resolve) => request.signal.addEventListener("abort", () => { console.log("aborted", request.signal.reason.name); resolve(new Response("late")) }));
        if (request.url.endsWith("/body")) return request.text().then(() => new Response("all"));
        return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(10)); return new Promise((r) => setTimeout(r, 5)) }, cancel() { console.log("cancelled") } }));
      }`,
      async (client) => {
        const waiting = client.request("GET", "/wait");
        await client.ping();
        waiting.cancel();
        assert.equal((await waiting.answer).body.toString(), "late");
        assert.deepEqual(client.linesOf(waiting.id), ["aborted AbortError"]);
        const streaming = client.request("GET", "/stream");
        await streaming.head();
        streaming.cancel();
        assert.equal((await streaming.answer).failure?.errorType, "AbortError");
        const uploading = client.request("POST", "/body", [], "", { isStreamed: true });
        await uploading.write("half");
        uploading.cancel();
        assert.match((await uploading.answer).failure?.message ?? "", /caller is gone/);
        await client.ping();
        assert.ok(client.logs.some((line) => line.text === "cancelled"));
      },
    ));
});

describe("node: overlapping calls", () => {
  it("answers 1,000 at once, each with its own answer and its own lines, partial ones too", () =>
    withHandler(
      `async (request) => {
        const n = new URL(request.url).searchParams.get("n");
        process.stdout.write("begin " + n + " ");
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
        console.log("middle", n);
        const body = await request.text();
        await null;
        process.stdout.write("end " + n);
        return new Response(n + ":" + body.length);
      }`,
      async (client) => {
        const calls = Array.from({ length: 1_000 }, (_, n) =>
          client.request("POST", `/?n=${n}`, ["host", "x"], "b".repeat(n % 10 === 0 ? 70_000 + n : n)),
        );
        for (const [n, call] of calls.entries()) {
          assert.equal((await call.answer).body.toString(), `${n}:${n % 10 === 0 ? 70_000 + n : n}`);
          assert.deepEqual(client.linesOf(call.id), [`begin ${n} middle ${n}`, `end ${n}`]);
        }
      },
    ));

  it("lets one call wait for another", () =>
    withHandler(
      `(request) => request.method === "POST"
        ? (globalThis.tell("told"), new Response("ok")) : new Promise((resolve) => { globalThis.tell = (text) => resolve(new Response(text)) })`,
      async (client) => {
        const waiting = client.request("GET", "/");
        await client.ping();
        assert.equal((await client.request("POST", "/").answer).body.toString(), "ok");
        assert.equal((await waiting.answer).body.toString(), "told");
      },
    ));
});
