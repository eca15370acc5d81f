import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { initFailure, withPackage } from "../testing/with-package.ts";

const handler = "index.main_handler";

/** What one call of a handler with this source comes to: its result, or `kind: message`. */
async function outcome(source: string, event: unknown = {}): Promise<unknown> {
  let result: unknown;
  await withPackage({ "index.js": `exports.main_handler = ${source};` }, { handler }, async (client) => {
    const { body, failure } = await client.invoke(event).answer;
    result =
      failure === null ? JSON.parse(body.toString()) : `${failure.kind}: ${failure.errorType}: ${failure.message}`;
  });
  return result;
}

const outcomes: Record<string, [source: string, outcome: unknown]> = {
  "a value returned": ["() => ({ sync: 1 })", { sync: 1 }],
  "a promise": ["async () => 'later'", "later"],
  "a thenable that is no promise": ["() => ({ then: (resolve) => setTimeout(resolve, 5, 'then') })", "then"],
  "a callback": ["(event, context, callback) => { setTimeout(callback, 5, null, 'called') }", "called"],
  "a callback taken through rest parameters": ["(...args) => { setTimeout(args[2], 5, null, 'rest') }", "rest"],
  "context.succeed": ["(event, context) => { setTimeout(() => context.succeed('done'), 5) }", "done"],
  "context.done with an error": ["(event, { done }) => { setTimeout(done, 5, new Error('no')) }", "user: Error: no"],
  "nothing returned by a plain function": ["(event) => { setTimeout(() => {}, 60000) }", null],
  "nothing resolved": ["async () => {}", null],
  "a function as result": ["() => () => 1", null],
  "the first of two answers": ["(e, c, callback) => { callback(null, 1); callback(null, 2); return 3 }", 1],
  "an error thrown": ["() => { throw new TypeError('bad') }", "user: TypeError: bad"],
  "an error class of its own": [
    "async () => { throw Object.assign(new Error('full'), { name: 'QuotaError' }) }",
    "user: QuotaError: full",
  ],
  "a string thrown": ["() => { throw 'words' }", "user: string: words"],
  "nothing thrown": ["() => { throw undefined }", "user: undefined: undefined"],
  "an object thrown": ["async () => { throw { code: 5 } }", "user: object: { code: 5 }"],
  "an error given to the callback": ["(e, c, callback) => callback('sad')", "user: string: sad"],
  "a BigInt": ["() => 1n", "bad-result: TypeError: The result is not JSON: Do not know how to serialize a BigInt"],
  "toJSON that throws": [
    "() => ({ toJSON() { throw new Error('no json') } })",
    "bad-result: Error: The result is not JSON: no json",
  ],
  "a promise that is never settled, in an empty loop": [
    "() => new Promise(() => {})",
    "exit: NoAnswer: The handler never answered: it neither returned, called back nor settled its promise, and its event loop is empty",
  ],
  "a callback never called, in an empty loop": [
    "(e, c, callback) => {}",
    "exit: NoAnswer: The handler never answered: it neither returned, called back nor settled its promise, and its event loop is empty",
  ],
};

describe("node: how an event handler answers", () => {
  for (const [name, [source, expected]] of Object.entries(outcomes)) {
    it(`by ${name}`, async () => assert.deepEqual(await outcome(source), expected));
  }

  it("calls the next event after a handler that never answered", () =>
    withPackage(
      { "index.js": "exports.main_handler = (event) => event.hang ? new Promise(() => {}) : 'fine';" },
      { handler },
      async (client) => {
        assert.equal((await client.invoke({ hang: true }).answer).failure?.kind, "exit");
        assert.equal((await client.invoke({}).answer).body.toString(), '"fine"');
      },
    ));

  it("answers at once and lets the rest of the loop go on", () =>
    withPackage(
      {
        "index.js": `let after = 0; exports.main_handler = (event) => {
          setTimeout(() => { after++; console.log("after") }, 30); return after };`,
      },
      { handler },
      async (client) => {
        const call = client.invoke({});
        assert.equal((await call.answer).body.toString(), "0");
        while (client.logs.length === 0) await client.ping();
        assert.deepEqual(client.logs, [{ call: 0, stream: 1, text: "after" }]);
      },
    ));

  it("says that an event is not JSON", async () => {
    assert.match(String(await outcome("() => 1", "{oops")), /^user: InvalidEvent: The event is not JSON: /);
  });

  it("gives the context the fields of SCF", async () => {
    const context = await outcome(
      `(event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis(), methods: [typeof context.done, typeof context.fail] })`,
    );
    const { remaining, environment, environ, ...fields } = context as Record<string, unknown>; // asserted below
    assert.ok(Number(remaining) > 2_000 && Number(remaining) <= 3_000);
    assert.match(String(JSON.parse(String(environment)).NODE_PATH), /node_modules$/);
    assert.match(String(environ), /^NODE_PATH=/);
    assert.deepEqual(fields, {
      callbackWaitsForEmptyEventLoop: false,
      memory_limit_in_mb: 128,
      time_limit_in_ms: 3_000,
      request_id: "request-1",
      function_version: "$LATEST",
      function_name: "hello",
      namespace: "default",
      tencentcloud_region: "ap-guangzhou",
      tencentcloud_appid: "1250000000",
      tencentcloud_uin: "100000000001",
      methods: ["function", "function"],
    });
  });
});

