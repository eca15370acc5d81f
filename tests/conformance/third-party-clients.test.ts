import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { clientOf, deploy, type PackageFiles } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { buildGoProgram, installPythonClient, type Prepared } from "./third-party-programs.ts";

interface Result {
  readonly RetMsg: string;
  readonly ErrMsg: string;
  readonly Log: string;
  readonly FunctionRequestId: string;
}

/**
 * Programs built with libraries that others publish, deployed and called unchanged. AWS's client for Node.js
 * (npm aws-lambda-ric) is not among them: it compiles native code in an install script, which this repository runs for no package.
 */
describe("programs with unmodified runtime clients of others", () => {
  let server: RunningServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server[Symbol.asyncDispose]());

  async function call(name: string, event: unknown): Promise<Result> {
    const { Result: result } = await clientOf(server).call("Invoke", {
      FunctionName: name,
      ClientContext: JSON.stringify(event),
      LogType: "Tail",
    });
    return result as Result; // wire type of Invoke
  }

  function ready<T>(prepared: Prepared<T>, test: TestContext): T | null {
    if (prepared.kind === "ready") return prepared.value;
    test.skip(prepared.reason);
    return null;
  }

  const failure = (result: Result): { errorMessage: string; statusCode: number; stackTrace: string } =>
    JSON.parse(result.RetMsg);

  it("runs a binary of SCF's Go library with Go1", async (test) => {
    const binary = ready(await buildGoProgram("scf"), test);
    if (binary === null) return;
    await deploy(server, "go-scf", { main: executable(binary) }, { Runtime: "Go1", Handler: "main", ...greeting });
    const first = await call("go-scf", { text: "你好" });
    assert.deepEqual(JSON.parse(first.RetMsg), {
      text: "你好",
      requestId: first.FunctionRequestId,
      name: "go-scf",
      memoryMb: 128,
      variable: "hello",
      deadline: true,
    });
    assert.match(first.Log, /got 你好/);
    assert.match(first.Log, /oops/);
    const failed = failure(await call("go-scf", { do: "fail" }));
    assert.equal(failed.statusCode, 430);
    assert.match(failed.stackTrace, /errorString: broken on purpose/);
    assert.equal((await call("go-scf", { do: "size", size: 3_000_000 })).RetMsg.length, 3_000_002);
    const large = failure(await call("go-scf", { do: "size", size: 6_300_000 }));
    assert.equal(large.statusCode, 407);
    const larger = failure(await call("go-scf", { do: "size", size: 9_000_000 }));
    assert.equal(larger.statusCode, 407);
    assert.equal(JSON.parse((await call("go-scf", { text: "still there" })).RetMsg).text, "still there");
    const panicked = failure(await call("go-scf", { do: "panic" }));
    assert.equal(panicked.statusCode, 430);
    assert.match(panicked.stackTrace, /panicked on purpose\n(.*\n)*.*handle \(.*main\.go:\d+\)/);
    const exited = failure(await call("go-scf", { do: "exit" }));
    assert.equal(exited.statusCode, 439);
    assert.match(exited.errorMessage, /main exited with code 7/);
    assert.equal(JSON.parse((await call("go-scf", { text: "again" })).RetMsg).text, "again");
  });

  it("tells of the time limit, also where a program that keeps to its context gives up by itself", async (test) => {
    const binary = ready(await buildGoProgram("scf"), test);
    if (binary === null) return;
    await deploy(server, "go-late", { main: executable(binary) }, { Runtime: "Go1", Handler: "main", Timeout: 1 });
    const late = failure(await call("go-late", { do: "wait" }));
    assert.equal(late.statusCode, 433);
    assert.match(late.errorMessage, /timed out after 1 seconds/);
  });

  it("runs a binary of AWS's Go library with CustomRuntime", async (test) => {
    const binary = ready(await buildGoProgram("lambda"), test);
    if (binary === null) return;
    await deploy(server, "go-lambda", { bootstrap: executable(binary) }, { Runtime: "CustomRuntime", ...greeting });
    const first = await call("go-lambda", { text: "你好" });
    assert.deepEqual(JSON.parse(first.RetMsg), {
      text: "你好",
      requestId: first.FunctionRequestId,
      arn: `arn:aws:lambda:ap-guangzhou:${JSON.parse(first.RetMsg).arn.split(":")[4]}:function:go-lambda`,
      name: "go-lambda",
      memoryMb: 128,
      variable: "hello",
      deadline: true,
    });
    assert.match(first.Log, /got 你好/);
    const failed = failure(await call("go-lambda", { do: "fail" }));
    assert.equal(failed.statusCode, 430);
    assert.match(failed.stackTrace, /errorString: broken on purpose/);
    const panicked = failure(await call("go-lambda", { do: "panic" }));
    assert.equal(panicked.statusCode, 430);
    assert.match(panicked.stackTrace, /panicked on purpose\n(.*\n)*.*handle \(.*main\.go:\d+\)/);
    assert.equal(JSON.parse((await call("go-lambda", { text: "again" })).RetMsg).text, "again");
  });

  it("runs AWS's client for Python with CustomRuntime", async (test) => {
    const client = ready(await installPythonClient(), test);
    if (client === null) return;
    const files = {
      ...(await packagesIn(client.folder)),
      bootstrap: { text: `#!/bin/sh\nexec ${client.python} -m awslambdaric "$_HANDLER"\n`, mode: 0o755 },
      "app.py": [
        "import os",
        "def handler(event, context):",
        "    if event.get('do') == 'fail': raise ValueError('broken on purpose')",
        "    print('got', event['text'])",
        "    return {'text': event['text'], 'requestId': context.aws_request_id, 'name': context.function_name, 'late': context.get_remaining_time_in_millis() <= 0}",
        "",
      ].join("\n"),
      "broken.py": "raise ValueError('not loadable')\n",
    };
    const parameters = { Runtime: "CustomRuntime", Handler: "app.handler" };
    await deploy(server, "python-lambda", files, parameters);
    const first = await call("python-lambda", { text: "你好" });
    assert.deepEqual(JSON.parse(first.RetMsg), {
      text: "你好",
      requestId: first.FunctionRequestId,
      name: "python-lambda",
      late: false,
    });
    assert.match(first.Log, /got 你好/);
    const failed = failure(await call("python-lambda", { do: "fail" }));
    assert.equal(failed.statusCode, 430);
    assert.match(failed.stackTrace, /broken on purpose/);
    assert.match(failed.stackTrace, /app\.py", line 3/);
    await deploy(server, "python-broken", files, { ...parameters, Handler: "broken.handler" });
    const broken = failure(await call("python-broken", {}));
    assert.equal(broken.statusCode, 443);
    assert.match(broken.errorMessage, /not loadable/);
  });
});

const greeting = { Environment: { Variables: [{ Key: "GREETING", Value: "hello" }] } };

/** Files of a folder with Python packages, for a code package; what the interpreter compiled stays behind. */
async function packagesIn(folder: string): Promise<Record<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes("__pycache__"));
  const read = files.map(async ({ parentPath, name }) => {
    const file = path.join(parentPath, name);
    return [path.relative(folder, file), await readFile(file)] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

function executable(content: Buffer): PackageFiles[string] {
  return { text: content, mode: 0o755 };
}
