import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Answer } from "../../tests/conformance/runtime-call.ts";
import type { RuntimeClient } from "../../tests/conformance/runtime-client.ts";
import { initFailure, withPackage } from "./testing/with-package.ts";

const application = { form: "http", handler: "index.app" } as const;
const megabyte = 1_048_576;

/** An application without lifespan whose body is this. */
const app = (body: string, before = ""): string =>
  `import asyncio, json, sys\n${before}\n${helpers}\nasync def app(scope, receive, send):\n    if scope['type'] != 'http': raise ValueError('no lifespan')\n    ${body.replaceAll("\n", "\n    ")}\n`;

const helpers = `
async def start(send, status=200, headers=()):
    await send({"type": "http.response.start", "status": status, "headers": headers})
async def piece(send, body=b"", more=True):
    await send({"type": "http.response.body", "body": body, "more_body": more})
async def answer(send, body):
    await start(send)
    await piece(send, body, False)
`;

const withApp = (source: string, test: (client: RuntimeClient) => Promise<void>): Promise<void> =>
  withPackage({ "index.py": source }, application, test);

function show({ status, pairs, body, failure }: Answer): string {
  if (failure !== null) return `${failure.kind}: ${failure.message}`;
  return [status, ...pairs, body.toString()].join(" ");
}

const answers: Record<string, [source: string, answer: string | RegExp]> = {
  "a body": [app("await answer(send, b'hello')"), "200 hello"],
  "headers, those between two hops left out": [
    app(
      "await start(send, 201, [(b'x-a', b'1'), (b'connection', b'close'), [b'x-a', b'2']])\nawait piece(send, b'', False)",
    ),
    "201 x-a 1 x-a 2 ",
  ],
  pieces: [
    app("await start(send)\nawait piece(send, b'he')\nawait piece(send)\nawait piece(send, b'llo', False)"),
    "200 hello",
  ],
  "a large body": [app("await answer(send, b'l' * 1000000)"), /^200 l{1000000}$/],
  "a large last piece": [
    app("await start(send)\nawait piece(send, b'l')\nawait piece(send, b'l' * 299999, False)"),
    /^200 l{300000}$/,
  ],
  "an exception": [app("raise ValueError('no')"), "user: no"],
  "an exception after the head": [
    app("await start(send)\nawait piece(send, b'x')\nraise ValueError('late')"),
    "user: late",
  ],
  "an exception after the answer": [app("await answer(send, b'sorry')\nraise ValueError('raised on')"), "200 sorry"],
  "nothing at all": [app("pass"), "bad-result: the application returned without completing its answer"],
  "half an answer": [app("await start(send)"), "bad-result: the application returned without completing its answer"],
  "two heads": [app("await start(send)\nawait start(send)"), "bad-result: http.response.start was sent twice"],
  "a body without a head": [
    app("await piece(send)"),
    "bad-result: http.response.body was sent before http.response.start",
  ],
  "more after the end": [
    app("await answer(send, b'')\nawait piece(send)"),
    "bad-result: http.response.body was sent after the answer was complete",
  ],
  "a message that is none": [app("await send({'type': 'http.push'})"), "bad-result: http.push is not known here"],
  "a header with a line break": [
    app("await start(send, 200, [(b'x', b'a\\nb')])"),
    "bad-result: the value of header b'x' has a line break",
  ],
  "a header longer than the platform carries": [
    app("await start(send, 200, [(b'x', b'x' * 70000)])\nawait piece(send, b'', False)"),
    "user: a header of 70000 bytes is longer than 65,535",
  ],
  "trailers that were not announced": [
    app("await answer(send, b'')\nawait send({'type': 'http.response.trailers', 'headers': []})"),
    "bad-result: http.response.trailers was sent after the answer was complete",
  ],
  "no trailers where they were announced": [
    app("await send({'type': 'http.response.start', 'status': 200, 'trailers': True})\nawait piece(send, b'', False)"),
    "bad-result: the application returned without completing its answer",
  ],
  "early hints that are late": [
    app("await start(send)\nawait send({'type': 'http.response.early_hint', 'links': []})"),
    "bad-result: http.response.early_hint was sent after http.response.start",
  ],
  "short of memory": [app("bytearray(1 << 60)"), "memory: "],
};

