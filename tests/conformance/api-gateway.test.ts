import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { apigateway } from "tencentcloud-sdk-nodejs";
import { startServer, type RunningServer } from "../running-server.ts";
import { deploy } from "../deployed-function.ts";
import { codeOf } from "./scf-client.ts";

/** Tencent's own client, unmodified. */
type ApiGatewayClient = InstanceType<typeof apigateway.v20180808.Client>;

function apiGatewayClient({ url, credentials }: RunningServer): ApiGatewayClient {
  const { secretId, secretKey, region } = credentials;
  return new apigateway.v20180808.Client({
    credential: { secretId, secretKey },
    region,
    profile: { httpProfile: { endpoint: new URL(url).host, protocol: "http://", reqTimeout: 60 } },
  });
}

async function askHost(port: number, host: string, path: string, headers: Readonly<Record<string, string>>) {
  const request = http.get({ host: "127.0.0.1", port, path, agent: false, headers: { host, ...headers } });
  const [answer]: http.IncomingMessage[] = await once(request, "response");
  assert.ok(answer !== undefined);
  const body = await text(answer);
  return { status: answer.statusCode, body: answer.statusCode === 200 ? body : "" };
}

/** As the holder of a key signs. */
function signedHeaders(id: string, secret: string): Readonly<Record<string, string>> {
  const date = new Date().toUTCString();
  const signature = createHmac("sha1", secret).update(`x-date: ${date}`).digest("base64");
  const Authorization = `hmac id="${id}", algorithm="hmac-sha1", headers="x-date", signature="${signature}"`;
  return { "X-Date": date, Authorization };
}

