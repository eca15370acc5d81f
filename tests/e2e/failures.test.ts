import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientOf, deploy } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";

async function logOf(server: RunningServer, name: string, requestId: unknown): Promise<string> {
  const { Data: data } = await clientOf(server).call("GetFunctionLogs", {
    FunctionName: name,
    FunctionRequestId: requestId,
  });
  const [entry] = data as { Log: string }[]; // wire type of GetFunctionLogs
  return entry?.Log ?? "";
}

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

  it("a call beside the one that crashes the instance is told so, and may be tried again", async () => {
    const { url, name } = await deploy(
      server,
      "crashes",
      {
        "index.mjs": `let waiting = 0; export default { fetch: async (request) => {
          if (request.url.endsWith("late")) {
            setInterval(() => { if (waiting > 0) throw new Error("too late") }, 5);
            return new Response("sent");
          }
          if (request.url.endsWith("wait")) { waiting++; await new Promise(() => {}); }
          return new Response("fine"); } };`,
      },
      { Type: "HTTP", Handler: "index.default" },
    );
    assert.equal(await (await fetch(url)).text(), "fine");
    const [innocent, culprit] = await Promise.all([fetch(`${url}wait`), fetch(`${url}late`)]);
    assert.equal(await culprit.text(), "sent");
    assert.deepEqual(
      [innocent.status, innocent.headers.get("x-scf-status"), innocent.headers.get("retry-after")],
      [503, "405", "1"],
    );
    assert.match(await innocent.text(), /Another call of this function crashed the instance.*"fault": "platform"/s);
    assert.equal(await (await fetch(url)).text(), "fine");
    const own = await logOf(server, name, innocent.headers.get("x-scf-request-id"));
    const id = culprit.headers.get("x-scf-request-id");
    assert.match(own, new RegExp(`Result:405 another call .* \\(request ${id}\\): too late`));
    assert.doesNotMatch(own, /at Timeout/);
  });

  it("its owner finds the stack in the log, whatever was thrown and however long it is", async () => {
    await deploy(server, "throws", {
      "index.js": `exports.main_handler = async () => { throw new Error("because " + "x".repeat(2e7)); };`,
    });
    const { Result: result } = await clientOf(server).call("Invoke", { FunctionName: "throws", ClientContext: "{}" });
    const { InvokeResult: code, FunctionRequestId: id } = result as Record<string, unknown>; // wire type of Invoke
    assert.equal(code, -1);
    assert.match(await logOf(server, "throws", id), /ERROR RequestId: .*Result:430 Error: because x+/);
  });
});