describe("node: which file a handler is", () => {
  const sources: Record<string, [files: Record<string, string>, handler: string]> = {
    CommonJS: [{ "index.js": "exports.main_handler = () => 'ok'" }, handler],
    ".cjs": [{ "index.cjs": "exports.main_handler = () => 'ok'" }, handler],
    ".mjs": [{ "index.mjs": "export const main_handler = () => 'ok'" }, handler],
    "an ES module by package.json": [
      { "index.js": "export const main_handler = () => 'ok'", "package.json": '{"type":"module"}' },
      handler,
    ],
    "an ES module by its syntax": [{ "index.js": "export const main_handler = () => 'ok'" }, handler],
    "an ES module with a top-level await": [
      { "index.mjs": "const ok = await Promise.resolve('ok'); export const main_handler = () => ok" },
      handler,
    ],
    "a .js module with a top-level await": [
      {
        "index.js": "const ok = await Promise.resolve('ok'); export const main_handler = () => ok",
        "package.json": '{"type":"module"}',
      },
      handler,
    ],
    ".ts": [{ "index.ts": "export const main_handler = (event: object): string => 'ok'" }, handler],
    ".cts": [{ "index.cts": "exports.main_handler = (event: object): string => 'ok'" }, handler],
    ".mts": [{ "index.mts": "export const main_handler = (event: object): string => 'ok'" }, handler],
    "in a folder": [{ "src/app.js": "exports.main = () => 'ok'" }, "src/app.main"],
    "a member of the default export": [{ "index.mjs": "export default { main_handler: () => 'ok' }" }, handler],
    ".js before .mjs": [
      { "index.js": "exports.main_handler = () => 'ok'", "index.mjs": "export const main_handler = () => 'wrong'" },
      handler,
    ],
  };
  for (const [name, [files, named]] of Object.entries(sources)) {
    it(name, () =>
      withPackage(files, { handler: named }, async (client) => {
        assert.equal((await client.invoke({}).answer).body.toString(), '"ok"');
      }),
    );
  }

  it("finds modules by NODE_PATH, runs in the code root, and has only its own environment", () =>
    withPackage(
      {
        "index.js":
          "const express = require('express'); exports.main_handler = () => [typeof express, process.cwd(), Object.keys(process.env).sort()]",
      },
      { handler },
      async (client, root) => {
        const { body } = await client.invoke({}).answer;
        assert.deepEqual(JSON.parse(body.toString()), ["function", root, ["LANG", "NODE_PATH", "PATH"]]);
      },
    ));

  it("says what is wrong with a file that cannot be loaded", async () => {
    assert.match(
      await initFailure({ "index.js": "require('not-there')" }, handler),
      /^code: Cannot find module 'not-there'/,
    );
    assert.match(
      await initFailure({ "index.js": "exports.a = ;" }, handler),
      /^code: Unexpected token ';'\n[^]*index\.js:1/,
    );
    assert.match(
      await initFailure({ "index.mjs": "export const a = ;" }, handler),
      /^code: Unexpected token ';'\n[^]*index\.mjs:1/,
    );
    assert.match(
      await initFailure({ "index.mjs": "await new Promise(() => {})" }, handler),
      /^code: .*never finished loading/,
    );
    assert.match(await initFailure({ "index.js": "process.exit(4)" }, handler), /^exit: process exited with code 4/);
    assert.match(
      await initFailure(
        { "index.js": "setImmediate(() => { throw new Error('later') }); exports.main_handler = 5" },
        handler,
      ),
      /^handler-missing: .* is not a function/,
    );
    assert.match(await initFailure({ "index.js": "" }, "index"), /^handler-missing: .*names no export/);
    assert.match(await initFailure({ "index.js": "" }, "lib/index.main"), /^handler-missing: .*there is no folder lib/);
  });
});