describe("the API gateway's official client", () => {
  let server: RunningServer;
  let client: ApiGatewayClient;
  before(async () => {
    server = await startServer({ environment: { GUST_SANDBOX: "process" } });
    client = apiGatewayClient(server);
    await deploy(server, "items", { "index.js": "exports.main_handler = async (event) => event;" });
  });
  after(() => server[Symbol.asyncDispose]());

  it("makes a service of a function, with a plan, and releases it", async () => {
    const { ServiceId = "", OuterSubDomain } = await client.CreateService({
      ServiceName: "shop",
      Protocol: "http&https",
      Tags: [{ Key: "owner", Value: "函数" }],
    });
    assert.match(OuterSubDomain ?? "", new RegExp(`^${ServiceId}-\\d+\\.localhost$`));
    const { Result: api } = await client.CreateApi({
      ServiceId,
      ServiceType: "SCF",
      ServiceScfFunctionName: "items",
      ServiceScfFunctionNamespace: "default",
      ServiceScfFunctionQualifier: "$DEFAULT",
      ServiceScfIsIntegratedResponse: false,
      ServiceTimeout: 15,
      Protocol: "HTTP",
      ApiName: "items",
      ApiDesc: "商品",
      AuthType: "SECRET",
      EnableCORS: true,
      RequestConfig: { Path: "/items/{id}", Method: "GET" },
      RequestParameters: [{ Name: "id", Position: "PATH", Type: "string", Required: true, DefaultValue: "", Desc: "" }],
    });
    assert.ok(api !== undefined);
    const { Result: info } = await client.DescribeApi({ ServiceId, ApiId: api.ApiId });
    assert.deepEqual(
      [info?.ApiDesc, info?.RequestConfig, info?.RequestParameters?.[0]?.Name],
      ["商品", { Path: "/items/{id}", Method: "GET" }, "id"],
    );
    const { Result: release } = await client.ReleaseService({
      ServiceId,
      EnvironmentName: "release",
      ReleaseDesc: "first",
    });
    const { Result: plan } = await client.CreateUsagePlan({ UsagePlanName: "gold", MaxRequestNumPreSec: 5 });
    const { Result: key } = await client.CreateApiKey({ SecretName: "partner" });
    const UsagePlanId = plan?.UsagePlanId ?? "";
    await client.BindSecretIds({ UsagePlanId, AccessKeyIds: [key?.AccessKeyId ?? ""] });
    await client.BindEnvironment({
      UsagePlanIds: [UsagePlanId],
      BindType: "SERVICE",
      Environment: "release",
      ServiceId,
    });
    const { Result: bound } = await client.DescribeServiceUsagePlan({ ServiceId });
    assert.deepEqual(
      bound.ServiceUsagePlanList.map((one) => [one.UsagePlanId, one.MaxRequestNumPreSec]),
      [[UsagePlanId, 5]],
    );
    const { Result: environments } = await client.DescribeServiceEnvironmentList({ ServiceId });
    const released = environments.EnvironmentList.filter((one) => one.Status === 1);
    assert.deepEqual(
      released.map((one) => [one.EnvironmentName, one.VersionName]),
      [["release", release?.ReleaseVersion]],
    );
    const service = await client.DescribeService({ ServiceId });
    assert.deepEqual(
      [service.ApiTotalCount, service.AvailableEnvironments, service.Tags],
      [1, ["release"], [{ Key: "owner", Value: "函数" }]],
    );
  });

  it("serves what is released, an earlier release again, and only those who may call", async () => {
    const { ServiceId = "", OuterSubDomain: host = "" } = await client.CreateService({
      ServiceName: "versions",
      Protocol: "http",
    });
    const api = (body: string, AuthType: string) => ({
      ServiceId,
      ServiceType: "MOCK",
      ServiceMockReturnMessage: body,
      ServiceTimeout: 15,
      Protocol: "HTTP",
      AuthType,
      RequestConfig: { Path: "/item", Method: "GET" },
    });
    const ask = (headers: Readonly<Record<string, string>> = {}) =>
      askHost(server.port, host, "/release/item", headers);
    const release = async (ReleaseDesc: string) => {
      const { Result: made } = await client.ReleaseService({ ServiceId, EnvironmentName: "release", ReleaseDesc });
      return made?.ReleaseVersion ?? "";
    };
    const { Result: made } = await client.CreateApi(api("one", "NONE"));
    assert.equal((await ask()).status, 404);
    const first = await release("first");
    assert.deepEqual(await ask(), { status: 200, body: "one" });
    await client.ModifyApi({ ...api("two", "SECRET"), ApiId: made?.ApiId ?? "" });
    assert.deepEqual(await ask(), { status: 200, body: "one" }, "not released yet");
    await release("second");
    assert.equal((await ask()).status, 401);

    const { Result: plan } = await client.CreateUsagePlan({ UsagePlanName: "two", MaxRequestNum: 100 });
    const { Result: key } = await client.CreateApiKey({ SecretName: "caller" });
    const UsagePlanId = plan?.UsagePlanId ?? "";
    await client.BindSecretIds({ UsagePlanId, AccessKeyIds: [key?.AccessKeyId ?? ""] });
    await client.BindEnvironment({
      UsagePlanIds: [UsagePlanId],
      BindType: "SERVICE",
      Environment: "release",
      ServiceId,
    });
    const signed = () => signedHeaders(key?.AccessKeyId ?? "", key?.AccessKeySecret ?? "");
    assert.deepEqual(await ask(signed()), { status: 200, body: "two" });

    await client.UpdateService({ ServiceId, EnvironmentName: "release", VersionName: first });
    assert.deepEqual(await ask(), { status: 200, body: "one" });
    const { Result: strategy } = await client.CreateIPStrategy({
      ServiceId,
      StrategyName: "closed",
      StrategyType: "BLACK",
      StrategyData: "127.0.0.1",
    });
    const bound = { ServiceId, StrategyId: strategy?.StrategyId ?? "", EnvironmentName: "release" };
    await client.BindIPStrategy({ ...bound, BindApiIds: [made?.ApiId ?? ""] });
    assert.equal((await ask()).status, 403);
    await client.UnBindIPStrategy({ ...bound, UnBindApiIds: [made?.ApiId ?? ""] });
    assert.deepEqual(await ask(), { status: 200, body: "one" });
    await client.UnReleaseService({ ServiceId, EnvironmentName: "release" });
    assert.equal((await ask()).status, 404);
  });

  it("is told codes of its own", async () => {
    assert.equal(
      await codeOf(client.DescribeService({ ServiceId: "service-nobody00" })),
      "ResourceNotFound.InvalidService",
    );
    assert.equal(
      await codeOf(client.CreateService({ ServiceName: "x", Protocol: "ftp" })),
      "InvalidParameterValue.NotInOptions",
    );
    assert.equal(
      await codeOf(client.CreateUpstream({ Scheme: "HTTP", Algorithm: "ROUND-ROBIN", UniqVpcId: "vpc" })),
      "UnsupportedOperation",
    );
  });
});
