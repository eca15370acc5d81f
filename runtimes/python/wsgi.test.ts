import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import type { Answer } from "../../tests/conformance/runtime-call.ts";
import type { RuntimeClient } from "../../tests/conformance/runtime-client.ts";
import { initFailure, withPackage } from "./testing/with-package.ts";

const application = { form: "http", handler: "index.app" } as const;
const megabyte = 1_048_576;

/** An application whose body is this; `start` is start_response. */
const app = (body: string, before = ""): string =>
  `import io, json, os, sys, threading, time\n${before}\ndef app(environ, start):\n    ${body.replaceAll("\n", "\n    ")}\n`;

async function withApp(source: string, test: (client: RuntimeClient) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "gust-wsgi-"));
  try {
    await withPackage({ "index.py": source }, { ...application, environment: { TMPDIR: folder } }, test);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function show({ status, pairs, body, failure }: Answer): string {
  if (failure !== null) return `${failure.kind}: ${failure.message}`;
  return [status, ...pairs, body.toString()].join(" ");
}

const ok = "start('200 OK', [('X-A', '1')])\n";
const answers: Record<string, [source: string, answer: string | RegExp]> = {
  "a list": [app(`${ok}return [b'he', b'llo']`), "200 X-A 1 hello"],
  "bytes alone": [app(`${ok}return b'hello'`), "200 X-A 1 hello"],
  nothing: [app("start('204 No Content', [])\nreturn []"), "204 "],
  "a generator": [app(`${ok}yield b'he'\nyield b''\nyield b'llo'`), "200 X-A 1 hello"],
  "a generator that says its length": [
    app("start('200 OK', [('Content-Length', '2')])\nyield b'h'\nyield b'i'"),
    "200 Content-Length 2 hi",
  ],
  "start_response in the generator, after nothing": [app("yield b''\nstart('201 Created', [])\nyield b'x'"), "201 x"],
  "write()": [app("write = start('200 OK', [])\nwrite(b'old ')\nreturn [b'way']"), "200 old way"],
  "a file": [app(`${ok}return environ['wsgi.file_wrapper'](io.BytesIO(b'f' * 10))`), "200 X-A 1 ffffffffff"],
  "two cookies": [
    app("start('200 OK', [('Set-Cookie', 'a=1'), ('Set-Cookie', 'b=2')])\nreturn []"),
    "200 Set-Cookie a=1 Set-Cookie b=2 ",
  ],
  "headers between two hops left out": [
    app("start('200 OK', [('Connection', 'close'), ('Transfer-Encoding', 'chunked'), ('X-B', '2')])\nreturn []"),
    "200 X-B 2 ",
  ],
  "an error page instead of what was begun": [
    app(`${ok}try:\n    1 / 0\nexcept ZeroDivisionError:\n    start('500 Oh', [], sys.exc_info())\nreturn [b'sorry']`),
    "500 sorry",
  ],
  "a large body": [app("start('200 OK', [])\nreturn [b'l' * 1000000]"), /^200 l{1000000}$/],
  "an exception": [app("raise ValueError('no')"), "user: no"],
  "an exception after the head": [app(`${ok}yield b'x'\nraise ValueError('late')`), "user: late"],
  "no start_response": [
    app("return [b'x']"),
    "bad-result: the application gave a body before calling start_response()",
  ],
  "no answer at all": [app("return []"), "bad-result: the application answered without calling start_response()"],
  "start_response twice": [app(`${ok}${ok}return []`), "bad-result: start_response() was called twice"],
  "text for a body": [app(`${ok}return ['text']`), "bad-result: the application gave str for its body, not bytes"],
  "a status that is none": [
    app("start('OK', [])\nreturn []"),
    "bad-result: 'OK' is no status of an answer, such as '200 OK'",
  ],
  "a header with a line break": [
    app("start('200 OK', [('X', 'a\\r\\nb: c')])\nreturn []"),
    "bad-result: the value of header 'X' has a line break",
  ],
  "a header longer than the platform carries": [
    app("start('200 OK', [('X', 'x' * 70000)])\nreturn []"),
    "user: a header of 70000 bytes is longer than 65,535",
  ],
  "short of memory": [app("bytearray(1 << 60)"), "memory: "],
};

describe("python: how a WSGI application answers", () => {
  for (const [name, [source, expected]] of Object.entries(answers)) {
    it(`with ${name}`, () =>
      withApp(source, async (client) => {
        const answer = show(await client.request("GET", "/").answer);
        if (typeof expected === "string") assert.equal(answer, expected);
        else assert.match(answer, expected);
      }));
  }

  it("sends headers but no body to HEAD", () =>
    withApp(app("start('200 OK', [('Content-Length', '5')])\nreturn [b'hello']"), async (client) => {
      assert.equal(show(await client.request("HEAD", "/").answer), "200 Content-Length 5 ");
    }));

  it("closes what it answered with before the end is said", () =>
    withApp(
      app("start('200 OK', [])\nreturn Closing()", "class Closing(list):\n    def close(self): print('closed')"),
      async (client) => {
        const call = client.request("GET", "/");
        await call.answer;
        assert.deepEqual(client.linesOf(call.id), ["closed"]);
      },
    ));

  it("is found as function, method, object, partial, and what a function makes", async () => {
    const answer = "    start_response('200 OK', [])\n    return [b'ok']\n";
    const method = answer.replaceAll("    ", "        ");
    for (const source of [
      `def app(environ, start_response):\n${answer}`,
      `class App:\n    def __call__(self, environ, start_response):\n${method}app = App()\n`,
      `class App:\n    def run(self, environ, start_response):\n${method}app = App().run\n`,
      `import functools\ndef plain(extra, environ, start_response):\n${answer}app = functools.partial(plain, 1)\n`,
      `def inner(environ, start_response):\n${answer}def app(): return inner\n`,
      `def inner(environ, start_response):\n${answer}def app(config=None): return inner\n`,
    ]) {
      await withApp(source, async (client) => {
        assert.equal(show(await client.request("GET", "/").answer), "200 ok");
      });
    }
  });

  it("is refused when it is no application", async () => {
    for (const source of [
      "app = 5",
      "def app(event, context): pass",
      "async def app(event, context): pass",
      "class app: pass",
    ]) {
      assert.match(
        await initFailure({ "index.py": source }, "index.app", "http"),
        /^handler-missing: .* no WSGI application/,
      );
    }
  });
});

describe("python: what a WSGI application is given", () => {
  it("finds the request in environ", () =>
    withApp(
      app(
        "start('200 OK', [])\nshown = {k: v for k, v in environ.items() if isinstance(v, (str, tuple, bool))}\nreturn [json.dumps(shown).encode()]",
      ),
      async (client) => {
        const headers = [
          "Host",
          "a.example:8443",
          "X-Forwarded-Proto",
          "https",
          "X-Forwarded-For",
          "9.9.9.9, 127.0.0.1",
        ];
        const more = ["X-One", "1", "x-one", "2", "Cookie", "a=1", "cookie", "b=2", "x_forwarded_for", "6.6.6.6"];
        const content = ["Content-Type", "text/x", "Content-Length", "2"];
        const call = client.request("POST", "/p%C3%A9/a?q=%20b", [...headers, ...more, ...content], "hi");
        assert.deepEqual(JSON.parse((await call.answer).body.toString()), {
          REQUEST_METHOD: "POST",
          SCRIPT_NAME: "",
          PATH_INFO: "/pÃ©/a",
          QUERY_STRING: "q=%20b",
          REQUEST_URI: "/p%C3%A9/a?q=%20b",
          RAW_URI: "/p%C3%A9/a?q=%20b",
          SERVER_PROTOCOL: "HTTP/1.1",
          SERVER_NAME: "a.example",
          SERVER_PORT: "8443",
          REMOTE_ADDR: "127.0.0.1",
          CONTENT_TYPE: "text/x",
          CONTENT_LENGTH: "2",
          HTTP_HOST: "a.example:8443",
          HTTP_X_FORWARDED_PROTO: "https",
          HTTP_X_FORWARDED_FOR: "9.9.9.9, 127.0.0.1",
          HTTP_X_ONE: "1,2",
          HTTP_COOKIE: "a=1; b=2",
          "wsgi.version": [1, 0],
          "wsgi.url_scheme": "https",
          "wsgi.input_terminated": true,
          "wsgi.multithread": true,
          "wsgi.multiprocess": false,
          "wsgi.run_once": false,
        });
      },
    ));

  it("reads a body that still arrives, in every way a file has", () =>
    withApp(
      app(
        "body = environ['wsgi.input']\nstart('200 OK', [])\nread = [body.read(2), body.readline(), next(iter(body)), body.read()]\nreturn [repr(read).encode()]",
      ),
      async (client) => {
        const call = client.request("POST", "/", [], "", { isStreamed: true });
        await call.write("abc\nde\nf");
        await client.ping();
        await call.write("gh");
        call.end();
        assert.equal((await call.answer).body.toString(), "[b'ab', b'c\\n', b'de\\n', b'fgh']");
      },
    ));
});

describe("python: streams of a WSGI application", () => {
  it("carries 50 MB both ways at once in constant memory, as fast as it is taken", () =>
    withApp(
      app(
        "start('200 OK', [])\nif environ['PATH_INFO'] == '/rss': return [str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024).encode()]\nreturn iter(lambda: environ['wsgi.input'].read1(65536), b'')",
        "import resource",
      ),
      async (client) => {
        const peak = async (): Promise<number> => Number((await client.request("GET", "/rss").answer).body.toString());
        const before = await peak();
        const call = client.request("POST", "/", [], "", { isStreamed: true });
        let sum = 0;
        call.onData = (chunk) => (sum += chunk[0] === 7 ? chunk.length : 0);
        for (let sent = 0; sent < 50; sent++) await call.write(Buffer.alloc(megabyte, 7));
        call.end();
        assert.equal((await call.answer).failure, null);
        assert.equal(sum, 50 * megabyte);
        assert.ok((await peak()) - before < 10 * megabyte, `grew by ${((await peak()) - before) / megabyte} MB`);
      },
    ));

  it("asks for no more than fits while the application does not read", () =>
    withApp(app("time.sleep(0.05)\nstart('200 OK', [])\nreturn [b'enough']"), async (client) => {
      const call = client.request("POST", "/", [], "", { isStreamed: true });
      void call.write(Buffer.alloc(10 * megabyte));
      assert.equal((await call.answer).body.toString(), "enough");
      assert.equal(call.sendCredit, 0);
    }));

  it("takes from its iterable no faster than the caller takes", () =>
    withApp(
      app(
        "start('200 OK', [])\nif environ['PATH_INFO'] == '/n': return [str(taken[0]).encode()]\nreturn pieces()",
        "taken = [0]\ndef pieces():\n    while True:\n        taken[0] += 1\n        yield b'p' * 65536\n",
      ),
      async (client) => {
        const call = client.request("GET", "/");
        call.isGranting = false;
        await call.head();
        while (call.receivedBytes < 262_144) await client.ping();
        const taken = Number((await client.request("GET", "/n").answer).body.toString());
        assert.ok(taken <= 5, `${taken} pieces were taken for 4 that may go`);
        call.cancel();
        assert.equal((await call.answer).failure?.errorType, "CallCancelled");
        assert.equal(client.overdrawn, 0);
      },
    ));

  it("sends the head and each piece when they are there", () =>
    withApp(
      app("start('200 OK', [])\nfor n in range(3):\n    time.sleep(0.02)\n    yield b'%d' % n"),
      async (client) => {
        const call = client.request("GET", "/");
        const pieces: string[] = [];
        call.onData = (piece) => pieces.push(piece.toString());
        await call.answer;
        assert.deepEqual(pieces, ["0", "1", "2"]);
      },
    ));
});

describe("python: overlapping calls of a WSGI application", () => {
  it("lets 100 wait for one another", () =>
    withApp(
      app(
        "barrier.wait(10)\nstart('200 OK', [])\nreturn [environ['QUERY_STRING'].encode()]",
        "barrier = threading.Barrier(100)",
      ),
      async (client) => {
        const calls = Array.from({ length: 100 }, (_, n) => client.request("GET", `/?${n}`));
        for (const [n, call] of calls.entries()) assert.equal((await call.answer).body.toString(), String(n));
      },
    ));

  it("ends Python code whose time is up, and serves on", () =>
    withApp(
      app(
        "if environ['PATH_INFO'] == '/spin':\n    try:\n        print('spinning')\n        while True: time.time()\n    except Exception: pass\n    finally: print('ended')\nstart('200 OK', [])\nreturn [b'fine']",
      ),
      async (client) => {
        const call = client.request("GET", "/spin");
        while (client.logs.length === 0) await client.ping();
        call.cancel(2);
        assert.equal((await call.answer).failure?.errorType, "CallEnded");
        assert.deepEqual(client.linesOf(call.id), ["spinning", "ended"]);
        assert.equal(show(await client.request("GET", "/").answer), "200 fine");
      },
    ));

  it("answers pings until too many threads are held by code whose time is up", () =>
    withApp(
      // Opening a named pipe that nobody writes to waits outside of Python.
      app(
        "if environ['QUERY_STRING']: open('pipe')\nstart('200 OK', [])\nreturn [b'fine']",
        "os.chdir(os.environ['TMPDIR'])\nos.mkfifo('pipe')",
      ),
      async (client) => {
        const calls = Array.from({ length: 29 }, () => client.request("GET", "/?held"));
        for (const call of calls.slice(1)) call.cancel(2);
        assert.equal(await client.ping(), 1);
        calls[0]?.cancel(2);
        let isAnswered = false;
        void client.ping().then(() => (isAnswered = true));
        assert.equal(show(await client.request("GET", "/").answer), "200 fine"); // frames are read in order
        assert.equal(isAnswered, false);
      },
    ));
});
