import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { initFailure, withPackage } from "./testing/with-package.ts";

const handler = "index.main_handler";

/** What one call of a handler in this file comes to: its result, or `kind: type: message`. */
async function outcome(source: string, event: unknown = {}): Promise<unknown> {
  let result: unknown;
  await withPackage({ "index.py": source }, { handler }, async (client) => {
    const { body, failure } = await client.invoke(event).answer;
    result =
      failure === null ? JSON.parse(body.toString()) : `${failure.kind}: ${failure.errorType}: ${failure.message}`;
  });
  return result;
}

/** A handler with this body. */
const def = (body: string): string => `def main_handler(event, context):\n    ${body.replaceAll("\n", "\n    ")}\n`;

const outcomes: Record<string, [source: string, outcome: unknown]> = {
  "a value returned": [def("return {'sync': [1, None, 'é']}"), { sync: [1, null, "é"] }],
  nothing: [def("pass"), null],
  "a value awaited": [`async ${def("return 'later'")}`, "later"],
  "something to await, given by a plain function": [
    `import asyncio\nasync def later():\n    await asyncio.sleep(0)\n    return 'awaited'\n${def("return later()")}`,
    "awaited",
  ],
  "an event loop of its own": [
    `import asyncio\nasync def later():\n    return 'own loop'\n${def("return asyncio.run(later())")}`,
    "own loop",
  ],
  "a method": [
    "class Handler:\n    def run(self, event, context):\n        return 'method'\nmain_handler = Handler().run\n",
    "method",
  ],
  "an object that can be called and awaited": [
    "class Handler:\n    async def __call__(self, event, context):\n        return 'object'\nmain_handler = Handler()\n",
    "object",
  ],
  "half a character": [def("return '\\ud83d'"), "\ud83d"],
  "an exception": [def("raise KeyError('k')"), "user: KeyError: 'k'"],
  "an exception of its own": [`class Full(Exception): pass\n${def("raise Full('no room')")}`, "user: Full: no room"],
  "an exception that cannot be shown": [
    `class Bad(Exception):\n    def __str__(self): raise RuntimeError\n${def("raise Bad()")}`,
    "user: Bad: the exception cannot be shown",
  ],
  "an exception while awaiting": [`async ${def("raise ValueError('no')")}`, "user: ValueError: no"],
  "endless recursion": [def("return main_handler(event, context)"), /^user: RecursionError: /],
  KeyboardInterrupt: [def("raise KeyboardInterrupt"), "user: KeyboardInterrupt: "],
  "memory that is not there": [def("return len(bytearray(1 << 60))"), /^memory: MemoryError/],
  bytes: [
    def("return b'x'"),
    "bad-result: TypeError: The result is not JSON: Object of type bytes is not JSON serializable",
  ],
  "what is no number in JSON": [def("return float('nan')"), /^bad-result: ValueError: The result is not JSON: /],
  "a generator": [def("yield 1"), /^bad-result: TypeError: .*generator/],
  "an exit that says why": [def("import sys\nsys.exit('why')"), "exit: ProcessExited: process exited with code 1"],
  "an exit that is awaited": [
    `import sys\nasync ${def("sys.exit(5)")}`,
    "exit: ProcessExited: process exited with code 5",
  ],
  "exit()": [def("exit(4)"), "exit: ProcessExited: process exited with code 4"],
  "os._exit": [def("import os\nos._exit(3)"), "exit: ProcessExited: process exited with code 3"],
};

