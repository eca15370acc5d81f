import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openControl, type OpenedControl } from "../opened-control.suite.ts";

describe("what acts on the APIs of a service", () => {
  let opened: OpenedControl;
  let serviceId: string;
  let apiId: string;
  before(async () => {
    opened = await openControl();
    await opened.deploy("guard");
    serviceId = String((await opened.gateway("CreateService", { ServiceName: "shop", Protocol: "http" }))["ServiceId"]);
    const api = await opened.gateway("CreateApi", {
      ServiceId: serviceId,
      ServiceType: "MOCK",
      ServiceTimeout: 15,
      Protocol: "HTTP",
      RequestConfig: { Path: "/a", Method: "GET" },
      ServiceMockReturnMessage: "a",
      AuthType: "SECRET",
    });
    apiId = String(api["ApiId"]);
    await opened.gateway("ReleaseService", { ServiceId: serviceId, EnvironmentName: "release", ReleaseDesc: "" });
  });
  after(() => opened[Symbol.asyncDispose]());

  /** What the listeners were told of last: they load it when the service is announced, and not before. */
  async function served() {
    const found = await opened.store.apiGateway.published.load(serviceId);
    const release = found?.environments.release;
    assert.ok(release !== undefined);
    return { plans: release.plans, perSecond: release.perSecond, api: release.apis[0], domains: found?.domains };
  }

  async function announced(change: () => Promise<unknown>): Promise<boolean> {
    let isTold = false;
    const listener = {
      changed: async (id: string) => void (isTold ||= id === serviceId),
      resync: async () => undefined,
    };
    using _ = opened.store.changes.subscribe("api-service", listener);
    await change();
    return isTold;
  }

  it("are plans with keys: bound, used up, disabled, taken off", async () => {
    const made = await opened.gateway("CreateUsagePlan", {
      UsagePlanName: "gold",
      MaxRequestNum: 10,
      MaxRequestNumPreSec: -1,
    });
    const UsagePlanId = String(made["UsagePlanId"]);
    const key = await opened.gateway("CreateApiKey", { SecretName: "partner" });
    const AccessKeyId = String(key["AccessKeyId"]);
    const bound = {
      UsagePlanIds: [UsagePlanId],
      BindType: "API",
      Environment: "release",
      ServiceId: serviceId,
      ApiIds: [apiId],
    };
    assert.equal(await announced(() => opened.gateway("BindEnvironment", bound)), true);
    assert.equal(
      await announced(() => opened.gateway("BindSecretIds", { UsagePlanId, AccessKeyIds: [AccessKeyId] })),
      true,
    );
    const keys = [{ secretId: AccessKeyId, secretKey: String(key["AccessKeySecret"]) }];
    const plan = { planId: UsagePlanId, perSecond: null, quota: 10, apiIds: [apiId], keys };
    assert.deepEqual((await served()).plans, [plan]);
    await opened.store.apiGateway.published.addUse([{ planId: UsagePlanId, secretId: AccessKeyId, requests: 4 }]);
    const { EnvironmentList: list } = await opened.gateway("DescribeUsagePlanEnvironments", {
      UsagePlanId,
      BindType: "API",
    });
    const [first] = list as Record<string, unknown>[]; // as declared
    assert.deepEqual([first?.["ApiId"], first?.["InUseRequestNum"], first?.["MaxRequestNum"]], [apiId, 4, 10]);
    assert.equal(await announced(() => opened.gateway("DisableApiKey", { AccessKeyId })), true);
    assert.deepEqual((await served()).plans[0]?.keys, []);
    await opened.gateway("EnableApiKey", { AccessKeyId });
    const changed = await opened.gateway("UpdateApiKey", { AccessKeyId });
    assert.notEqual(changed["AccessKeySecret"], key["AccessKeySecret"]);
    assert.equal((await served()).plans[0]?.keys[0]?.secretKey, changed["AccessKeySecret"]);
    assert.equal(await opened.gatewayCode("DeleteApiKey", { AccessKeyId }), "UnsupportedOperation.ResourceIsInUse");
    assert.equal(await opened.gatewayCode("DeleteUsagePlan", { UsagePlanId }), "UnsupportedOperation.UsagePlanInUse");
    await opened.gateway("UnBindEnvironment", bound);
    assert.deepEqual((await served()).plans, []);
    assert.equal(await opened.gatewayCode("UnBindEnvironment", bound), "UnsupportedOperation.NoUsagePlanEnv");
    const whole = { ...bound, BindType: "SERVICE" };
    await opened.gateway("BindEnvironment", whole);
    assert.equal((await served()).plans[0]?.apiIds, null);
    await opened.gateway("DemoteServiceUsagePlan", { UsagePlanId, ServiceId: serviceId, Environment: "release" });
    assert.deepEqual((await served()).plans[0]?.apiIds, [apiId]);
    await opened.gateway("UnBindEnvironment", bound);
    await opened.gateway("DisableApiKey", { AccessKeyId });
    await opened.gateway("DeleteApiKey", { AccessKeyId });
    const plans = await opened.gateway("DescribeUsagePlan", { UsagePlanId });
    assert.deepEqual(plans["BindSecretIds"], []);
    await opened.gateway("DeleteUsagePlan", { UsagePlanId });
    const own = { SecretName: "own", AccessKeyType: "manual", AccessKeyId: "partner_1", AccessKeySecret: "0123456789" };
    await opened.gateway("CreateApiKey", own);
    assert.equal(await opened.gatewayCode("CreateApiKey", own), "FailedOperation.AccessKeyExist");
  });

  it("are limits of environments and APIs", async () => {
    const environments = { ServiceId: serviceId, EnvironmentNames: ["release"] };
    await opened.gateway("ModifyServiceEnvironmentStrategy", { ...environments, Strategy: 50 });
    const one = { ServiceId: serviceId, EnvironmentName: "release", ApiIds: [apiId] };
    assert.equal(await announced(() => opened.gateway("ModifyApiEnvironmentStrategy", { ...one, Strategy: 5 })), true);
    const { perSecond, api } = await served();
    assert.deepEqual([perSecond, api?.perSecond], [50, 5]);
    const { ApiEnvironmentStrategySet: set } = await opened.gateway("DescribeApiEnvironmentStrategy", {
      ServiceId: serviceId,
    });
    assert.deepEqual(Object(set)[0].EnvironmentStrategySet.at(-1), { EnvironmentName: "release", Quota: 5 });
    await opened.gateway("ModifyServiceEnvironmentStrategy", { ...environments, Strategy: -1 });
    assert.equal((await served()).perSecond, null);
    const none = { ...environments, Strategy: 0 };
    assert.equal(
      await opened.gatewayCode("ModifyServiceEnvironmentStrategy", none),
      "InvalidParameterValue.RangeExceeded",
    );
  });

  it("are lists of addresses", async () => {
    const list = { ServiceId: serviceId, StrategyName: "office", StrategyType: "WHITE" };
    const wrong = { ...list, StrategyData: "10.0.0.0/33" };
    assert.equal(await opened.gatewayCode("CreateIPStrategy", wrong), "InvalidParameterValue.InvalidIPAddress");
    const made = await opened.gateway("CreateIPStrategy", { ...list, StrategyData: "10.0.0.0/8\n192.0.2.1" });
    const at = { ServiceId: serviceId, StrategyId: made["StrategyId"], EnvironmentName: "release" };
    await opened.gateway("BindIPStrategy", { ...at, BindApiIds: [apiId] });
    assert.deepEqual((await served()).api?.ipRules, [{ kind: "allow", ranges: ["10.0.0.0/8", "192.0.2.1"] }]);
    const change = { ServiceId: serviceId, StrategyId: made["StrategyId"], StrategyData: "::1" };
    assert.equal(await announced(() => opened.gateway("ModifyIPStrategy", change)), true);
    assert.deepEqual((await served()).api?.ipRules, [{ kind: "allow", ranges: ["::1"] }]);
    assert.equal((await opened.gateway("DescribeIPStrategy", at))["BindApiTotalCount"], 1);
    assert.equal((await opened.gateway("DescribeIPStrategyApisStatus", at))["TotalCount"], 0);
    await opened.gateway("UnBindIPStrategy", { ...at, UnBindApiIds: [apiId] });
    assert.deepEqual((await served()).api?.ipRules, []);
    await opened.gateway("DeleteIPStrategy", { ServiceId: serviceId, StrategyId: made["StrategyId"] });
    assert.equal((await opened.gateway("DescribeIPStrategysStatus", { ServiceId: serviceId }))["TotalCount"], 0);
  });

  it("are plugins, one of each type", async () => {
    const plugin = (PluginType: string, data: unknown, PluginName = "some_plugin") => {
      return { PluginName, PluginType, PluginData: JSON.stringify(data) };
    };
    const wrong: readonly (readonly [type: string, data: unknown, code: string])[] = [
      ["CircuitBreaker", {}, "UnsupportedOperation"],
      ["Nothing", {}, "InvalidParameterValue.NotInOptions"],
      ["IPControl", { type: "white_list", blocks: "somewhere" }, "InvalidParameterValue.InvalidPluginConfig"],
      ["TrafficControl", { limit: 10, until: "day" }, "InvalidParameterValue.InvalidPluginConfig"],
      ["CustomAuth", { function_name: "nobody" }, "InvalidParameterValue.InvalidScfConfig"],
    ];
    for (const [type, data, code] of wrong)
      assert.equal(await opened.gatewayCode("CreatePlugin", plugin(type, data)), code);
    const data = { limit: 10, unit: "day" };
    const { PluginId } = await opened.gateway("CreatePlugin", plugin("TrafficControl", data));
    const other = await opened.gateway("CreatePlugin", plugin("TrafficControl", data, "other_plugin"));
    await opened.gateway("CreatePlugin", plugin("CustomAuth", { function_name: "guard" }));
    const at = { ServiceId: serviceId, EnvironmentName: "release", ApiIds: [apiId] };
    assert.equal(await announced(() => opened.gateway("AttachPlugin", { ...at, PluginId })), true);
    assert.deepEqual((await served()).api?.plugins, [{ pluginId: PluginId, type: "TrafficControl", data }]);
    const again = { ...at, PluginId: other["PluginId"] };
    assert.equal(await opened.gatewayCode("AttachPlugin", again), "UnsupportedOperation.AttachPlugin");
    assert.equal(await opened.gatewayCode("DeletePlugin", { PluginId }), "UnsupportedOperation.ResourceAssociated");
    await opened.gateway("ModifyPlugin", { PluginId, PluginData: JSON.stringify({ limit: 7 }) });
    assert.deepEqual((await served()).api?.plugins[0]?.data, { limit: 7 });
    assert.equal(
      (await opened.gateway("DescribePluginsByApi", { ServiceId: serviceId, ApiId: apiId }))["TotalCount"],
      1,
    );
    await opened.gateway("DetachPlugin", { PluginId, ServiceId: serviceId, EnvironmentName: "release", ApiId: apiId });
    await opened.gateway("DeletePlugin", { PluginId });
    assert.deepEqual((await served()).api?.plugins, []);
  });

  it("are domains that lead nowhere else", async () => {
    const domain = {
      ServiceId: serviceId,
      SubDomain: "API.example.com",
      Protocol: "http",
      NetType: "OUTER",
      IsDefaultMapping: false,
      NetSubDomain: "",
      PathMappingSet: [
        { Path: "/", Environment: "release" },
        { Path: "/try/", Environment: "test" },
      ],
    };
    await opened.gateway("BindSubDomain", domain);
    const paths = [
      { path: "/", environment: "release" },
      { path: "/try", environment: "test" },
    ];
    const led = {
      domain: "api.example.com",
      protocol: "http",
      certificateId: null,
      paths,
      netType: "OUTER",
      isForcedHttps: false,
    };
    assert.deepEqual((await served()).domains, [led]);
    assert.equal(await opened.gatewayCode("BindSubDomain", domain), "FailedOperation.DomainAlreadyBindService");
    const twice = { ...domain, SubDomain: "twice.example.com" };
    const same = ["/v1", "/v1/"].map((Path) => ({ Path, Environment: "release" }));
    const doubled = { ...twice, PathMappingSet: same };
    assert.equal(await opened.gatewayCode("BindSubDomain", doubled), "FailedOperation.PathMappingSetError");
    const endpoint = { Namespace: "default", FunctionName: "site", Qualifier: "$DEFAULT", PathMatch: "/*" };
    await opened.deploy("site", { Type: "HTTP", Handler: "index.web" });
    const custom = { Protocol: "HTTP", EndpointsConfig: [endpoint] };
    assert.equal(await opened.code("CreateCustomDomain", { ...custom, Domain: "api.example.com" }), "ResourceInUse");
    await opened.ok("CreateCustomDomain", { ...custom, Domain: "site.example.com" });
    const taken = { ...domain, SubDomain: "site.example.com" };
    assert.equal(await opened.gatewayCode("BindSubDomain", taken), "FailedOperation.DomainAlreadyBindOtherService");
    const named = { ServiceId: serviceId, SubDomain: "api.example.com" };
    await opened.gateway("DeleteServiceSubDomainMapping", { ...named, Environment: "test" });
    const mapped = await opened.gateway("DescribeServiceSubDomainMappings", named);
    assert.deepEqual(mapped["PathMappingSet"], [{ Path: "/", Environment: "release" }]);
    await opened.gateway("ModifySubDomain", { ...named, IsDefaultMapping: true });
    assert.equal((await served()).domains?.[0]?.paths, null);
    const encrypted = { ...named, IsDefaultMapping: true, Protocol: "https" };
    assert.equal(await opened.gatewayCode("ModifySubDomain", encrypted), "MissingParameter");
    const unknown = { ...encrypted, CertificateId: "nobody" };
    assert.equal(await opened.gatewayCode("ModifySubDomain", unknown), "FailedOperation.CertificateIdError");
    await opened.gateway("UnBindSubDomain", named);
    assert.deepEqual((await served()).domains, []);
  });
});
