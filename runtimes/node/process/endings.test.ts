import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { withPackage } from "../testing/with-package.ts";

/** An HTTP function that overlaps: each path does one thing. */
const overlapping = {
  "index.mjs": `
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    export default async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/wait") { await wait(Number(searchParams.get("ms"))); return new Response("waited"); }
      if (pathname === "/uncaught") { setTimeout(() => { throw new RangeError("from a timer") }, 5); await wait(60000); }
      if (pathname === "/rejection") { Promise.reject(new Error("nobody awaits")); await wait(60000); }
      if (pathname === "/background") { setTimeout(() => { Promise.reject(new Error("nobody awaits this")) }, 5); return new Response("sent"); }
      if (pathname === "/late") { setTimeout(() => { throw new RangeError("too late") }, 5); return new Response("sent"); }
      if (pathname === "/exit") { await wait(5); process.exit(3); }
      if (pathname === "/raw-exit") { process.removeAllListeners(); process.reallyExit(9); }
      return new Response("?");
    };`,
};
const options = { form: "http", handler: "index.default" } as const;

describe("node: what becomes of calls when user code breaks the process", () => {
  it("fails the call an uncaught exception belongs to with it, the others with exit, and ends", () =>
    withPackage(overlapping, options, async (client) => {
      const other = client.request("GET", "/wait?ms=60000");
      const { failure } = await client.request("GET", "/uncaught").answer;
      assert.equal(failure?.kind, "user");
      assert.equal(failure.errorType, "RangeError");
      assert.match(failure.stackTrace, /index\.mjs/);
      const innocent = (await other.answer).failure;
      assert.deepEqual([innocent?.kind, innocent?.errorType], ["exit", "AnotherCall"]);
      assert.doesNotMatch(innocent?.message ?? "", /from a timer/);
      assert.match(innocent?.stackTrace ?? "", /\(request .*\): from a timer$/);
      assert.deepEqual(client.failures, [innocent], "its last words, for calls on their way to it");
      assert.equal((await client.exited()).code, 1);
      assert.ok(client.logs.some(({ text, stream }) => stream === 2 && text === "Uncaught RangeError: from a timer"));
    }));

  it("fails the call an unhandled rejection belongs to, and goes on with the others", () =>
    withPackage(overlapping, options, async (client) => {
      const other = client.request("GET", "/wait?ms=50");
      const call = client.request("GET", "/rejection");
      const { failure } = await call.answer;
      assert.equal(failure?.kind, "user");
      assert.equal(failure.message, "nobody awaits");
      assert.ok(client.linesOf(call.id).some((text) => text.startsWith("Unhandled rejection: Error: nobody awaits")));
      assert.equal((await other.answer).body.toString(), "waited");
    }));

  it("blames an exception after the answer on nobody who runs then", () =>
    withPackage(overlapping, options, async (client) => {
      const other = client.request("GET", "/wait?ms=60000");
      const late = client.request("GET", "/late");
      assert.equal((await late.answer).body.toString(), "sent");
      const { failure } = await other.answer;
      assert.deepEqual([failure?.kind, failure?.errorType], ["exit", "AnotherCall"]);
      assert.deepEqual(client.linesOf(other.id), []);
      const [first] = client.linesOf(0);
      assert.equal(first, `Uncaught (after the answer of request request-${late.id}) RangeError: too late`);
      assert.equal((await client.exited()).code, 1);
    }));

  it("blames an exception after an event's result on no event that follows", () =>
    withPackage(
      {
        "index.js": `let go; const gone = new Promise((resolve) => (go = resolve));
          exports.main_handler = async ({ isNext }) => {
            if (!isNext) return void gone.then(() => setTimeout(() => { throw new RangeError("too late") }));
            go();
            await new Promise(() => setInterval(() => {}, 1000)); };`,
      },
      { handler: "index.main_handler" },
      async (client) => {
        assert.equal((await client.invoke({}).answer).failure, null);
        const next = client.invoke({ isNext: true });
        assert.equal((await next.answer).failure?.errorType, "AnotherCall");
        assert.deepEqual(client.linesOf(next.id), []);
      },
    ));

  it("only logs a rejection after the answer", () =>
    withPackage(overlapping, options, async (client) => {
      const call = client.request("GET", "/background");
      assert.equal((await call.answer).body.toString(), "sent");
      const other = client.request("GET", "/wait?ms=50");
      assert.equal((await other.answer).failure, null);
      const first = `Unhandled rejection (after the answer of request request-${call.id}): Error: nobody awaits this`;
      assert.equal(client.linesOf(0)[0], first);
    }));

  for (const [path, code] of [
    ["/exit", 3],
    ["/raw-exit", 9],
  ] as const) {
    it(`fails every call when one ends the process (${path})`, () =>
      withPackage(overlapping, options, async (client) => {
        const other = client.request("GET", "/wait?ms=60000");
        const { failure } = await client.request("GET", path).answer;
        assert.equal(failure?.kind, "exit");
        assert.equal(failure.message, `process exited with code ${code}`);
        assert.equal((await other.answer).failure?.kind, "exit");
        assert.equal((await client.exited()).code, code);
      }));
  }

  it("sends what was said before the end even when the platform reads late", () =>
    withPackage(
      {
        "index.js": `exports.main_handler = () => { console.log("y".repeat(60000)); for (let i = 0; i < 9; i++) console.log("x".repeat(60000)); process.exit(2); };`,
      },
      { handler: "index.main_handler" },
      async (client) => {
        client.pause();
        const call = client.invoke({});
        setTimeout(() => client.resume(), 100);
        assert.equal((await call.answer).failure?.kind, "exit");
        assert.equal(client.linesOf(call.id).length, 10);
      },
    ));

  it("leaves exceptions to user code that listens for them", () =>
    withPackage(
      {
        "index.js": `process.on("uncaughtException", () => {}); process.on("unhandledRejection", () => {});
          exports.main_handler = () => new Promise((resolve) => {
            setTimeout(() => { throw new Error("handled") }, 1); Promise.reject(1); setTimeout(resolve, 20, "alive"); });`,
      },
      { handler: "index.main_handler" },
      async (client) => assert.equal((await client.invoke({}).answer).body.toString(), '"alive"'),
    ));

  it("waits until the platform, which writes meanwhile, has read what it said last", () =>
    withPackage(
      { "index.js": `exports.main_handler = () => "x".repeat(100_000);` },
      { handler: "index.main_handler" },
      async (client) => {
        client.pause();
        const call = client.invoke({});
        client.stop(5_000);
        const ended = client.exited().then(() => "ended");
        assert.equal(await Promise.race([ended, delay(200, "waits")]), "waits");
        call.grant(1); // a write to a process that is gone loses what was not read yet
        client.resume();
        assert.equal((await call.answer).failure, null);
        assert.deepEqual(await client.exited(), { code: 0, signal: null });
      },
    ));

  it("tells SIGTERM listeners at STOP, after the running calls, and waits for what they do", () =>
    withPackage(
      {
        "index.js": `process.on("SIGTERM", () => { console.log("stopping"); setTimeout(() => console.log("stopped"), 20) });
          exports.main_handler = () => new Promise((resolve) => setTimeout(() => { console.log("called"); resolve() }, 30));`,
      },
      { handler: "index.main_handler" },
      async (client) => {
        const call = client.invoke({});
        await client.ping();
        client.stop(5_000);
        assert.equal((await call.answer).failure, null);
        assert.equal((await client.exited()).code, 0);
        assert.deepEqual(
          client.logs.map(({ text }) => text),
          ["called", "stopping", "stopped"],
        );
      },
    ));
});

