import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { json } from "node:stream/consumers";
import { after, before, describe, it, mock } from "node:test";
import sign from "tencentcloud-sdk-nodejs-common/tencentcloud/common/sign.js";
import { zipOf } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { codeOf, scfClient, untilActive, type ClientSettings, type ScfClient } from "./scf-client.ts";

let server: RunningServer;
before(async () => {
  server = await startServer();
});
after(() => server[Symbol.asyncDispose]());

const clientWith = (settings?: ClientSettings): ScfClient => scfClient(server, settings);

const answers = (text: string) =>
  zipOf({ "index.js": `exports.main_handler = async (e) => ({ text: "${text}", e });` });

/** Calls a function URL with a request that Tencent's own signer signed; gives the status and the body that the function saw. */
async function signedCall(host: string, secretKey: string): Promise<[status: number, body: unknown]> {
  const payload = { n: 1 };
  const timestamp = Math.floor(Date.now() / 1_000);
  const contentType = "application/json";
  const { secretId } = server.credentials;
  const url = `http://${host}/orders/7?a=1`;
  const signed = { url, payload, timestamp, service: "scf", secretId, secretKey, multipart: false, boundary: "" };
  const authorization = sign.default.sign3({ ...signed, headers: { "Content-Type": contentType } });
  const headers = { host, authorization, "content-type": contentType, "x-scf-cam-timestamp": String(timestamp) };
  const options = { host: "127.0.0.1", port: server.port, method: "POST", path: "/orders/7?a=1", headers };
  const request = http.request(options).end(JSON.stringify(payload));
  const [answer]: http.IncomingMessage[] = await once(request, "response");
  assert.ok(answer);
  const { e: event } = Object(await json(answer));
  return [answer.statusCode ?? 0, event === undefined ? null : JSON.parse(event.body)];
}

