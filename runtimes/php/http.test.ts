import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "node:test";
import type { Answer } from "../../tests/conformance/runtime-call.ts";
import type { RuntimeClient } from "../../tests/conformance/runtime-client.ts";
import { initFailure, withoutPhpCgi, withPackage } from "./testing/with-package.ts";

const script = { form: "http", handler: "index.php" } as const;
const megabyte = 1_048_576;

/** A script with these lines. */
async function withScript(lines: string, test: (client: RuntimeClient, root: string) => Promise<void>): Promise<void> {
  await withPackage({ "index.php": `<?php\n${lines}\n` }, { ...script, environment: { GREETING: "hello" } }, test);
}

function show({ status, pairs, body, failure }: Answer): string {
  if (failure !== null) return `${failure.kind}: ${failure.message}`;
  const own = pairs.filter((_, at) => !/^content-type$/i.test(pairs[at - (at % 2)] ?? ""));
  return [status, ...own, body.toString()].join(" ");
}

const answers: Record<string, [source: string, answer: string | RegExp]> = {
  echo: ["echo 'he', 'llo';", "200 hello"],
  nothing: ["", "200 "],
  "status and headers": ["http_response_code(404);\nheader('X-A: 1');\necho 'no';", "404 X-A 1 no"],
  "a redirect": ["header('Location: /there');", "302 Location /there "],
  "two cookies": ["setcookie('a', '1');\nsetcookie('b', '2');", "200 Set-Cookie a=1 Set-Cookie b=2 "],
  "headers between two hops left out": ["header('Connection: close');\nheader('X-B: 2');", "200 X-B 2 "],
  "exit after its answer": ["echo 'said';\nexit(3);", "200 said"],
  "a large body": ["echo str_repeat('l', 1000000);", /^200 l{1000000}$/],
  "what was said before an exception": ["echo 'begun';\nthrow new DomainException('no');", "500 begun"],
  "an exception": ["throw new DomainException('no');", "user: no"],
  "a syntax error": ["function (", /^code: .*index\.php on line 3/s],
  "short of memory": ["str_repeat('x', 200 * 1024 * 1024);", /^memory: Allowed memory size/],
  "an error page of its own": [
    "set_exception_handler(function ($e) { http_response_code(500); echo 'sorry'; });\nthrow new Exception('no');",
    "500 sorry",
  ],
  "an error page for a fatal error": [
    "register_shutdown_function(function () { echo 'fatal: ', error_get_last() !== null; });\nundefined_function();",
    "500 fatal: 1",
  ],
  "a status that is none": ["header('X-A: 1', true, 999);", /^bad-result: 999 is no status/],
  "a header longer than the platform carries": [
    "header('X: ' . str_repeat('x', 70000));",
    /^user: a header of 70000 bytes/,
  ],
};

describe("php: how a script answers", { skip: withoutPhpCgi }, () => {
  for (const [name, [source, expected]] of Object.entries(answers)) {
    it(`with ${name}`, () =>
      withScript(source, async (client) => {
        for (const answer of [await client.request("GET", "/").answer, await client.request("GET", "/").answer]) {
          if (typeof expected === "string") assert.equal(show(answer), expected);
          else assert.match(show(answer), expected);
        }
      }));
  }

  it("sends headers but no body to HEAD", () =>
    withScript("header('X-A: 1');\necho 'hello';", async (client) => {
      assert.equal(show(await client.request("HEAD", "/").answer), "200 X-A 1 ");
    }));

  it("streams what it flushes, as the platform takes it", () =>
    withScript(
      "while (ob_get_level()) ob_end_flush();\necho 'first';\nflush();\nfile_get_contents('php://input');\necho str_repeat('s', 3000000);",
      async (client) => {
        const call = client.request("PUT", "/", ["Content-Length", "4"], "", { isStreamed: true });
        assert.equal((await call.head()).status, 200);
        await call.write("body");
        call.end();
        call.isGranting = false;
        await client.ping();
        assert.ok(call.receivedBytes <= 262_144);
        call.isGranting = true;
        call.grant(65_536);
        assert.equal((await call.answer).body.length, 3_000_005);
        assert.equal(client.overdrawn, 0);
      },
    ));

  it("is refused when it is not there, or no script", async () => {
    assert.match(await initFailure({ "index.php": "" }, "app.php", "http"), /^handler-missing: .*there is index\.php/);
    assert.match(
      await initFailure({ "index.php": "" }, "index.main_handler", "http"),
      /^handler-missing: .*names no script/,
    );
  });
});

