import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { zipOf } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { pythonEnvironment } from "./python-environment.ts";

const run = promisify(execFile);
const requirements = path.join(import.meta.dirname, "fixtures/tccli-requirements.txt");
/** The program of the package, which its script in bin/ calls as well. */
const tccliProgram = "import sys; from tccli.main import main; sys.exit(main())";

describe("tccli drives the platform unmodified", () => {
  let server: RunningServer;
  let python: string;
  let home: string;

  before(async () => {
    [server, python, home] = await Promise.all([
      startServer(),
      pythonEnvironment("tccli", requirements),
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
      python,
      ["-c", tccliProgram, "scf", action, "--endpoint", server.url, "--cli-input-json", `file://${file}`],
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
      Runtime: "Nodejs26",
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
