import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientOf, deploy } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";

describe("after user code has failed", () => {
  let server: RunningServer;

  before(async () => {
    server = await startServer();
  });

  after(() => server[Symbol.asyncDispose]());

  it("strangers hear no word of it, and the next call works", async () => {
    const { url } = await deploy(
      server,
      "late",
      {
        "index.mjs": `export default { fetch: (request) => request.url.endsWith("boom")
          ? new Promise(() => setTimeout(() => { throw new Error("a secret") }, 5))
          : new Response("fine") };`,
      },
      { Type: "HTTP", Handler: "index.default" },
    );
    for (let round = 0; round < 5; round++) {
      const failed = await fetch(`${url}boom`);
      assert.equal(failed.status, 500);
      assert.equal(failed.headers.get("x-scf-status"), "430");
      assert.doesNotMatch(await failed.text(), /secret/);
      const next = await fetch(url);
      assert.equal(await next.text(), "fine");
    }
  });

  it("its owner finds the stack in the log, whatever was thrown and however long it is", async () => {
    await deploy(server, "throws", {
      "index.js": `exports.main_handler = async () => { throw new Error("because " + "x".repeat(2e7)); };`,
    });
    const { Result: result } = await clientOf(server).call("Invoke", { FunctionName: "throws", ClientContext: "{}" });
    const { InvokeResult: code, FunctionRequestId: id } = result as Record<string, unknown>; // wire type of Invoke
    assert.equal(code, -1);
    const { Data: data } = await clientOf(server).call("GetFunctionLogs", {
      FunctionName: "throws",
      FunctionRequestId: id,
    });
    const [entry] = data as { Log: string; RetCode: number }[]; // wire type of GetFunctionLogs
    assert.match(entry?.Log ?? "", /ERROR RequestId: .*Result:430 Error: because x+/);
  });
});