describe("php: what a script is given", { skip: withoutPhpCgi }, () => {
  it("finds the request where PHP has it", () =>
    withScript(
      "echo json_encode([$_SERVER, $_GET, $_COOKIE, trim(shell_exec('echo $GREETING')), getcwd(), ini_get('memory_limit'), getenv('GUST_CHANNEL_FD')]);",
      async (client, root) => {
        const headers = [
          "Host",
          "a.example:8443",
          "X-Forwarded-Proto",
          "https",
          "X-Forwarded-For",
          "9.9.9.9, 127.0.0.1",
          "Cookie",
          "a=1",
          "Cookie",
          "b=2",
          "X_Forwarded_Proto",
          "http",
          "Proxy",
          "http://evil",
          "Accept",
          "*/*",
        ];
        const { body } = await client.request("GET", "/some/path?q=1&l[]=2&l[]=3", headers).answer;
        const [server, query, cookies, ...others] = JSON.parse(body.toString());
        const expected = {
          REQUEST_METHOD: "GET",
          REQUEST_URI: "/some/path?q=1&l[]=2&l[]=3",
          QUERY_STRING: "q=1&l[]=2&l[]=3",
          SCRIPT_NAME: "/index.php",
          PHP_SELF: "/index.php",
          SCRIPT_FILENAME: path.join(root, "index.php"),
          DOCUMENT_ROOT: root,
          SERVER_NAME: "a.example",
          SERVER_PORT: "8443",
          HTTPS: "on",
          REMOTE_ADDR: "127.0.0.1",
          HTTP_HOST: "a.example:8443",
          HTTP_ACCEPT: "*/*",
          HTTP_X_FORWARDED_PROTO: "https",
          GREETING: "hello",
        };
        assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, server[name]])), expected);
        assert.equal(server.HTTP_PROXY, undefined);
        assert.deepEqual(
          [query, cookies],
          [
            { q: "1", l: ["2", "3"] },
            { a: "1", b: "2" },
          ],
        );
        assert.deepEqual(others, ["hello", root, "128M", false]);
      },
    ));

  it("finds forms, files and bodies, however they come", () =>
    withScript(
      "$file = $_FILES['file']['tmp_name'] ?? null;\necho json_encode([$_POST, $file ? filesize($file) : null, strlen(file_get_contents('php://input'))]);",
      async (client) => {
        const form = ["Content-Type", "application/x-www-form-urlencoded"];
        const read = async (call: ReturnType<RuntimeClient["request"]>): Promise<unknown> =>
          JSON.parse((await call.answer).body.toString());
        assert.deepEqual(await read(client.request("POST", "/", [...form, "Content-Length", "3"], "a=b")), [
          { a: "b" },
          null,
          3,
        ]);
        assert.deepEqual(await read(client.request("POST", "/", form, "a=b")), [{ a: "b" }, null, 3]);
        const parts = [
          "--x",
          'Content-Disposition: form-data; name="file"; filename="f"',
          "",
          "f".repeat(3 * megabyte),
          "--x--",
          "",
        ];
        const upload = parts.join("\r\n");
        const headers = ["Content-Type", "multipart/form-data; boundary=x"];
        const length = ["Content-Length", String(upload.length)];
        assert.deepEqual(await read(client.request("POST", "/", [...headers, ...length], upload)), [
          [],
          3 * megabyte,
          0,
        ]);
        assert.deepEqual(await read(client.request("PUT", "/", [], "p".repeat(3 * megabyte))), [
          [],
          null,
          3 * megabyte,
        ]);
      },
    ));

  it("is a body of any length, if its length is said", () =>
    withScript("echo strlen(file_get_contents('php://input'));", async (client) => {
      const body = "b".repeat(20 * megabyte);
      const said = client.request("PUT", "/", ["Content-Length", String(body.length)], body);
      assert.equal((await said.answer).body.toString(), String(body.length));
      const unsaid = client.request("PUT", "/", [], body);
      assert.equal((await unsaid.answer).failure?.errorType, "LengthRequired");
      assert.equal((await client.request("GET", "/").answer).body.toString(), "0");
    }));

  it("keeps nothing from one request to the next, and sees no other request's output", () =>
    withScript(
      "global $count;\necho $count = ($count ?? 0) + 1;\nerror_log('log ' . $_GET['n']);\nfile_put_contents('php://stderr', 'err ' . $_GET['n']);\nusleep(20000);",
      async (client) => {
        const calls = Array.from({ length: 12 }, (_, n) => client.request("GET", `/?n=${n}`));
        for (const [n, call] of calls.entries()) {
          assert.equal((await call.answer).body.toString(), "1");
          assert.deepEqual(client.linesOf(call.id).toSorted(), [`err ${n}`, `log ${n}`]);
        }
      },
    ));
});

describe("php: what becomes of requests that do not end", { skip: withoutPhpCgi }, () => {
  const waiting =
    "if (isset($_GET['quick'])) exit('quick');\nfor (;;) { echo '.'; @ob_flush(); flush(); usleep(5000); }";

  it("ends the script at the deadline, and answers others", () =>
    withScript("if (isset($_GET['quick'])) exit('quick');\nwhile (true);", async (client) => {
      const call = client.request("GET", "/");
      await client.ping();
      call.cancel(2);
      assert.equal((await call.answer).failure?.errorType, "CallCancelled");
      assert.equal((await client.request("GET", "/?quick").answer).body.toString(), "quick");
    }));

  it("ends the script at its next output when the caller has gone", () =>
    withScript(waiting, async (client) => {
      const call = client.request("GET", "/");
      await call.head();
      call.cancel(1);
      assert.equal((await call.answer).failure?.errorType, "CallCancelled");
      assert.equal((await client.request("GET", "/?quick").answer).body.toString(), "quick");
    }));

  it("lets what waits for a process go with its caller", () =>
    withScript("usleep(100000);\necho 'done';", async (client) => {
      const calls = Array.from({ length: 9 }, () => client.request("GET", "/")); // 128 MB are 8 processes
      calls[8]?.cancel(1);
      assert.equal((await calls[8]?.answer)?.failure?.errorType, "CallCancelled");
      for (const call of calls.slice(0, 8)) assert.equal((await call.answer).body.toString(), "done");
    }));

  it("fails with the process, and the sandbox with it", () =>
    withScript("posix_kill(getmypid(), 9);", async (client) => {
      assert.match(show(await client.request("GET", "/").answer), /^exit: process exited with code 137/);
      assert.equal((await client.exited()).code, 137);
      assert.equal(client.failures[0]?.kind, "exit");
    }));

  it("answers what runs at STOP, and leaves with 0", () =>
    withScript("usleep(50000);\necho 'done';", async (client) => {
      const call = client.request("GET", "/");
      await client.ping();
      client.stop(5_000);
      assert.equal((await call.answer).body.toString(), "done");
      assert.equal((await client.exited()).code, 0);
    }));
});