describe("the unmodified Node SDK of Tencent Cloud", () => {
  it("takes a function through its whole life", async () => {
    const client = clientWith();
    const FunctionName = "life";
    const event = { FunctionName, ClientContext: '{"n":1}' };
    const created = await client.CreateFunction({
      FunctionName,
      Runtime: "Nodejs26",
      Handler: "index.main_handler",
      Code: { ZipFile: await answers("one") },
      Environment: { Variables: [{ Key: "COLOR", Value: "green" }] },
    });
    assert.match(created.RequestId ?? "", /^[0-9a-f-]{36}$/);
    await untilActive(client, FunctionName);

    const first = await client.Invoke({ ...event, LogType: "Tail" });
    assert.equal(first.Result?.RetMsg, '{"text":"one","e":{"n":1}}');
    assert.equal(first.Result?.InvokeResult, 0);
    assert.match(first.Result?.Log ?? "", /START RequestId/);

    const published = await client.PublishVersion({ FunctionName, Description: "first" });
    assert.equal(published.FunctionVersion, "1");
    await client.UpdateFunctionCode({ FunctionName, ZipFile: await answers("two") });
    await untilActive(client, FunctionName);
    await client.UpdateFunctionConfiguration({ FunctionName, Timeout: 10, MemorySize: 256 });
    await untilActive(client, FunctionName);
    await client.CreateAlias({ FunctionName, Name: "live", FunctionVersion: "1" });
    const texts = await Promise.all(
      ["$LATEST", "1", "live"].map(async (Qualifier) => {
        const { Result: result } = await client.InvokeFunction({ FunctionName, Qualifier, Event: "{}" });
        return JSON.parse(result?.RetMsg ?? "").text;
      }),
    );
    assert.deepEqual(texts, ["two", "one", "one"]);

    const logs = await client.GetFunctionLogs({
      FunctionName,
      FunctionRequestId: first.Result?.FunctionRequestId ?? "",
    });
    assert.equal(logs.TotalCount, 1);
    assert.match(logs.Data?.[0]?.Log ?? "", /END RequestId/);

    const listed = await client.ListFunctions({ SearchKey: "lif", Filters: [{ Name: "Status", Values: ["Active"] }] });
    assert.deepEqual(
      listed.Functions?.map((found) => found.FunctionName),
      [FunctionName],
    );
    assert.equal(
      await codeOf(client.DeleteFunctionVersion({ FunctionName, Qualifier: "1" })),
      "UnsupportedOperation.AliasBind",
    );
    await client.DeleteAlias({ FunctionName, Name: "live" });
    await client.DeleteFunction({ FunctionName });
    assert.equal(await codeOf(client.GetFunction({ FunctionName })), "ResourceNotFound.FunctionName");
    assert.equal(await codeOf(client.Invoke(event)), "ResourceNotFound.FunctionName");
  });

  it("gives a function its URL, changes it and takes it away", async () => {
    const client = clientWith();
    const FunctionName = "with-url";
    const code = { ZipFile: await answers("url") };
    await client.CreateFunction({ FunctionName, Runtime: "Nodejs26", Handler: "index.main_handler", Code: code });
    await untilActive(client, FunctionName);
    const key = { FunctionName, TriggerName: "url", Type: "http", Qualifier: "$DEFAULT" };
    const desc = { AuthType: "NONE", NetConfig: { EnableIntranet: true, EnableExtranet: false } };
    const created = await client.CreateTrigger({ ...key, TriggerDesc: JSON.stringify(desc), Description: "mine" });
    const { TriggerDesc, AddTime, ModTime, ResourceId, ...rest } = created.TriggerInfo ?? {};
    assert.deepEqual(rest, {
      TriggerName: "url",
      Type: "http",
      Qualifier: "$DEFAULT",
      Enable: 1,
      CustomArgument: "",
      Description: "mine",
      AvailableStatus: "Available",
      BindStatus: "on",
      TriggerAttribute: "single",
    });
    assert.match(`${AddTime} ${ModTime}`, /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ?){2}$/);
    assert.match(ResourceId ?? "", /^qcs::scf:.*\/function\/with-url\/url$/);
    const { NetConfig: net } = JSON.parse(TriggerDesc ?? "");
    assert.match(net.IntranetUrl, /^http:\/\/\d+-[a-z0-9]{10}\.localhost:\d+$/);
    assert.equal(net.ExtranetUrl, "");
    assert.equal(await codeOf(client.CreateTrigger(key)), "ResourceInUse.TriggerName");
    assert.equal(await codeOf(client.CreateTrigger({ ...key, TriggerName: "two" })), "ResourceInUse.Trigger");
    assert.equal(await codeOf(client.CreateTrigger({ ...key, Type: "timer" })), "UnsupportedOperation");
    assert.equal(await codeOf(client.CreateTrigger({ ...key, Qualifier: "9" })), "ResourceNotFound.Qualifier");
    const cam = '{"AuthType":"CAM"}';
    const CorsConfig = { Enable: true, Origins: ["*"], Credentials: true };
    const open = JSON.stringify({ CorsConfig });
    assert.equal(
      await codeOf(client.UpdateTrigger({ ...key, TriggerDesc: open })),
      "InvalidParameterValue.TriggerDesc",
    );
    await client.UpdateTrigger({ ...key, Enable: "CLOSE", TriggerDesc: cam });
    const latest = await client.CreateTrigger({
      ...key,
      TriggerName: "latest",
      Qualifier: "$LATEST",
      TriggerDesc: cam,
    });
    const { host } = new URL(JSON.parse(latest.TriggerInfo?.TriggerDesc ?? "").NetConfig.ExtranetUrl);
    assert.deepEqual(await signedCall(host, server.credentials.secretKey), [200, { n: 1 }]);
    assert.deepEqual((await signedCall(host, "wrong"))[0], 401);
    const Filters = [{ Name: "Qualifier", Values: ["$DEFAULT"] }];
    const listed = await client.ListTriggers({ FunctionName, Filters });
    assert.deepEqual([listed.TotalCount, listed.Triggers?.map((one) => one.Enable)], [1, [0]]);
    const changed = JSON.parse(listed.Triggers?.[0]?.TriggerDesc ?? "");
    assert.deepEqual(
      [changed.AuthType, changed.NetConfig],
      ["CAM", net],
      "what was left out stays, and so does the URL",
    );
    const names = async () => (await client.GetFunction({ FunctionName })).Triggers?.map((one) => one.TriggerName);
    assert.deepEqual(await names(), ["url", "latest"]);
    assert.equal(await codeOf(client.DeleteTrigger({ ...key, Qualifier: "$LATEST" })), "ResourceNotFound.Trigger");
    await client.DeleteTrigger(key);
    assert.deepEqual(await names(), ["latest"]);
    await client.DeleteFunction({ FunctionName });
  });

  it("leaves an event to the platform and asks how it ended", async () => {
    const client = clientWith();
    const FunctionName = "later";
    const code = { ZipFile: await answers("later") };
    await client.CreateFunction({ FunctionName, Runtime: "Nodejs26", Handler: "index.main_handler", Code: code });
    await untilActive(client, FunctionName);
    const { Result: result } = await client.Invoke({ FunctionName, InvocationType: "Event", ClientContext: "{}" });
    const FunctionRequestId = result?.FunctionRequestId ?? "";
    const signal = AbortSignal.timeout(30_000);
    for (;;) {
      const { Data: data } = await client.GetRequestStatus({ FunctionName, FunctionRequestId });
      if (data?.[0]?.RetCode === 0) break;
      assert.ok(!signal.aborted && data?.[0]?.RetCode === 1, JSON.stringify(data));
      await once(AbortSignal.timeout(20), "abort");
    }
  });

  it("downloads the code that it uploaded", async () => {
    const client = clientWith();
    const zip = await answers("download");
    const FunctionName = "downloaded";
    await client.CreateFunction({
      FunctionName,
      Runtime: "Nodejs26",
      Handler: "index.main_handler",
      Code: { ZipFile: zip },
    });
    const { Url: url } = await client.GetFunctionAddress({ FunctionName });
    const reply = await fetch(url ?? "");
    assert.equal(Buffer.from(await reply.arrayBuffer()).toString("base64"), zip);
  });

  it("gets the documented error for a wrong key, an unknown id, an old timestamp, an unknown action", async () => {
    assert.equal(await codeOf(clientWith({ secretKey: "wrong" }).ListFunctions({})), "AuthFailure.SignatureFailure");
    assert.equal(
      await codeOf(clientWith({ secretId: "AKIDnobody" }).ListFunctions({})),
      "AuthFailure.SecretIdNotFound",
    );
    mock.timers.enable({ apis: ["Date"], now: Date.now() - 10 * 60_000 });
    const old = await codeOf(clientWith().ListFunctions({}));
    mock.timers.reset();
    assert.equal(old, "AuthFailure.SignatureExpire");
    assert.equal(await codeOf(clientWith().request("MakeCoffee", {})), "InvalidAction");
    assert.equal(await codeOf(clientWith().ListAsyncEvents({ FunctionName: "x" })), "UnsupportedOperation");
    assert.equal(await codeOf(clientWith().request("GetFunction", {})), "MissingParameter");
  });

  for (const signMethod of ["TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"] as const) {
    for (const reqMethod of ["GET", "POST"] as const) {
      it(`is understood with ${signMethod} by ${reqMethod}`, async () => {
        const client = clientWith({ signMethod, reqMethod });
        const found = await client.ListNamespaces({ Limit: 5, SearchKey: [{ Key: "Namespace", Value: "default" }] });
        assert.deepEqual(
          found.Namespaces?.map((one) => one.Name),
          ["default"],
        );
        const wrong = clientWith({ signMethod, reqMethod, secretKey: "wrong" });
        assert.equal(await codeOf(wrong.ListNamespaces({})), "AuthFailure.SignatureFailure");
      });
    }
  }
});
