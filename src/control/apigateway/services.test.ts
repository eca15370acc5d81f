import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { limits } from "../../core/index.ts";
import { openControl, type OpenedControl } from "../opened-control.suite.ts";

describe("services of the API gateway", () => {
  let opened: OpenedControl;
  let serviceId: string;
  before(async () => {
    opened = await openControl();
    await opened.deploy("event");
    await opened.deploy("web", { Type: "HTTP", Handler: "index.web" });
    const made = await opened.gateway("CreateService", { ServiceName: "shop", Protocol: "http&https" });
    serviceId = String(made["ServiceId"]);
  });
  after(() => opened[Symbol.asyncDispose]());

  const api = (path: string, more: Record<string, unknown> = {}) => ({
    ServiceId: serviceId,
    ServiceType: "MOCK",
    ServiceTimeout: 15,
    Protocol: "HTTP",
    RequestConfig: { Path: path, Method: "GET" },
    ServiceMockReturnMessage: "hello",
    ...more,
  });
  const published = () => opened.store.apiGateway.published.load(serviceId);

  it("have an address of the account's own, and are found by their name", async () => {
    const { appId } = opened.store.account;
    const service = await opened.gateway("DescribeService", { ServiceId: serviceId });
    assert.equal(service["OuterSubDomain"], `${serviceId}-${appId}.localhost`);
    assert.equal(service["InternalSubDomain"], "");
    await opened.gateway("ModifyService", { ServiceId: serviceId, NetTypes: ["INNER"], ServiceDesc: "new" });
    const named = { Filters: [{ Name: "ServiceName", Values: ["shop"] }] };
    const { ServiceSet: found } = await opened.gateway("DescribeServicesStatus", named);
    const [one] = found as Record<string, unknown>[]; // as declared
    assert.deepEqual([one?.["OuterSubDomain"], one?.["ServiceDesc"], one?.["NetTypes"]], ["", "new", ["INNER"]]);
    const tagged = { Tags: [{ Key: "team", Value: "a" }] };
    await opened.gateway("CreateUsagePlan", { UsagePlanName: "tagged", ...tagged });
    await opened.gateway("CreateApiKey", { SecretName: "tagged", ...tagged });
    const PluginData = JSON.stringify({ limit: 1, unit: "second" });
    await opened.gateway("CreatePlugin", { PluginName: "tagged", PluginType: "TrafficControl", PluginData, ...tagged });
    const { ServiceId: marked } = await opened.gateway("CreateService", {
      ServiceName: "tagged",
      Protocol: "http",
      ...tagged,
    });
    for (const action of [
      "DescribeServicesStatus",
      "DescribeUsagePlansStatus",
      "DescribeApiKeysStatus",
      "DescribePlugins",
    ]) {
      const count = async (Name: string, ...Values: string[]) =>
        (await opened.gateway(action, { Filters: [{ Name, Values }] }))["TotalCount"];
      assert.deepEqual(
        [
          await count("Tags", "team:a"),
          await count("Tags", "team:b"),
          await count("TagKeys", "x", "team"),
          await count("TagKeys", "a"),
        ],
        [1, 0, 1, 0],
        action,
      );
      const strange = { Filters: [{ Name: "tag:team", Values: ["a"] }] };
      assert.equal(await opened.gatewayCode(action, strange), "InvalidParameterValue.InvalidFilterNotSupportedName");
    }
    await opened.gateway("DeleteService", { ServiceId: marked });
    const others = { Filters: [{ Name: "ServiceName", Values: ["other"] }] };
    assert.equal((await opened.gateway("DescribeServicesStatus", others))["TotalCount"], 0);
    assert.equal((await published())?.takesExtranet, false);
  });

  it("serve an edited API once it is released, and an earlier release again", async () => {
    const { ApiId: apiId } = await opened.gateway("CreateApi", api("/hello"));
    assert.deepEqual((await published())?.environments, {});
    const release = { ServiceId: serviceId, EnvironmentName: "release", ReleaseDesc: "first" };
    const { ReleaseVersion: first } = await opened.gateway("ReleaseService", release);
    const body = async () => {
      const [served] = (await published())?.environments.release?.apis ?? [];
      return served?.backend.kind === "mock" ? served.backend.body : "";
    };
    assert.equal(await body(), "hello");
    const change = {
      ServiceId: serviceId,
      ApiId: apiId,
      ServiceType: "MOCK",
      RequestConfig: { Path: "/hello", Method: "GET" },
    };
    await opened.gateway("ModifyApi", { ...change, ServiceMockReturnMessage: "changed" });
    assert.equal(await body(), "hello");
    await opened.gateway("ReleaseService", { ...release, ReleaseDesc: "second" });
    assert.equal(await body(), "changed");
    const back = { ServiceId: serviceId, EnvironmentName: "release", VersionName: first, UpdateDesc: "back to good" };
    await opened.gateway("UpdateService", back);
    assert.equal(await body(), "hello");
    const { VersionList: history } = await opened.gateway("DescribeServiceEnvironmentReleaseHistory", {
      ServiceId: serviceId,
      EnvironmentName: "release",
    });
    const entries = history as { VersionDesc: string; VersionName: string }[];
    assert.deepEqual(
      entries.map(({ VersionDesc: desc }) => desc),
      ["back to good", "second", "first"],
    );
    assert.equal(entries[0]?.VersionName, first);
    const info = await opened.gateway("DescribeApi", { ServiceId: serviceId, ApiId: apiId });
    assert.deepEqual([info["ServiceMockReturnMessage"], info["Environments"]], ["changed", ["release"]]);
    const { VersionList: versions } = await opened.gateway("DescribeServiceReleaseVersion", { ServiceId: serviceId });
    assert.deepEqual((versions as { VersionDesc: string }[]).map((one) => one.VersionDesc).toSorted(), [
      "back to good",
      "second",
    ]);
    const { EnvironmentList: list } = await opened.gateway("DescribeServiceEnvironmentList", { ServiceId: serviceId });
    const states = (list as { EnvironmentName: string; Status: number; VersionName: string }[]).map(
      ({ EnvironmentName: name, Status: status, VersionName: version }) => [name, status, version],
    );
    assert.deepEqual(states, [
      ["test", 0, ""],
      ["prepub", 0, ""],
      ["release", 1, first],
    ]);
    assert.equal(
      await opened.gatewayCode("DeleteService", { ServiceId: serviceId }),
      "UnsupportedOperation.UnsupportedDeleteService",
    );
    await opened.gateway("UnReleaseService", { ServiceId: serviceId, EnvironmentName: "release" });
    assert.equal(
      await opened.gatewayCode("UnReleaseService", { ServiceId: serviceId, EnvironmentName: "release" }),
      "InvalidParameterValue.InvalidEnvStatus",
    );
    assert.deepEqual((await published())?.environments, {});
  });

  it("release one API and leave the others as they are served", async () => {
    const one = await opened.gateway("CreateApi", api("/one"));
    const two = await opened.gateway("CreateApi", api("/two"));
    const release = { ServiceId: serviceId, EnvironmentName: "prepub", ReleaseDesc: "" };
    const paths = async () => ((await published())?.environments.prepub?.apis ?? []).map(({ path }) => path).toSorted();
    await opened.gateway("ReleaseService", { ...release, ApiIds: [one["ApiId"]] });
    assert.deepEqual(await paths(), ["/one"]);
    await opened.gateway("ReleaseService", { ...release, ApiIds: [two["ApiId"]] });
    const back = { ServiceId: serviceId, EnvironmentName: "prepub", ApiIds: [one["ApiId"]] };
    await opened.gateway("UnReleaseService", back);
    assert.deepEqual(await paths(), ["/two"]);
    assert.equal(await opened.gatewayCode("UnReleaseService", back), "InvalidParameterValue.InvalidEnvStatus");
    await opened.gateway("UnReleaseService", { ...back, ApiIds: [two["ApiId"]] });
    assert.equal((await published())?.environments.prepub, undefined, "nothing is left to serve");
    await opened.gateway("ReleaseService", { ...release, ApiIds: [one["ApiId"]] });
    await opened.gateway("ReleaseService", { ...release, ApiIds: [two["ApiId"]] });
    assert.deepEqual(await paths(), ["/one", "/two"]);
    await opened.gateway("DeleteApi", { ServiceId: serviceId, ApiId: one["ApiId"] });
    assert.deepEqual(await paths(), ["/two"], "a deleted API is not served any more");
    const strange = { ...release, ApiIds: ["api-nobody00"] };
    assert.equal(await opened.gatewayCode("ReleaseService", strange), "ResourceNotFound.InvalidApi");
  });

  it("keep each other's APIs when they are released one by one at once", async () => {
    const made = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map((one) => opened.gateway("CreateApi", api(`/at/${one}`))),
    );
    const release = { ServiceId: serviceId, EnvironmentName: "test", ReleaseDesc: "" };
    await Promise.all(made.map((one) => opened.gateway("ReleaseService", { ...release, ApiIds: [one["ApiId"]] })));
    const served = (await published())?.environments.test?.apis.map(({ apiId }) => apiId) ?? [];
    assert.deepEqual(served.toSorted(), made.map((one) => String(one["ApiId"])).toSorted());
  });

  it("keep as many releases of an environment as there may be, and those that one serves", async () => {
    const made = await opened.gateway("CreateService", { ServiceName: "often", Protocol: "http" });
    const often = { ServiceId: made["ServiceId"] };
    await opened.gateway("CreateApi", { ...api("/often"), ...often });
    const test = { ...often, EnvironmentName: "test", ReleaseDesc: "" };
    const { ReleaseVersion: oldest } = await opened.gateway("ReleaseService", test);
    const { ReleaseVersion: second } = await opened.gateway("ReleaseService", test);
    await opened.gateway("UpdateService", { ...often, EnvironmentName: "prepub", VersionName: oldest });
    const { releases } = opened.store.apiGateway;
    const record = { environment: "test", description: "", releasedAt: Date.now() + 1_000 } as const;
    for (let at = 0; at < limits.apiGateway.releasesPerEnvironment; at += 1) {
      const versionName = `later-${at}`;
      await releases.release(String(made["ServiceId"]), { ...record, versionName }, (all) =>
        all.map((one) => one.definition),
      );
    }
    const kept = (await releases.list(String(made["ServiceId"]))).map(({ versionName }) => versionName);
    assert.equal(kept.length, limits.apiGateway.releasesPerEnvironment + 1);
    assert.deepEqual([kept.includes(String(oldest)), kept.includes(String(second))], [true, false]);
    const found = await opened.store.apiGateway.published.load(String(made["ServiceId"]));
    assert.equal(found?.environments.prepub?.versionName, oldest);
  });

  it("serve one API of a route when it went from one to another", async () => {
    const moved = await opened.gateway("CreateApi", api("/swap1"));
    const release = { ServiceId: serviceId, EnvironmentName: "test", ReleaseDesc: "" };
    await opened.gateway("ReleaseService", { ...release, ApiIds: [moved["ApiId"]] });
    await opened.gateway("ModifyApi", { ...api("/swap2"), ApiId: moved["ApiId"] });
    const next = await opened.gateway("CreateApi", api("/swap1"));
    await opened.gateway("ReleaseService", { ...release, ApiIds: [next["ApiId"]] });
    const served = (await published())?.environments.test?.apis.filter(({ path }) => path.startsWith("/swap"));
    assert.deepEqual(
      served?.map(({ apiId }) => apiId),
      [next["ApiId"]],
    );
  });

  it("are as many as there may be, and their APIs too", async (context) => {
    const { services, apis } = opened.store.apiGateway;
    const [createService, createApi] = [services.create, apis.create];
    // The limits are a thousand; the store is asked for what is there already.
    context.mock.method(services, "create", (...[id, content]: Parameters<typeof createService>) =>
      createService(id, content, 1),
    );
    context.mock.method(apis, "create", (...[made]: Parameters<typeof createApi>) => createApi(made, 1));
    const more = { ServiceName: "more", Protocol: "http" };
    assert.equal(await opened.gatewayCode("CreateService", more), "LimitExceeded.ServiceCountLimitExceeded");
    assert.equal(await opened.gatewayCode("CreateApi", api("/more")), "LimitExceeded.ApiCountLimitExceeded");
  });

  const scf = (more: Record<string, unknown>) => ({ ServiceType: "SCF", ServiceScfFunctionName: "event", ...more });
  const http = (config: Record<string, unknown>) => ({
    ServiceType: "HTTP",
    ServiceConfig: { Url: "http://x", Path: "/", Method: "GET", ...config },
  });
  const constant = { Name: "a", Position: "HEADER", DefaultValue: "b" };
  const mapped = {
    Name: "q",
    Position: "QUERY",
    RelevantRequestParameterName: "q",
    RelevantRequestParameterPosition: "QUERY",
  };
  const refused: readonly (readonly [what: string, path: string, more: Record<string, unknown>, code: string])[] = [
    ["a path without a slash", "a", {}, "InvalidParameterValue.InvalidApiRequestConfig"],
    ["a parameter twice", "/{a}/{a}", {}, "InvalidParameterValue.InvalidApiRequestConfig"],
    ["half a parameter", "/{a", {}, "InvalidParameterValue.InvalidApiRequestConfig"],
    [
      "an unknown method",
      "/x",
      { RequestConfig: { Path: "/x", Method: "get" } },
      "InvalidParameterValue.InvalidMethod",
    ],
    ["another protocol", "/x", { Protocol: "GRPC" }, "InvalidParameterValue.InvalidProcotol"],
    [
      "a POST of a WebSocket",
      "/x",
      { Protocol: "WEBSOCKET", RequestConfig: { Path: "/x", Method: "POST" } },
      "InvalidParameterValue.InvalidWSMethod",
    ],
    ["a mock of a WebSocket", "/x", { Protocol: "WEBSOCKET" }, "InvalidParameterValue.InvalidServiceType"],
    ["microservices", "/x", { ServiceType: "TSF" }, "UnsupportedOperation"],
    ["fields of microservices", "/x", { MicroServices: [{ ClusterId: "c" }] }, "UnsupportedOperation"],
    ["storage", "/x", { ServiceType: "COS" }, "UnsupportedOperation"],
    ["an unknown back end", "/x", { ServiceType: "FTP" }, "InvalidParameterValue.InvalidServiceType"],
    ["a private network", "/x", http({ UniqVpcId: "vpc-1" }), "UnsupportedOperation"],
    ["an address without a scheme", "/x", http({ Url: "example.com" }), "InvalidParameterValue.InvalidUrl"],
    ["an address with a path", "/x", http({ Url: "http://example.com/a" }), "InvalidParameterValue.InvalidUrl"],
    ["a back end's path that is none", "/x", http({ Path: "a" }), "InvalidParameterValue.InvalidBackendPath"],
    ["a back end without a method", "/x", http({ Method: "" }), "MissingParameter.BackendSpecificParam"],
    [
      "a mock without a message",
      "/x",
      { ServiceMockReturnMessage: undefined },
      "MissingParameter.BackendSpecificParam",
    ],
    [
      "a function that is not there",
      "/x",
      scf({ ServiceScfFunctionName: "nobody" }),
      "InvalidParameterValue.InvalidScfConfig",
    ],
    [
      "a version that is not there",
      "/x",
      scf({ ServiceScfFunctionQualifier: "7" }),
      "InvalidParameterValue.InvalidScfConfig",
    ],
    [
      "an HTTP function for events",
      "/x",
      scf({ ServiceScfFunctionName: "web" }),
      "InvalidParameterValue.InvalidScfConfig",
    ],
    [
      "an event function for requests",
      "/x",
      scf({ ServiceScfFunctionType: "HTTP" }),
      "InvalidParameterValue.InvalidScfConfig",
    ],
    ["no time", "/x", { ServiceTimeout: 0 }, "InvalidParameterValue.RangeExceeded"],
    [
      "a parameter of a path that has none",
      "/x",
      { RequestParameters: [{ Name: "a", Position: "PATH" }] },
      "InvalidParameterValue.InvalidRequestParameters",
    ],
    [
      "a parameter in a cookie",
      "/x",
      { RequestParameters: [{ Name: "a", Position: "COOKIE" }] },
      "InvalidParameterValue.InvalidRequestParameters",
    ],
    [
      "a constant in the path",
      "/x",
      { ConstantParameters: [{ Name: "a", Position: "PATH" }] },
      "InvalidParameterValue.InvalidConstantParameters",
    ],
    ["constants for what never sees them", "/x", { ConstantParameters: [constant] }, "UnsupportedOperation"],
    ["constants for a function", "/x", scf({ ConstantParameters: [constant] }), "UnsupportedOperation"],
    ["mapped parameters for a function", "/x", scf({ ServiceParameters: [mapped] }), "UnsupportedOperation"],
    [
      "tokens of nobody",
      "/x",
      { AuthType: "OAUTH", AuthRelationApiId: "api-nobody00" },
      "ResourceNotFound.InvalidOauthApi",
    ],
    [
      "a key that is none",
      "/x",
      { AuthType: "OAUTH", ApiBusinessType: "OAUTH", OauthConfig: { PublicKey: "x", TokenLocation: "header" } },
      "InvalidParameterValue.InvalidPublicKey",
    ],
    ["an unknown authorization", "/x", { AuthType: "BASIC" }, "InvalidParameterValue"],
  ];
  it("lose parameters that their next back end would not see only when that is said", async () => {
    const { ApiId } = await opened.gateway("CreateApi", api("/changing", { ...http({}), ServiceParameters: [mapped] }));
    const next = { ...api("/changing"), ApiId };
    assert.equal(await opened.gatewayCode("ModifyApi", next), "UnsupportedOperation");
    await opened.gateway("ModifyApi", { ...next, ServiceParameters: [] });
  });

  for (const [what, path, more, code] of refused) {
    it(`refuse an API with ${what}`, async () => {
      assert.equal(await opened.gatewayCode("CreateApi", api(path, more)), code);
    });
  }

  it("refuse an API with more parameters than there may be, with both counts", async () => {
    const parameter = (at: number) => ({ Name: `p${at}`, Position: "QUERY" });
    const list = Array.from({ length: 101 }, (_, at) => parameter(at));
    const reply = await opened.call("CreateApi", api("/many", { RequestParameters: list }), { version: "2018-08-08" });
    assert.equal(reply.Error?.Code, "InvalidParameterValue.RangeExceeded");
    assert.match(reply.Error.Message, /RequestParameters must have at most 100 entries; it has 101/);
  });

  it("have a path and a method once, whatever its parameters are called", async () => {
    await opened.gateway("CreateApi", api("/items/{id}"));
    const again = api("/items/{name}");
    assert.equal(await opened.gatewayCode("CreateApi", again), "InvalidParameterValue.InvalidApiRequestConfig");
    const closed = api("/items/{name}/");
    assert.equal(await opened.gatewayCode("CreateApi", closed), "InvalidParameterValue.InvalidApiRequestConfig");
    await opened.gateway("CreateApi", api("=/items/{name}"));
    await opened.gateway("CreateApi", api("=/plain"));
    await opened.gateway("CreateApi", api("=/plain/"));
    await opened.gateway("CreateApi", { ...again, RequestConfig: { Path: "/items/{name}", Method: "POST" } });
  });
});
