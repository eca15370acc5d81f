import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { openControl, type OpenedControl } from "../opened-control.suite.ts";

describe("who may call an API", () => {
  let opened: OpenedControl;
  let ServiceId: string;
  before(async () => {
    opened = await openControl();
    ServiceId = String((await opened.gateway("CreateService", { ServiceName: "shop", Protocol: "http" }))["ServiceId"]);
  });
  after(() => opened[Symbol.asyncDispose]());

  const api = (path: string, more: Record<string, unknown>) =>
    opened.gateway("CreateApi", {
      ServiceId,
      ServiceType: "MOCK",
      ServiceTimeout: 15,
      Protocol: "HTTP",
      RequestConfig: { Path: path, Method: "GET" },
      ServiceMockReturnMessage: "a",
      ...more,
    });
  const release = () => opened.gateway("ReleaseService", { ServiceId, EnvironmentName: "release", ReleaseDesc: "" });
  const authorization = async (apiId: unknown) => {
    const found = await opened.store.apiGateway.published.load(ServiceId);
    return found?.environments.release?.apis.find((one) => one.apiId === apiId)?.authorization;
  };

  it("is said by applications that are bound, at once", async () => {
    const { ApiId } = await api("/app", { AuthType: "APP" });
    await release();
    assert.deepEqual(await authorization(ApiId), { kind: "app", apps: [] });
    const app = await opened.gateway("CreateApiApp", { ApiAppName: "partner" });
    const { ApiAppId, ApiAppKey: key, ApiAppSecret: secret } = app;
    const binding = { ApiAppId, Environment: "release", ServiceId, ApiId };
    await opened.gateway("BindApiApp", binding);
    assert.deepEqual(await authorization(ApiId), { kind: "app", apps: [{ key, secret }] });
    const { ApiAppApiSet: bound } = await opened.gateway("DescribeApiAppBindApisStatus", { ApiAppId });
    assert.deepEqual(Object(bound)[0].ApiId, ApiId);
    await opened.gateway("UpdateApiAppKey", { ApiAppId, ApiAppKey: "another_key", ApiAppSecret: "0123456789" });
    assert.deepEqual(await authorization(ApiId), { kind: "app", apps: [{ key: "another_key", secret: "0123456789" }] });
    await opened.gateway("UnbindApiApp", binding);
    assert.deepEqual(await authorization(ApiId), { kind: "app", apps: [] });
    await opened.gateway("BindApiApp", binding);
    await opened.gateway("DeleteApiApp", { ApiAppId });
    assert.deepEqual(await authorization(ApiId), { kind: "app", apps: [] });
  });

  it("is said by the key of the API that gives tokens, at once and by earlier releases, too", async () => {
    const pem = () =>
      String(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }));
    const first = pem();
    const config = { PublicKey: Buffer.from(first).toString("base64"), TokenLocation: "method.req.header.token" };
    const oauth = { AuthType: "OAUTH", ApiBusinessType: "OAUTH", OauthConfig: config };
    const giver = await api("/login", oauth);
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 1_024 });
    const PublicKey = String(publicKey.export({ type: "spki", format: "pem" }));
    const short = { ServiceId, ApiId: giver["ApiId"], BusinessType: "OAUTH", PublicKey };
    assert.equal(await opened.gatewayCode("ModifyApiIncrement", short), "InvalidParameterValue.InvalidPublicKey");
    const { ApiId } = await api("/mine", { AuthType: "OAUTH", AuthRelationApiId: giver["ApiId"] });
    const { ReleaseVersion: earlier } = await release();
    const jwt = { kind: "jwt", place: "header", name: "token", loginUrl: null, givenBy: giver["ApiId"] };
    assert.deepEqual(await authorization(giver["ApiId"]), { kind: "none" });
    assert.deepEqual(await authorization(ApiId), { ...jwt, publicKey: first });
    const second = pem();
    const change = { ServiceId, ApiId: giver["ApiId"], BusinessType: "OAUTH" };
    assert.equal(await opened.gatewayCode("ModifyApiIncrement", change), "InvalidParameterValue.NothingModifyForOauth");
    const told: string[] = [];
    const changed = async (id: string): Promise<void> => void told.push(id);
    using _ = opened.store.changes.subscribe("api-service", { changed, resync: async () => undefined });
    await opened.gateway("ModifyApiIncrement", {
      ...change,
      PublicKey: second,
      LoginRedirectUrl: "https://example.com/login",
    });
    assert.deepEqual(told, [ServiceId], "the listeners");
    const rotated = { ...jwt, publicKey: second, loginUrl: "https://example.com/login" };
    assert.deepEqual(await authorization(ApiId), rotated);
    await release();
    await opened.gateway("UpdateService", { ServiceId, EnvironmentName: "release", VersionName: earlier });
    assert.deepEqual(await authorization(ApiId), rotated, "a key that was taken away does not come back");
    const used = { ServiceId, ApiId: giver["ApiId"] };
    assert.equal(await opened.gatewayCode("DeleteApi", used), "UnsupportedOperation.UnsupportedDeleteApi");
  });
});
