import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import type { RuntimeClient } from "../../tests/conformance/runtime-client.ts";
import { initFailure, phpRuntime, withoutPhp, withPackage } from "./testing/with-package.ts";

const handler = "index.main_handler";

/** A handler with this body; `before` is outside of it. */
async function withHandler(body: string, test: (client: RuntimeClient) => Promise<void>, before = ""): Promise<void> {
  const source = `<?php\n${before}\nfunction main_handler($event, $context) {\n${body}\n}\n`;
  await withPackage({ "index.php": source }, { handler, environment: { GREETING: "hello" } }, test);
}

async function resultOf(client: RuntimeClient, event: unknown = {}): Promise<unknown> {
  const { body, failure } = await client.invoke(JSON.stringify(event)).answer;
  assert.equal(failure, null);
  return JSON.parse(body.toString());
}

describe("php: what a handler is given", { skip: withoutPhp }, () => {
  it("is objects, as SCF documents it", () =>
    withHandler(
      "return [get_class($event), is_array($event->list), get_class($context), $context];",
      async (client) => {
        const [event, list, type, context] = (await resultOf(client, { list: [1] })) as [
          string,
          boolean,
          string,
          object,
        ];
        assert.deepEqual([event, list, type], ["stdClass", true, "stdClass"]);
        assert.deepEqual(context, {
          memory_limit_in_mb: 128,
          time_limit_in_ms: 3_000,
          request_id: "request-1",
          environment: '{"GREETING":"hello"}',
          environ: "GREETING=hello",
          function_version: "$LATEST",
          function_name: "hello",
          namespace: "default",
          tencentcloud_region: "ap-guangzhou",
          tencentcloud_appid: "1250000000",
          tencentcloud_uin: "100000000001",
        });
      },
    ));

  it("is any JSON, which comes back as it was", () =>
    withHandler("return $event;", async (client) => {
      let deep: unknown = 1;
      for (let depth = 0; depth < 600; depth++) deep = [deep]; // PHP's own limit is 512
      for (const event of [null, 1.5, "é/\u2028", [], {}, { "": {}, "0": [{}] }, 9_007_199_254_740_991, deep]) {
        assert.deepEqual(await resultOf(client, event), event);
      }
      const call = client.invoke("1.0 ");
      assert.equal((await call.answer).body.toString(), "1.0");
      assert.equal((await client.invoke("{").answer).failure?.errorType, "InvalidEvent");
    }));

  it("has the environment wherever programs look, and what it loaded in the global scope", () =>
    withHandler(
      "global $config; return [getenv('GREETING'), $_ENV['GREETING'], $_SERVER['GREETING'], getenv('GUST_CHANNEL_FD'), trim(shell_exec('echo $GREETING')), $config, array_keys($GLOBALS)];",
      async (client) => {
        const [...found] = (await resultOf(client)) as unknown[];
        const globals = found.pop();
        assert.deepEqual(found, ["hello", "hello", "hello", false, "hello", "set"]);
        assert.deepEqual(globals, ["_GET", "_POST", "_COOKIE", "_FILES", "argv", "argc", "_SERVER", "_ENV", "config"]);
      },
      "$config = 'set';\n$_ENV;",
    ));

  it("keeps its state from call to call", () =>
    withHandler("static $calls = 0; return ++$calls;", async (client) => {
      assert.deepEqual([await resultOf(client), await resultOf(client), await resultOf(client)], [1, 2, 3]);
    }));

  it("finds its files from the package's root, in folders as well", () =>
    withPackage(
      {
        "src/app.php":
          "<?php\nrequire 'part.php';\nrequire './part2.php';\nfunction main($event) { return [part(), part2()]; }",
        "part.php": "<?php\nfunction part() { return 1; }",
        "part2.php": "<?php\nfunction part2() { return 2; }",
      },
      { handler: "src/app.main" },
      async (client) => assert.deepEqual(await resultOf(client), [1, 2]),
    ));
});

describe("php: what a handler prints", { skip: withoutPhp }, () => {
  it("is a line of its call, however it is printed", () =>
    withHandler(
      [
        'echo \'echo\', PHP_EOL; print "print\\n"; fwrite(STDOUT, "stdout\\n"); file_put_contents(\'php://output\', "output\\n");',
        "ob_start(); echo \"left in a buffer\\n\"; system('echo child');",
        'error_log("logged"); fwrite(STDERR, "\\xff\\r\\n"); trigger_error("warned", E_USER_WARNING);',
      ].join("\n"),
      async (client) => {
        const call = client.invoke({});
        assert.equal((await call.answer).failure, null);
        const lines = (stream: number): string[] =>
          client.logs.filter((line) => line.call === call.id && line.stream === stream).map(({ text }) => text);
        assert.deepEqual(lines(1), ["echo", "print", "stdout", "output", "left in a buffer", "child"]);
        assert.deepEqual(lines(2).slice(0, 2), ["logged", "\ufffd"]);
        assert.match(lines(2)[2] ?? "", /^PHP Warning: {2}warned in .*index\.php on line \d+$/);
      },
    ));

  it("is held up rather than kept when the platform reads slower", () =>
    withHandler(
      "for ($n = 0; $n < 2000; $n++) echo str_repeat('z', 60000), PHP_EOL;\nreturn (int) shell_exec('ps -o rss= -p ' . posix_getppid());",
      async (client) => {
        const call = client.invoke({});
        const { body, failure } = await call.answer;
        assert.equal(failure, null);
        assert.equal(client.logs.length, 2_000);
        assert.ok(Number(body.toString()) < 40_000, `${body.toString()} kB`);
      },
    ));
});

