import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { zipOf } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";

const run = promisify(execFile);
/** Kept between runs: installing the client takes a minute. */
const venv = path.join(os.tmpdir(), "gust-test-tccli");

/** The command-line client of Tencent Cloud, unmodified, in a virtual environment of the test's own. */
async function installTccli(): Promise<string> {
  const program = path.join(venv, "bin", "tccli");
  if (existsSync(program)) return program;
  await run("python3", ["-m", "venv", venv]);
  await run(path.join(venv, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", "tccli"], {
    maxBuffer: 1e8,
  });
  return program;
}

describe("tccli drives the platform unmodified", () => {
  let server: RunningServer;
  let program: string;
  let home: string;

  before(async () => {
    [server, program, home] = await Promise.all([
      startServer(),
      installTccli(),
      fs.mkdtemp(path.join(os.tmpdir(), "gust-tccli-home-")),
    ]);
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
    await fs.rm(home, { recursive: true, force: true });
  });

  async function tccli(
    action: string,
    parameters: Record<string, unknown>,
    key: { secretKey?: string } = {},
  ): Promise<Record<string, unknown>> {
    const file = path.join(home, `${action}.json`);
    await fs.writeFile(file, JSON.stringify(parameters));
    const { secretId, secretKey, region } = server.credentials;
    const { stdout } = await run(
      program,
      ["scf", action, "--endpoint", server.url, "--cli-input-json", `file://${file}`],
      {
        env: {
          PATH: process.env["PATH"],
          HOME: home,
          TENCENTCLOUD_SECRET_ID: secretId,
          TENCENTCLOUD_SECRET_KEY: key.secretKey ?? secretKey,
          TENCENTCLOUD_REGION: region,
        },
        maxBuffer: 1e8,
      },
    );
    return JSON.parse(stdout);
  }

  it("creates, polls, invokes, publishes, lists and deletes", async () => {
    const code = await zipOf({ "index.js": `exports.main_handler = async (event) => "hello " + event.name;` });
    await tccli("CreateFunction", {
      FunctionName: "from-tccli",
      Handler: "index.main_handler",
      Runtime: "Nodejs16.13",
      Code: { ZipFile: code },
    });
    let status = "Creating";
    while (status === "Creating")
      status = String((await tccli("GetFunction", { FunctionName: "from-tccli" }))["Status"]);
    assert.equal(status, "Active");
    const { Result: result } = await tccli("Invoke", { FunctionName: "from-tccli", ClientContext: '{"name":"tccli"}' });
    assert.equal((result as Record<string, string>)["RetMsg"], '"hello tccli"');
    assert.equal((await tccli("PublishVersion", { FunctionName: "from-tccli" }))["FunctionVersion"], "1");
    assert.equal((await tccli("ListFunctions", {}))["TotalCount"], 1);
    await tccli("DeleteFunction", { FunctionName: "from-tccli" });
    assert.equal((await tccli("ListFunctions", {}))["TotalCount"], 0);
  });

  it("hears of a wrong key and of a missing function by their codes", async () => {
    await assert.rejects(tccli("ListFunctions", {}, { secretKey: "wrong" }), /AuthFailure\.SignatureFailure/);
    await assert.rejects(
      tccli("GetFunction", { FunctionName: "nobody" }),
      /ResourceNotFound\.FunctionName|ResourceNotFound\.Function/,
    );
  });
});