describe("python: how an ASGI application answers", () => {
  for (const [name, [source, expected]] of Object.entries(answers)) {
    it(`with ${name}`, () =>
      withApp(source, async (client) => {
        const answer = show(await client.request("GET", "/").answer);
        if (typeof expected === "string") assert.equal(answer, expected);
        else assert.match(answer, expected);
      }));
  }

  it("sends headers but no body to HEAD", () =>
    withApp(
      app("await start(send, 200, [(b'content-length', b'5')])\nawait piece(send, b'hello', False)"),
      async (client) => {
        assert.equal(show(await client.request("HEAD", "/").answer), "200 content-length 5 ");
      },
    ));

  it("logs what is raised after the answer as lines of the call", () =>
    withApp(app("await answer(send, b'sorry')\nraise ValueError('raised on')"), async (client) => {
      const call = client.request("GET", "/");
      await call.answer;
      assert.equal(client.linesOf(call.id).at(-1), "ValueError: raised on");
    }));

  it("is found as function, object, method, and what a function makes", async () => {
    const body = "        if scope['type'] == 'lifespan': return\n        await answer(send, b'ok')\n";
    const plain = body.replaceAll("        ", "    ");
    for (const source of [
      `async def app(scope, receive, send):\n${plain}`,
      `class App:\n    async def __call__(self, scope, receive, send):\n${body}app = App()\n`,
      `class App:\n    async def run(self, scope, receive, send):\n${body}app = App().run\n`,
      `async def inner(scope, receive, send):\n${plain}def app(scope, receive, send): return inner(scope, receive, send)\n`,
      `async def inner(scope, receive, send):\n${plain}def app(): return inner\n`,
    ]) {
      await withApp(helpers + source, async (client) => {
        assert.equal(show(await client.request("GET", "/").answer), "200 ok");
      });
    }
  });
});

describe("python: what an ASGI application is given", () => {
  it("finds the request in its scope", () =>
    withApp(
      app(
        "scope['headers'] = [[n.decode(), v.decode()] for n, v in scope['headers']]\nawait answer(send, json.dumps(scope, default=bytes.decode).encode())",
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
        const call = client.request("GET", "/p%C3%A9/a?q=%20b", headers);
        assert.deepEqual(JSON.parse((await call.answer).body.toString()), {
          type: "http",
          asgi: { version: "3.0", spec_version: "2.4" },
          http_version: "1.1",
          method: "GET",
          scheme: "https",
          path: "/pé/a",
          raw_path: "/p%C3%A9/a",
          query_string: "q=%20b",
          root_path: "",
          headers: [
            ["host", "a.example:8443"],
            ["x-forwarded-proto", "https"],
            ["x-forwarded-for", "9.9.9.9, 127.0.0.1"],
          ],
          client: ["127.0.0.1", 0],
          server: ["a.example", 8443],
          state: {},
          extensions: { "http.response.early_hint": {}, "http.response.trailers": {} },
        });
      },
    ));

  it("receives the body in pieces, and the disconnect when the caller has gone", () =>
    withApp(
      app(
        "while True:\n    message = await receive()\n    print(message)\n    if message['type'] == 'http.disconnect': return",
      ),
      async (client) => {
        const call = client.request("POST", "/", [], "", { isStreamed: true });
        await call.write("one");
        await client.ping();
        call.end();
        await client.ping();
        call.cancel(1);
        assert.equal((await call.answer).failure?.kind, "bad-result");
        assert.deepEqual(client.linesOf(call.id), [
          "{'type': 'http.request', 'body': b'one', 'more_body': True}",
          "{'type': 'http.request', 'body': b'', 'more_body': False}",
          "{'type': 'http.disconnect'}",
        ]);
      },
    ));

  it("gets OSError from send when the caller has gone, and is cancelled when the time is up", () =>
    withApp(
      app(
        "try:\n    await start(send)\n    while True:\n        await piece(send, b'tick')\n        await asyncio.sleep(0.001 if scope['path'] == '/send' else 1000)\nexcept BaseException as error:\n    print(type(error).__mro__[-3].__name__)\n    raise",
      ),
      async (client) => {
        const sending = client.request("GET", "/send");
        await sending.head();
        sending.cancel(1);
        assert.equal((await sending.answer).failure?.errorType, "CallCancelled");
        assert.deepEqual(client.linesOf(sending.id), ["Exception"]);
        const waiting = client.request("GET", "/wait");
        await waiting.head();
        waiting.cancel(2);
        assert.equal((await waiting.answer).failure?.errorType, "CancelledError");
        assert.equal(client.linesOf(waiting.id).length, 1);
      },
    ));
});

