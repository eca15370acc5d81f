import assert from "node:assert/strict";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { clientOf, waitUntilActive, zipOf } from "../deployed-function.ts";
import { writeOldInstallation, type OldInstallation } from "../old-data-directory.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";

describe("a data directory that an older server left (schema 3)", () => {
  let directory: string;
  let old: OldInstallation;
  let server: RunningServer;
  before(async () => {
    directory = await makeDataDirectory();
    old = await writeOldInstallation(directory);
    server = await startServer({ dataDirectory: directory, environment: { GUST_SANDBOX: "process" } });
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  const call = (action: string, fields: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> =>
    clientOf(server).call(action, fields);
  const answerOf = async (name: string, qualifier: string): Promise<unknown> => {
    const reply = await call("Invoke", { FunctionName: name, Qualifier: qualifier, ClientContext: '{"n":1}' });
    const result = Object(reply["Result"]);
    assert.equal(result.InvokeResult, 0, result.ErrMsg);
    return JSON.parse(result.RetMsg);
  };
  const answer = (said: string): object => ({ said, name: "of before", event: { n: 1 } });

  it("keeps its account", () => {
    assert.equal(server.credentials.secretId, old.secretId);
  });

  it("has functions, versions, aliases and layers that run", async () => {
    assert.deepEqual(await answerOf("hello", "$LATEST"), answer("of the layer"));
    assert.deepEqual(await answerOf("hello", "1"), answer("first"));
    assert.deepEqual(await answerOf("hello", "live"), answer("first"));
  });

  it("goes on serving what a failed update left in place", async () => {
    const found = await call("GetFunction", { FunctionName: "failing" });
    assert.equal(found["Status"], "UpdateFailed");
    assert.deepEqual(await answerOf("failing", "$LATEST"), answer("first"));
  });

  it("delivers the event that waited, and knows how the others ended", async () => {
    const statusOf = async (id: string): Promise<{ RetCode: number; RetMsg: string }> =>
      Object(await call("GetRequestStatus", { FunctionName: "hello", FunctionRequestId: id }))["Data"][0];
    const signal = AbortSignal.timeout(30_000);
    for (;;) {
      const { RetCode: code, RetMsg: text } = await statusOf(old.waiting);
      assert.ok(code !== -1 && !signal.aborted, `the event is at ${code}: ${text}`);
      if (code === 0) {
        assert.deepEqual(JSON.parse(text).event, { asked: "before" });
        break;
      }
      await once(AbortSignal.timeout(20), "abort");
    }
    assert.equal((await statusOf(old.ended)).RetCode, -1);
    const logs = await call("GetFunctionLogs", { FunctionName: "hello", FunctionRequestId: old.recorded });
    assert.partialDeepStrictEqual(logs["Data"], [{ Duration: 2.5, NetworkBytesOut: 0, Phases: { Mount: 0, Thaw: 0 } }]);
    assert.match(JSON.stringify(logs["Data"]), /printed before/);
  });

  it("can be changed like a new one", async () => {
    assert.equal((await call("PublishVersion", { FunctionName: "hello" }))["FunctionVersion"], "2");
    await waitUntilActive(server, "hello");
    await call("UpdateAlias", { FunctionName: "hello", Name: "live", FunctionVersion: "2" });
    assert.deepEqual(await answerOf("hello", "live"), answer("of the layer"));
    const content = { ZipFile: await zipOf({ "node_modules/words/index.js": 'module.exports = "newer";' }) };
    const layer = { LayerName: "words", CompatibleRuntimes: ["Nodejs26"], Content: content };
    assert.equal((await call("PublishLayerVersion", layer))["LayerVersion"], 2);
    await call("UpdateFunctionConfiguration", { FunctionName: "failing", Description: "mended" });
    const namespaces = await call("ListNamespaces", {});
    assert.deepEqual(
      Object(namespaces["Namespaces"])
        .map((one: { Name: string }) => one.Name)
        .toSorted(),
      ["default", "other"],
    );
  });
});
