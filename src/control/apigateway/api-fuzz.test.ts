import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import type { Action } from "../action.ts";
import { openControl, type OpenedControl } from "../opened-control.suite.ts";
import { assertDeclared, fewStrangeFields, strangeFields } from "../strange-calls.suite.ts";
import { apiGatewayActions, apiGatewayVersion } from "./catalog.ts";

let opened: OpenedControl;
let good: Readonly<Record<string, unknown>>;

before(async () => {
  opened = await openControl();
  await opened.deploy("there");
  const { ServiceId } = await opened.gateway("CreateService", { ServiceName: "there", Protocol: "http" });
  const api = {
    ServiceId,
    ServiceType: "SCF",
    ServiceScfFunctionName: "there",
    ServiceTimeout: 15,
    Protocol: "HTTP",
    RequestConfig: { Path: "/there", Method: "GET" },
  };
  const { ApiId } = await opened.gateway("CreateApi", api);
  const { UsagePlanId } = await opened.gateway("CreateUsagePlan", { UsagePlanName: "there" });
  const { AccessKeyId } = await opened.gateway("CreateApiKey", { SecretName: "there" });
  const { ApiAppId } = await opened.gateway("CreateApiApp", { ApiAppName: "there" });
  const data = { PluginType: "TrafficControl", PluginData: '{"limit":1}' };
  const { PluginId } = await opened.gateway("CreatePlugin", { PluginName: "there", ...data });
  const list = { StrategyName: "there", StrategyType: "BLACK", StrategyData: "192.0.2.1" };
  const { StrategyId } = await opened.gateway("CreateIPStrategy", { ServiceId, ...list });
  good = {
    ...api,
    ...data,
    ...list,
    ApiId,
    UsagePlanId,
    AccessKeyId,
    PluginId,
    StrategyId,
    ApiAppId,
    ApiIds: [ApiId],
    BindApiIds: [ApiId],
    UnBindApiIds: [ApiId],
    UsagePlanIds: [UsagePlanId],
    AccessKeyIds: [AccessKeyId],
    EnvironmentName: "test",
    Environment: "test",
    EnvironmentNames: ["test"],
    BindType: "API",
    Strategy: 5,
    ReleaseDesc: "",
    VersionName: "none",
    SubDomain: "there.example.com",
    IsDefaultMapping: true,
    NetType: "OUTER",
    NetSubDomain: "",
    SecretName: "there",
    PluginName: "there",
    UsagePlanName: "there",
    ServiceName: "there",
  };
});
after(() => opened[Symbol.asyncDispose]());

/** Nothing deletes what the other calls are about. */
function sparing(action: Action, fields: Record<string, unknown>): Record<string, unknown> {
  if (!action.name.startsWith("Delete")) return fields;
  return {
    ...fields,
    ...("ServiceId" in fields ? { ServiceId: "nobody" } : {}),
    UsagePlanId: "nobody",
    PluginId: "nobody",
    ApiAppId: "nobody",
  };
}

async function check(action: Action, fields: Record<string, unknown>): Promise<void> {
  const known = Object.entries(sparing(action, fields)).filter(([name]) => name in action.input.shape);
  assertDeclared(action, await opened.call(action.name, Object.fromEntries(known), { version: apiGatewayVersion }));
}

describe("the API of the gateway under nonsense", () => {
  for (const action of apiGatewayActions) {
    it(`${action.name} answers with a code that it declares, never InternalError`, async () => {
      const nonsense = fc.asyncProperty(strangeFields(action), (fields) => check(action, fields));
      await fc.assert(nonsense, { numRuns: 8 });
      const almostGood = fc.asyncProperty(fewStrangeFields(action), (few) => check(action, { ...good, ...few }));
      await fc.assert(almostGood, { numRuns: 16 });
      assert.deepEqual(opened.errors, []);
    });
  }
});
