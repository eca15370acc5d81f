import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { executable } from "../../runtimes/custom/testing/with-program.ts";
import { withoutPhpCgi } from "../../runtimes/php/testing/with-package.ts";
import { buildGoProgram } from "../conformance/third-party-programs.ts";
import { withoutContainers } from "../containers.ts";
import { clientOf, deploy } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";

const message = /Task memory exceeded 128 MB/;
const eat = `const eaten = []; for (;;) eaten.push(Buffer.alloc(8 << 20, 1));`;

/** Programs that a runtime starts: the kernel ends the program, and not the runtime. */
describe("a function that uses more memory than it has", { skip: withoutContainers }, () => {
  let server: RunningServer;
  before(async () => {
    server = await startServer({ environment: { GUST_SANDBOX: "oci" } });
  });
  after(() => server[Symbol.asyncDispose]());

  async function failsBy434(name: string, event: object): Promise<void> {
    const target = { FunctionName: name, ClientContext: JSON.stringify(event), LogType: "Tail" };
    const { Result: result } = await clientOf(server).call("Invoke", target);
    const { RetMsg: body, InvokeResult: code } = result as Record<string, string | number>; // wire type of Invoke
    assert.notEqual(code, 0);
    const { statusCode, errorMessage } = JSON.parse(String(body)) as Record<string, unknown>;
    assert.equal(statusCode, 434, String(body));
    assert.match(String(errorMessage), message);
  }

  /** Of its calls and its instances. */
  async function logsOf(name: string): Promise<string> {
    const calls = await clientOf(server).call("GetFunctionLogs", { FunctionName: name });
    return JSON.stringify(calls["Data"]);
  }

  it("fails by 434 as a program of the runtime API", async () => {
    const api = `"http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/next"`;
    const program = `#!/usr/bin/env node\nfetch(${api}).then(() => { ${eat} });\n`;
    await deploy(server, "eats-custom", { bootstrap: executable(program) }, { Runtime: "CustomRuntime" });
    await failsBy434("eats-custom", {});
    assert.match(await logsOf("eats-custom"), message);
  });

  it("fails by 434 as a program of Go", async (test: TestContext) => {
    const program = await buildGoProgram("scf");
    if (program.kind === "absent") return test.skip(program.reason);
    const files = { main: { text: program.value, mode: 0o755 } };
    await deploy(server, "eats-go", files, { Runtime: "Go1", Handler: "main" });
    await failsBy434("eats-go", { do: "eat" });
  });

  it("fails by 434 in PHP beyond its own limit", { skip: withoutPhpCgi }, async () => {
    const code = `<?php function main_handler($event, $context) {
      ini_set('memory_limit', '-1'); $eaten = []; while (true) $eaten[] = str_repeat('x', 8000000); }`;
    await deploy(server, "eats-php", { "index.php": code }, { Runtime: "Php8.0" });
    await failsBy434("eats-php", {});
  });

  it("fails by 434 as a service, whether it ends of it or a process of it", async () => {
    const start = `import http from "node:http"; import { execFileSync } from "node:child_process";
      http.createServer((request, response) => {
        if (request.url.endsWith("/all")) { ${eat} }
        if (request.url.endsWith("/child")) {
          try { execFileSync(process.execPath, ["-e", ${JSON.stringify(eat)}]); } catch { return response.destroy(); }
        }
        response.end("well");
      }).listen(process.env.PORT);`;
    const files = { "server.mjs": start, scf_bootstrap: executable("#!/bin/sh\nexec node server.mjs\n") };
    const { url } = await deploy(server, "eats-service", files, { Type: "HTTP" });
    for (const path of ["child", "all"]) {
      assert.equal(await (await fetch(url)).text(), "well");
      const failed = await fetch(`${url}${path}`);
      assert.deepEqual([failed.status, failed.headers.get("x-scf-status")], [502, "434"], path);
      assert.match(await failed.text(), /Task memory exceeded 128 MB.*MemorySize of the function/s);
    }
    assert.match(await logsOf("eats-service"), /Result:434 Task memory exceeded 128 MB/);
    assert.match(await logsOf("eats-service"), /The host ended the server of eats-service: Task memory exceeded/);
  });
});