describe("php: how a call ends that does not return", { skip: withoutPhp }, () => {
  const failures: Record<string, [body: string, failure: RegExp]> = {
    "an exception, with what caused it": [
      "try { (fn () => throw new DomainException('cause'))(); } catch (Exception $e) { throw new LogicException('effect', 0, $e); }",
      /^user: effect\nLogicException: effect in \S+index\.php:4\n {4}at main_handler\(\)\n\nCaused by: DomainException: cause in \S+index\.php:4\n/,
    ],
    "an error of types": ["return strlen([]);", /^user: strlen\(\): Argument #1 .* array given/],
    "more memory than the function has": [
      "str_repeat('x', 200000000);",
      /^memory: Allowed memory size of 134217728 bytes/,
    ],
    "a fatal error": ["eval('class A implements Traversable {}');", /^user: Class A must implement interface/],
    "die with its last words": ["die('words');", /^exit: process exited with code 0/],
    "the end of its process": ["posix_kill(getmypid(), 9);", /^exit: process exited with code 137/],
    "a child that outlives it": ["exec('sleep 5 >/dev/null 2>&1 &'); exit(4);", /^exit: process exited with code 4/],
    "nonsense on its connection": ["fwrite(fopen('php://fd/3', 'w'), str_repeat('x', 100)); sleep(5);", /^exit: /],
  };

  for (const [name, [body, expected]] of Object.entries(failures)) {
    it(`with ${name}`, () =>
      withHandler(body, async (client) => {
        const { failure } = await client.invoke({}).answer;
        assert.match(`${failure?.kind}: ${failure?.message}\n${failure?.stackTrace}`, expected);
      }));
  }

  it("sends what it said before its end", () =>
    withHandler(
      "register_shutdown_function(fn () => print('last'));\necho str_repeat('x', 70000), \"\\n\";\ndie('words');",
      async (client) => {
        const call = client.invoke({});
        assert.equal((await call.answer).failure?.kind, "exit");
        assert.deepEqual(client.linesOf(call.id).slice(1), ["wordslast"]);
      },
    ));

  it("runs what PHP does at the end of a script when the sandbox stops", () =>
    withHandler(
      "",
      async (client) => {
        await client.invoke({}).answer;
        client.stop(5_000);
        assert.equal((await client.exited()).code, 0);
        assert.deepEqual(client.linesOf(0), ["shut down", "destroyed"]);
      },
      'class Kept { function __destruct() { echo "destroyed\\n"; } }\n$kept = new Kept();\nregister_shutdown_function(fn () => print("shut down\\n"));',
    ));

  it("leaves forked children alone", () =>
    withHandler(
      "$child = pcntl_fork();\nif ($child === 0) { echo 'child', PHP_EOL; exit(5); }\npcntl_waitpid($child, $status);\nreturn pcntl_wexitstatus($status);",
      async (client) => {
        assert.equal(await resultOf(client), 5);
        assert.equal(await resultOf(client), 5);
      },
    ));
});

describe("php: loading", { skip: withoutPhp }, () => {
  const reasons: Record<string, [source: string, reason: RegExp]> = {
    "does not parse": ["<?php\nfunction (", /^code: .* in \S*index\.php:\d+/],
    "has a fatal error": ["<?php\nclass A implements Traversable {}", /^code: Class A must implement interface/],
    ends: ["<?php\nexit(6);", /^exit: process exited with code 6/],
    "has no function": [
      "<?php\necho 1;",
      /^handler-missing: .*index\.php has no function "main_handler", it has nothing/,
    ],
  };
  for (const [name, [source, expected]] of Object.entries(reasons)) {
    it(`fails when the file ${name}`, async () => {
      assert.match(await initFailure({ "index.php": source }, handler), expected);
    });
  }
});

it("says what to install where there is no PHP", () => {
  const [shell = "", ...start] = phpRuntime;
  const { status, stderr } = spawnSync(shell, start, { env: { PATH: "/nowhere" }, encoding: "utf8" });
  assert.deepEqual([status, stderr.includes("apt-get install php-cli")], [1, true]);
});