describe("python: lifespan of an ASGI application", () => {
  const lifespan = `
${helpers}
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            print(message["type"])
            if message["type"] == "lifespan.startup":
                START
                scope["state"]["greeting"] = "hello"
                await send({"type": "lifespan.startup.complete"})
            else:
                await send({"type": "lifespan.shutdown.complete"})
                return
    scope["state"]["mine"] = True
    await answer(send, repr(sorted(scope["state"].items())).encode())
`;

  it("starts before the first call, leaves its state to every call, and stops at STOP", () =>
    withPackage({ "index.py": lifespan.replace("START", "pass") }, application, async (client) => {
      assert.deepEqual(
        client.logs.map(({ text }) => text),
        ["lifespan.startup"],
      );
      assert.equal(
        (await client.request("GET", "/").answer).body.toString(),
        "[('greeting', 'hello'), ('mine', True)]",
      );
      client.stop(5_000);
      assert.equal((await client.exited()).code, 0);
      assert.equal(client.logs.at(-1)?.text, "lifespan.shutdown");
    }));

  it("fails the start when the application says so", async () => {
    const failing = lifespan.replace(
      "START",
      `return await send({"type": "lifespan.startup.failed", "message": "no database"})`,
    );
    assert.match(await initFailure({ "index.py": failing }, "index.app", "http"), /^code: no database/);
  });
});

describe("python: streams of an ASGI application", () => {
  it("carries 50 MB both ways at once in constant memory, as fast as it is taken", () =>
    withApp(
      app(
        "if scope['path'] == '/rss': return await answer(send, str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024).encode())\nawait start(send)\nmore = True\nwhile more:\n    message = await receive()\n    more = message['more_body']\n    await piece(send, message['body'], more)",
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
        assert.equal(client.overdrawn, 0);
        assert.ok((await peak()) - before < 10 * megabyte, `grew by ${((await peak()) - before) / megabyte} MB`);
      },
    ));

  it("is held in send while the caller does not take", () =>
    withApp(
      app(
        "if scope['path'] == '/n': return await answer(send, str(sent[0]).encode())\nawait start(send)\nwhile True:\n    await piece(send, b'p' * 65536)\n    sent[0] += 1",
        "sent = [0]",
      ),
      async (client) => {
        const call = client.request("GET", "/");
        call.isGranting = false;
        await call.head();
        while (call.receivedBytes < 262_144) await client.ping();
        assert.equal((await client.request("GET", "/n").answer).body.toString(), "4");
        call.cancel();
        assert.equal((await call.answer).failure?.errorType, "CallCancelled");
      },
    ));

  it("sends the head and each piece when they are there", () =>
    withApp(
      app(
        "await start(send)\nawait gate.wait()\nawait piece(send, b'1')\nawait asyncio.sleep(0.02)\nawait piece(send, b'2', False)\n".replace(
          "await gate.wait()",
          "await asyncio.sleep(0.02)",
        ),
      ),
      async (client) => {
        const call = client.request("GET", "/");
        const pieces: string[] = [];
        call.onData = (chunk) => pieces.push(chunk.toString());
        await call.head();
        assert.deepEqual(pieces, []);
        await call.answer;
        assert.deepEqual(pieces, ["1", "2"]);
      },
    ));
});

describe("python: overlapping calls of an ASGI application", () => {
  it("answers 500 at once, each with its own answer and its own lines", () =>
    withApp(
      app(
        "n = scope['query_string'].decode()\nprint('begin', n, end=' ')\nawait asyncio.sleep(random.random() * 0.02)\nprint('middle', n)\nbody = b''\nmore = True\nwhile more:\n    message = await receive()\n    body += message['body']\n    more = message['more_body']\nawait asyncio.to_thread(print, 'thread', n)\nawait asyncio.get_running_loop().run_in_executor(None, print, 'executor', n)\nprint('end', n, end='')\nawait answer(send, f'{n}:{len(body)}'.encode())",
        "import random",
      ),
      async (client) => {
        const size = (n: number): number => (n % 10 === 0 ? 70_000 + n : n);
        const calls = Array.from({ length: 500 }, (_, n) =>
          client.request("POST", `/?${n}`, ["host", "x"], "b".repeat(size(n))),
        );
        for (const [n, call] of calls.entries()) {
          assert.equal((await call.answer).body.toString(), `${n}:${size(n)}`);
          assert.deepEqual(client.linesOf(call.id), [
            `begin ${n} middle ${n}`,
            `thread ${n}`,
            `executor ${n}`,
            `end ${n}`,
          ]);
        }
      },
    ));
});