describe("python: how an event handler answers", () => {
  for (const [name, [source, expected]] of Object.entries(outcomes)) {
    it(`by ${name}`, async () => {
      const found = await outcome(source);
      if (expected instanceof RegExp) assert.match(String(found), expected);
      else assert.deepEqual(found, expected);
    });
  }

  it("says that an event is not JSON, and takes none for an empty one", () =>
    withPackage({ "index.py": def("return event") }, { handler }, async (client) => {
      assert.match((await client.invoke("{oops").answer).failure?.message ?? "", /^The event is not JSON: /);
      assert.equal((await client.invoke("").answer).body.toString(), "{}");
    }));

  it("answers the next call after an exception and after memory was short", () =>
    withPackage(
      {
        "index.py": def("if event.get('full'): bytearray(1 << 60)\nif event.get('bad'): raise OSError\nreturn 'fine'"),
      },
      { handler },
      async (client) => {
        assert.equal((await client.invoke({ full: true }).answer).failure?.kind, "memory");
        assert.equal((await client.invoke({ bad: true }).answer).failure?.kind, "user");
        assert.equal((await client.invoke({}).answer).body.toString(), '"fine"');
      },
    ));

  it("shows causes in the stack, and no file of the runtime", () =>
    withPackage(
      {
        "index.py": def(
          "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('outer') from error",
        ),
      },
      { handler },
      async (client) => {
        const { failure } = await client.invoke({}).answer;
        assert.equal(failure?.message, "outer");
        assert.match(
          failure.stackTrace,
          /ZeroDivisionError[^]*direct cause[^]*index\.py", line 5, in main_handler[^]*ValueError: outer$/,
        );
        assert.doesNotMatch(failure.stackTrace, /gust_runtime|runtimes/);
      },
    ));

  it("gives the context the fields of SCF, as a dict", async () => {
    const context = await outcome(def("return {**context, 'remaining': context.get_remaining_time_in_millis()}"));
    const { remaining, environment, environ, ...fields } = context as Record<string, unknown>; // asserted below
    assert.ok(Number(remaining) > 1_000 && Number(remaining) <= 3_000);
    assert.deepEqual(JSON.parse(String(environment)), {});
    assert.equal(environ, "");
    assert.deepEqual(fields, {
      memory_limit_in_mb: 128,
      time_limit_in_ms: 3_000,
      request_id: "request-1",
      function_version: "$LATEST",
      function_name: "hello",
      namespace: "default",
      tencentcloud_region: "ap-guangzhou",
      tencentcloud_appid: "1250000000",
      tencentcloud_uin: "100000000001",
    });
  });

  it("keeps one event loop for all calls of an asynchronous handler, and lets tasks go on between them", () =>
    withPackage(
      {
        "index.py":
          "import asyncio\nloops = set()\ndone = []\nasync def later():\n    await asyncio.sleep(0.01)\n    print('after')\n" +
          `async ${def("loops.add(asyncio.get_running_loop())\ndone.append(asyncio.create_task(later()))\nreturn len(loops)")}`,
      },
      { handler },
      async (client) => {
        assert.equal((await client.invoke({}).answer).body.toString(), "1");
        while (client.logs.length === 0) await client.ping();
        assert.deepEqual(client.logs, [{ call: 0, stream: 1, text: "after" }]);
        assert.equal((await client.invoke({}).answer).body.toString(), "1");
      },
    ));

  it("cancels the task of a call that is cancelled, and answers the next", () =>
    withPackage(
      {
        "index.py":
          "import asyncio\n" +
          `async ${def("if event.get('quick'): return 'quick'\ntry:\n    await asyncio.sleep(1000)\nfinally:\n    print('cleaned up')")}`,
      },
      { handler },
      async (client) => {
        const call = client.invoke({});
        await client.ping();
        call.cancel(2);
        assert.equal((await call.answer).failure?.errorType, "CancelledError");
        assert.deepEqual(client.linesOf(call.id), ["cleaned up"]);
        assert.equal((await client.invoke({ quick: true }).answer).body.toString(), '"quick"');
      },
    ));

  it("answers no ping while an asynchronous handler holds the loop, and does while a plain one blocks", async () => {
    const blocked = "import time\n";
    await withPackage(
      { "index.py": `${blocked}async ${def("print('holding')\ntime.sleep(0.3)")}` },
      { handler },
      async (client) => {
        const call = client.invoke({});
        let isOver = false;
        void call.answer.then(() => (isOver = true));
        while (client.logs.length === 0) await new Promise((resolve) => setImmediate(resolve));
        await client.ping();
        assert.ok(isOver, "the ping was answered before the loop was free");
      },
    );
    await withPackage({ "index.py": `${blocked}${def("time.sleep(1000)")}` }, { handler }, async (client) => {
      client.invoke({});
      assert.equal(await client.ping(), 1);
    });
  });
});

