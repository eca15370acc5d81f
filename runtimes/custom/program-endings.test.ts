import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { writeCodePackage, type PackageFiles } from "../../tests/conformance/code-package.ts";
import { RuntimeClient } from "../../tests/conformance/runtime-client.ts";
import {
  customRuntime,
  executable,
  initFailure,
  nodeBootstrap,
  shellBootstrap,
  withProgram,
} from "./testing/with-program.ts";

/** A shell program as SCF's guide has it; `answer` runs for each event. */
const shell = (answer: string, before = ""): PackageFiles =>
  shellBootstrap(`
    api="http://$SCF_RUNTIME_API:$SCF_RUNTIME_API_PORT/runtime"
    ${before}
    curl -s -X POST "$api/init/ready" > /dev/null
    while true; do
      event=$(curl -s "$api/invocation/next")
      ${answer}
    done`);

const respond = (what: string): string => `curl -s -X POST "$api/invocation/response" -d "${what}" > /dev/null`;

/** Waits until the test makes a file of this name in the code root. */
const untilMark = "while [ ! -e mark ]; do sleep 0.01; done";

/** A process that ended counts as ended though nobody waited for it. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

describe("a program for the shell", () => {
  it("answers event after event, and what it prints is the call's", () =>
    withProgram(shell(`echo "got $event"; echo oops >&2; ${respond("Echo: $event")}`), async (client) => {
      for (const n of [1, 2, 3]) {
        const call = client.invoke({ n });
        assert.equal(JSON.parse((await call.answer).body.toString()), `Echo: {"n":${n}}`);
        assert.deepEqual(client.linesOf(call.id).toSorted(), [`got {"n":${n}}`, "oops"]);
      }
    }));

  it("finds the variables of SCF and of Lambda, its own first where they are only customary", () =>
    withProgram(
      shellBootstrap(`
        printf '%s|' "$_HANDLER" "$LAMBDA_TASK_ROOT" "$AWS_LAMBDA_FUNCTION_NAME" "$AWS_LAMBDA_FUNCTION_VERSION" \\
          "$AWS_LAMBDA_FUNCTION_MEMORY_SIZE" "$AWS_LAMBDA_LOG_GROUP_NAME" "$AWS_LAMBDA_LOG_STREAM_NAME" "$AWS_REGION" "$OWN" "$GUST_CHANNEL_FD"
        echo
        curl -s "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"`),
      async (client, root) => {
        assert.equal(client.logs[0]?.text, `app.main|${root}|hello|$LATEST|128|/scf/default/hello|box-1|mine|1||`);
      },
      { environment: { _HANDLER: "app.main", HOSTNAME: "box-1", AWS_REGION: "mine", OWN: "1" } },
    ));

  it("may end after each event: the next one gets a new program, also when it is there already", () =>
    withProgram(shell(`${respond("$$")}; ${untilMark}; exit 4`, "echo start >> starts"), async (client, root) => {
      const first = await client.invoke({}).answer;
      const second = client.invoke({});
      await client.ping();
      writeFileSync(join(root, "mark"), "");
      const answers = [first, await second.answer];
      while (client.logs.length < 2) await client.ping();
      answers.push(await client.invoke({}).answer);
      assert.equal(new Set(answers.map(({ body }) => body.toString())).size, 3);
      assert.ok(answers.every(({ failure }) => failure === null));
      assert.match(client.logs[0]?.text ?? "", /^bootstrap exited with code 4; it is started again for the next call$/);
      assert.deepEqual(client.failures, []);
      assert.equal(readFileSync(join(root, "starts"), "utf8"), "start\nstart\nstart\n");
    }));
});

describe("a program that cannot start is explained", () => {
  const cases: Record<string, [files: PackageFiles, kind: string, message: RegExp]> = {
    "no bootstrap": [
      { "main.py": "" },
      "handler-missing",
      /needs an executable file bootstrap at its root: there are main\.py$/,
    ],
    "nothing at all": [{}, "handler-missing", /the package is empty$/],
    "not executable": [
      { bootstrap: "#!/bin/sh\n" },
      "start",
      /is not executable: run chmod 755 bootstrap and pack it again/,
    ],
    "no interpreter": [
      { bootstrap: executable("#!/var/lang/php7/bin/php\n") },
      "start",
      /the interpreter \/var\/lang\/php7\/bin\/php, which does not exist/,
    ],
    "a directory": [{ "bootstrap/main": "" }, "start", /bootstrap is a directory/],
    "an end before it is ready": [
      shellBootstrap("echo why >&2; exit 3"),
      "exit",
      /^bootstrap exited with code 3, before it took a call: it must stay and ask/,
    ],
    "a script without asking": [shellBootstrap("echo done"), "exit", /exited with code 0, before it took a call/],
    "a signal": [shellBootstrap("kill -9 $$"), "exit", /was ended by SIGKILL/],
  };
  for (const [name, [files, kind, message]] of Object.entries(cases)) {
    it(name, async () => {
      const failure = await initFailure(files);
      assert.equal(failure.kind, kind);
      assert.match(failure.message, message);
    });
  }

  it("with its last output, for its owner alone", async () => {
    const failure = await initFailure(shellBootstrap("echo why >&2; exit 3"));
    assert.match(failure.stackTrace, /Its last output:\nwhy$/);
    assert.doesNotMatch(failure.message, /why/);
  });
});

describe("a program that does not get ready", () => {
  it("is told about shortly before its time is over", async () => {
    await using code = await writeCodePackage(shellBootstrap("exec sleep 1000"));
    await using client = new RuntimeClient(customRuntime);
    await client.ready();
    void client.init({ codeRoot: code.root, handler: "", initTimeoutMs: 400 });
    while (client.logs.length === 0) await client.ping();
    assert.match(
      client.logs[0]?.text ?? "",
      /^bootstrap has not taken a call yet, and InitTimeout is near: it must stay and ask/,
    );
  });
});

describe("a program ends", () => {
  it("and with it all that it started, whoever ends it", () =>
    withProgram(shell(`sleep 1000 & ${respond("$!")}`), async (client) => {
      const child = Number((await client.invoke({}).answer).body.toString());
      assert.equal(isAlive(child), true);
      client.stop(5_000);
      assert.deepEqual(await client.exited(), { code: 0, signal: null });
      assert.equal(isAlive(child), false);
    }));

  it("after SIGTERM, with time to say something", () =>
    withProgram(
      nodeBootstrap(
        `process.on("SIGTERM", () => setTimeout(() => { console.log("told to stop"); process.exit(0); }, 50));
         await fetch("http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/next");`,
      ),
      async (client) => {
        client.stop(5_000);
        assert.equal((await client.exited()).code, 0);
        assert.ok(client.linesOf(0).includes("told to stop"));
      },
    ));

  it("by force, when it stays", () =>
    withProgram(shell("true", "trap '' TERM; echo $$"), async (client) => {
      const pid = Number(client.logs[0]?.text);
      client.stop(50);
      assert.equal((await client.exited()).code, 0);
      assert.equal(isAlive(pid), false);
    }));

  it("for good, when it ends before it takes the first call", () =>
    withProgram(
      shellBootstrap(`
        curl -s -X POST "http://$SCF_RUNTIME_API:$SCF_RUNTIME_API_PORT/runtime/init/ready" > /dev/null
        exit 4`),
      async (client) => {
        assert.equal((await client.exited()).code, 4);
        assert.match(client.failures[0]?.message ?? "", /^bootstrap exited with code 4$/);
      },
    ));

  it("with a large answer still on its way, which arrives", () =>
    withProgram(
      nodeBootstrap(
        `const base = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
         const next = await fetch(base + "next"); await next.text();
         await fetch(base + next.headers.get("lambda-runtime-aws-request-id") + "/response", { method: "POST", body: "x".repeat(2_000_000) });
         process.exit(0);`,
      ),
      async (client) => {
        const call = client.invoke({});
        call.isGranting = false;
        while (client.logs.length === 0) await client.ping();
        assert.match(client.logs[0]?.text ?? "", /exited with code 0/);
        assert.ok(call.receivedBytes <= 262_144, "the rest waits for credit");
        call.isGranting = true;
        call.grant(65_536);
        const { body, failure } = await call.answer;
        assert.equal(failure, null);
        assert.equal(body.length, 2_000_002);
      },
    ));
});

describe("a cancelled call", () => {
  it("is taken back while the program has not asked for it", () =>
    withProgram(shell(`echo "ran $event"; ${respond("ok")}; ${untilMark}`), async (client, root) => {
      await client.invoke({ n: 1 }).answer;
      const second = client.invoke({ n: 2 });
      second.cancel();
      assert.equal((await second.answer).failure?.errorType, "Canceled");
      writeFileSync(join(root, "mark"), "");
      assert.equal((await client.invoke({ n: 3 }).answer).failure, null);
      assert.deepEqual(
        client.logs.map(({ text }) => text),
        ['ran {"n":1}', 'ran {"n":3}'],
      );
    }));

  it("goes on when the program has it, and its answer ends it", () =>
    withProgram(shell(`echo begun; ${untilMark}; ${respond("ok")}`), async (client, root) => {
      const call = client.invoke({});
      while (client.linesOf(call.id).length === 0) await client.ping();
      call.cancel();
      await client.ping();
      writeFileSync(join(root, "mark"), "");
      assert.equal((await call.answer).failure, null);
    }));
});
