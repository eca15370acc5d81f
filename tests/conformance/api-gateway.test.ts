import assert from "node:assert/strict";
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