describe("node: user code that changes the world", () => {
  it("cannot break framing by changing globals and prototypes", () =>
    withPackage(
      {
        "index.js": `
          Object.prototype.get = Object.prototype.toJSON = undefined;
          Object.prototype.fd = 1; Object.prototype.signal = "x"; Object.prototype.highWaterMark = 1;
          Array.prototype.extra = 5; Array.prototype.toJSON = undefined;
          JSON.parse = JSON.stringify = () => { throw new Error("patched") };
          Date.now = () => 0; globalThis.Date = null; globalThis.Promise = null; globalThis.Math = null;
          globalThis.setImmediate = globalThis.setTimeout = process.nextTick = () => {};
          Buffer.prototype.utf8Write = Buffer.prototype.latin1Write = Buffer.prototype.toString = () => 0;
          Buffer.allocUnsafe = Buffer.from = Buffer.concat = Buffer.byteLength = null;
          console.log = () => {}; process.exit = () => {};
          exports.main_handler = async (event) => { process.stdout.write("line\\n"); return { event }; };`,
      },
      { handler: "index.main_handler" },
      async (client) => {
        for (let i = 0; i < 3; i++) {
          const call = client.invoke({ i });
          const { body, failure } = await call.answer;
          assert.equal(failure, null);
          assert.equal(body.toString(), `{"event":{"i":${i}}}`);
          assert.deepEqual(client.linesOf(call.id), ["line"]);
        }
      },
    ));

  it("does not run out of memory when it prints faster than the platform reads", () =>
    withPackage(
      {
        "index.js": `exports.main_handler = () => { const line = "z".repeat(60000); for (let i = 0; i < 2000; i++) console.log(line); return process.memoryUsage.rss() / 1048576; };`,
      },
      { handler: "index.main_handler" },
      async (client) => {
        const { body } = await client.invoke({}).answer;
        assert.equal(client.logs.length, 2_000);
        assert.ok(Number(body.toString()) < 150, `${body.toString()} MB`);
      },
    ));

  it("says what a lone call printed before it blocked the loop", () =>
    withPackage(
      { "index.js": `exports.main_handler = () => { console.log("before"); for (;;); };` },
      { handler: "index.main_handler" },
      async (client) => {
        client.invoke({});
        const until = Date.now() + 2_000;
        while (client.logs.length === 0 && Date.now() < until) await new Promise((resolve) => setImmediate(resolve));
        assert.equal(client.logs[0]?.text, "before");
      },
    ));
});