describe("python: which file a handler is", () => {
  const sources: Record<string, [files: Record<string, string>, handler: string]> = {
    "at the root": [{ "index.py": def("return 'ok'") }, handler],
    "in a folder": [{ "src/app.py": "def main(event, context): return 'ok'" }, "src/app.main"],
    "in a folder, with relative imports": [
      { "src/app.py": "from .words import word\ndef main(event, context): return word", "src/words.py": "word = 'ok'" },
      "src/app.main",
    ],
    "in a folder, with imports from beside it and from the root": [
      {
        "src/app.py": "from words import word\nfrom letters import k\ndef main(event, context): return word + k",
        "src/words.py": "word = 'o'",
        "letters.py": "k = 'k'",
      },
      "src/app.main",
    ],
    "in a folder with a name that is no identifier": [
      { "my-code/v1.0/app.py": "def main(event, context): return 'ok'" },
      "my-code/v1.0/app.main",
    ],
    "called like a module of the standard library": [
      { "queue.py": "def main(event, context): return 'ok'" },
      "queue.main",
    ],
    "beside modules of the package, which come before the standard library": [
      { "index.py": "import colorsys\n" + def("return colorsys.word"), "colorsys.py": "word = 'ok'" },
      handler,
    ],
  };
  for (const [name, [files, file]] of Object.entries(sources)) {
    it(name, () =>
      withPackage(files, { handler: file }, async (client) => {
        assert.equal((await client.invoke({}).answer).body.toString(), '"ok"');
      }),
    );
  }

  it("sees the package, PYTHONPATH and the standard library, and nothing of the host or of the runtime", () =>
    withPackage(
      {
        "index.py": `import sys\n${def("return [path for path in sys.path if 'site-packages' in path or 'dist-packages' in path or 'runtimes' in path] + [sys.path[1]]")}`,
      },
      { handler, environment: { PYTHONPATH: "/opt/python:" } },
      async (client) => assert.equal((await client.invoke({}).answer).body.toString(), '["/opt/python"]'),
    ));

  it("leaves no compiled files in the package", () =>
    withPackage(
      { "index.py": "import other, os\n" + def("return sorted(os.listdir('.'))"), "other.py": "" },
      { handler },
      async (client) => assert.equal((await client.invoke({}).answer).body.toString(), '["index.py","other.py"]'),
    ));

  const failures: Record<string, [files: Record<string, string>, handler: string, text: RegExp]> = {
    "a syntax error, with its place": [
      { "index.py": "def main_handler(event, context:\n    pass" },
      handler,
      /^code: [^]*index\.py[^]*line 1[^]*SyntaxError/,
    ],
    "a module that is not there": [
      { "index.py": "import nowhere_to_be_found" },
      handler,
      /^code: No module named 'nowhere_to_be_found'/,
    ],
    "a handler that is no function": [
      { "index.py": "main_handler = 5" },
      handler,
      /^handler-missing: .* is not a function/,
    ],
    "a handler without a name": [{ "index.py": "" }, "index", /^handler-missing: .* names no function/],
    "an exit while loading": [{ "index.py": "import sys\nsys.exit(3)" }, handler, /^exit: process exited with code 3/],
  };
  for (const [name, [files, file, text]] of Object.entries(failures)) {
    it(`says of ${name}`, async () => assert.match(await initFailure(files, file), text));
  }
});
