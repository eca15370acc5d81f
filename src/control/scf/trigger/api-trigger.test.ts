import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { TriggerRecord } from "../../../store/index.ts";
import { openControl, type OpenedControl } from "../../opened-control.suite.ts";

describe("triggers of type apigw", () => {
  let opened: OpenedControl;
  before(async () => {
    opened = await openControl();
    await opened.deploy("hello");
    await opened.deploy("other");
  });
  after(() => opened[Symbol.asyncDispose]());

  const trigger = (FunctionName: string, desc: unknown, TriggerName = "api") => {
    return { FunctionName, TriggerName, Type: "apigw", TriggerDesc: JSON.stringify(desc), Qualifier: "$DEFAULT" };
  };
  const described = (info: unknown) => JSON.parse(Object(info).TriggerDesc);
  const services = () => opened.store.apiGateway.published.loadAll();
  const apis = async () => (await services()).flatMap(({ environments }) => environments.release?.apis ?? []);

  it("make service, API and release as Tencent's TriggerDesc says, and tell where it is", async () => {
    const desc = {
      api: {
        authRequired: "FALSE",
        requestConfig: { method: "ANY" },
        isIntegratedResponse: "TRUE",
        IsBase64Encoded: "FALSE",
      },
      service: { serviceName: "SCF_API_SERVICE" },
      release: { environmentName: "release" },
    };
    const { TriggerInfo: info } = await opened.ok("CreateTrigger", trigger("hello", desc));
    const [service] = await services();
    const [api] = await apis();
    assert.deepEqual([service?.name, api?.path, api?.method], ["SCF_API_SERVICE", "/hello", "ANY"]);
    const target = { namespace: "default", functionName: "hello", qualifier: "$DEFAULT" };
    const response = { isIntegratedResponse: true, isBase64Encoded: false, isAsync: false };
    assert.deepEqual(api?.backend, { kind: "function", ...target, ...response });
    const told = described(info);
    assert.deepEqual([told.service.serviceId, told.api.apiId], [service?.serviceId, api?.apiId]);
    assert.equal(told.service.subDomain, `http://${service?.hostLabel}.localhost:4878`);
    const { Triggers: list } = await opened.ok("ListTriggers", { FunctionName: "hello" });
    assert.deepEqual(described(Object(list)[0]), told);
  });

  it("join a service by its id or name, and keep out of each other's way", async () => {
    await opened.ok("CreateTrigger", trigger("other", { service: { serviceName: "SCF_API_SERVICE" } }));
    const [service, second] = await services();
    assert.equal(second, undefined);
    assert.deepEqual((await apis()).map(({ path }) => path).toSorted(), ["/hello", "/other"]);
    const taken = { api: { requestConfig: { path: "/hello" } }, service: { serviceId: service?.serviceId } };
    assert.equal(await opened.code("CreateTrigger", trigger("other", taken, "two")), "FailedOperation.ApiGateway");
    const strange = { service: { serviceId: "service-nobody00" } };
    assert.equal(await opened.code("CreateTrigger", trigger("other", strange, "two")), "FailedOperation.ApiGateway");
    assert.equal(
      await opened.code("CreateTrigger", trigger("other", { apis: {} }, "two")),
      "InvalidParameterValue.TriggerDesc",
    );
    const again = { api: { requestConfig: { path: "/again" } } };
    assert.equal(await opened.code("CreateTrigger", trigger("other", again)), "ResourceInUse.TriggerName");
    assert.equal((await apis()).length, 2, "the API of a trigger that was refused is gone");
  });

  it("leave nothing behind when what makes them breaks off in the middle", async (test) => {
    const { triggers } = opened.store;
    const { createWithApi } = triggers;
    const inTheMiddle = async (...[made]: Parameters<typeof createWithApi>) => {
      const choose = (): never => {
        throw new Error("broken off: service, trigger and API are written, the release is not");
      };
      return createWithApi({ ...made, release: made.release && { ...made.release, choose } });
    };
    const breaking = test.mock.method(triggers, "createWithApi", inTheMiddle);
    const present = await services();
    const { Triggers: listed } = await opened.ok("ListTriggers", { FunctionName: "other" });
    const desc = { service: { serviceName: "broken-off" }, api: { requestConfig: { path: "/failing" } } };
    const failing = trigger("other", desc, "failing");
    assert.equal(await opened.code("CreateTrigger", failing), "InternalError");
    assert.match(opened.errors.splice(0).join(), /broken off/);
    assert.deepEqual(await services(), present);
    const { Triggers: then } = await opened.ok("ListTriggers", { FunctionName: "other" });
    assert.deepEqual(then, listed);
    breaking.mock.restore();
    await opened.ok("CreateTrigger", failing);
    const [{ TriggerName: name } = { TriggerName: "" }] = listed as { TriggerName: string }[];
    const same = trigger("other", { ...desc, api: { requestConfig: { path: "/same" } } }, name);
    assert.equal(await opened.code("CreateTrigger", same), "ResourceInUse.TriggerName");
    const made = (await services()).filter((one) => one.name === "broken-off");
    assert.deepEqual(
      made.flatMap(({ environments }) => environments.release?.apis ?? []).map(({ path }) => path),
      ["/failing"],
    );
    await opened.ok("DeleteTrigger", failing);
  });

  it("can be deleted again when their deletion, or that of their function, breaks off in the middle", async (test) => {
    const { triggers, functions } = opened.store;
    const key = trigger("other", { api: { requestConfig: { path: "/halves" } } }, "halves");
    const breakOff = async (): Promise<never> => {
      throw new Error("broken off");
    };
    const isServed = async () => (await apis()).some(({ path }) => path === "/halves");
    await opened.ok("CreateTrigger", key);
    const deletion = test.mock.method(triggers, "delete", breakOff);
    assert.equal(await opened.code("DeleteTrigger", key), "InternalError");
    assert.equal(await isServed(), false);
    deletion.mock.restore();
    await opened.ok("DeleteTrigger", key);
    await opened.deploy("passing");
    await opened.ok("CreateTrigger", { ...key, FunctionName: "passing" });
    const deletionOfFunction = test.mock.method(functions, "delete", breakOff);
    assert.equal(await opened.code("DeleteFunction", { FunctionName: "passing" }), "InternalError");
    assert.equal(await isServed(), false);
    deletionOfFunction.mock.restore();
    await opened.ok("DeleteFunction", { FunctionName: "passing" });
    opened.errors.splice(0);
  });

  it("are served while they are open", async () => {
    const names = async () => (await apis()).map(({ name }) => name).toSorted();
    await opened.ok("UpdateTrigger", { ...trigger("other", {}), Enable: "CLOSE" });
    assert.deepEqual(await names(), ["hello"]);
    await opened.ok("UpdateTrigger", trigger("other", { api: { apiName: "renamed" } }));
    assert.deepEqual(await names(), ["hello"], "what is changed meanwhile opens nothing");
    await opened.ok("UpdateTrigger", { ...trigger("other", { api: { apiName: "other" } }), Enable: "OPEN" });
    assert.deepEqual(await names(), ["hello", "other"]);
    const shut = { ...trigger("other", { api: { requestConfig: { path: "/shut" } } }, "shut"), Enable: "CLOSE" };
    const { TriggerInfo: info } = await opened.ok("CreateTrigger", shut);
    assert.equal(Object(info).Enable, 0);
    assert.equal((await apis()).length, 2);
    await opened.ok("DeleteTrigger", trigger("other", {}, "shut"));
  });

  it("stay as they were when a change of theirs breaks off in the middle", async (test) => {
    const { triggers, apiGateway } = opened.store;
    const key = trigger("other", { api: { requestConfig: { path: "/before" } } }, "changing");
    await opened.ok("CreateTrigger", key);
    const [service] = await services();
    const edited = () => apiGateway.apis.list(service?.serviceId ?? "");
    const present = [await services(), await edited()];
    const { find } = triggers;
    let gone: TriggerRecord | null = null;
    const isGoneMeanwhile = async (...of: Parameters<typeof find>) => {
      gone = await find(...of);
      if (gone !== null) await triggers.delete(gone.triggerId);
      return gone;
    };
    const change = trigger("other", { api: { requestConfig: { path: "/after" } } }, "changing");
    for (const Enable of ["OPEN", "CLOSE"]) {
      const finding = test.mock.method(triggers, "find", isGoneMeanwhile);
      assert.equal(await opened.code("UpdateTrigger", { ...change, Enable }), "ResourceNotFound.Trigger");
      finding.mock.restore();
      assert.deepEqual([await services(), await edited()], present, `its API and what is served of it, at ${Enable}`);
      await triggers.create(gone ?? assert.fail(), 10);
    }
    await opened.ok("DeleteTrigger", key);
  });

  it("ask for a key when one of their two fields says so, and are refused when these contradict each other", async () => {
    for (const [authRequired, authType] of [
      ["FALSE", "SECRET"],
      ["TRUE", "NONE"],
      ["FALSE", "OAUTH"],
      [undefined, "OAUTH"],
    ]) {
      const desc = { api: { authRequired, authType, requestConfig: { path: "/closed" } } };
      const code = await opened.code("CreateTrigger", trigger("other", desc, "closed"));
      assert.equal(code, "InvalidParameterValue.TriggerDesc", `${authRequired} ${authType}`);
    }
    const closed = { api: { authType: "SECRET", requestConfig: { path: "/closed" } } };
    await opened.ok("CreateTrigger", trigger("other", closed, "closed"));
    const made = (await apis()).find(({ path }) => path === "/closed");
    assert.deepEqual(made?.authorization, { kind: "secret" });
    await opened.ok("DeleteTrigger", trigger("other", {}, "closed"));
  });

  it("do not open an API that was closed since when what they told is sent back", async () => {
    const { TriggerInfo: info } = await opened.ok(
      "CreateTrigger",
      trigger("other", { api: { requestConfig: { path: "/echo" } } }, "echo"),
    );
    const told = described(info);
    assert.equal(told.api.authType, "NONE");
    const { apis: table } = opened.store.apiGateway;
    const find = async () => (await table.list(told.service.serviceId)).find(({ apiId }) => apiId === told.api.apiId);
    const { serviceId: ServiceId } = told.service;
    await opened.gateway("ModifyApi", {
      ...(await find())?.given,
      ServiceId,
      ApiId: told.api.apiId,
      AuthType: "SECRET",
    });
    await opened.ok("UpdateTrigger", trigger("other", told, "echo"));
    assert.deepEqual((await find())?.definition.authorization, { kind: "secret" });
    const open = { api: { authRequired: "FALSE" } };
    await opened.ok("UpdateTrigger", trigger("other", open, "echo"));
    assert.deepEqual((await find())?.definition.authorization, { kind: "none" }, "who means it opens it");
    await opened.ok("DeleteTrigger", trigger("other", {}, "echo"));
  });

  it("tell what their API is since others changed it, and that it is gone", async () => {
    const key = trigger(
      "other",
      { service: { serviceName: "told" }, api: { requestConfig: { path: "/told" } } },
      "told",
    );
    const { TriggerInfo: info } = await opened.ok("CreateTrigger", key);
    const { api, service } = described(info);
    const listed = async () => {
      const named = { Filters: [{ Name: "TriggerName", Values: ["told"] }] };
      const { Triggers: list } = await opened.ok("ListTriggers", { FunctionName: "other", ...named });
      return Object(list)[0];
    };
    const named = { ServiceId: service.serviceId, ApiId: api.apiId };
    const change = { AuthType: "SECRET", ApiName: "changed", RequestConfig: { Path: "/changed", Method: "POST" } };
    const found = await opened.store.apiGateway.apis.find(service.serviceId, api.apiId);
    await opened.gateway("ModifyApi", { ...found?.given, ...named, ...change, EnableCORS: true });
    await opened.gateway("ModifyService", { ServiceId: service.serviceId, ServiceName: "renamed" });
    const now = described(await listed());
    assert.deepEqual(now.api.requestConfig, { path: "/changed", method: "POST" });
    assert.deepEqual([now.api.apiName, now.api.authType, now.api.authRequired], ["changed", "SECRET", "TRUE"]);
    assert.deepEqual([now.api.enableCORS, now.service.serviceName], ["TRUE", "renamed"]);
    const { Triggers: ofFunction } = await opened.ok("GetFunction", { FunctionName: "other" });
    const same = (ofFunction as { TriggerName: string }[]).find(({ TriggerName: name }) => name === "told");
    assert.deepEqual(described(same), now);
    const opening = { api: { ...now.api, authRequired: "FALSE", authType: "NONE" } };
    await opened.ok("UpdateTrigger", { ...key, TriggerDesc: JSON.stringify(opening) });
    assert.equal(described(await listed()).api.authType, "NONE", "who changes what was told means it");
    await opened.gateway("DeleteApi", named);
    const gone = await listed();
    assert.equal(gone.AvailableStatus, "Unavailable");
    assert.deepEqual(described(gone).api, { apiId: api.apiId });
    await opened.gateway("UnReleaseService", { ServiceId: service.serviceId, EnvironmentName: "release" });
    await opened.gateway("DeleteService", { ServiceId: service.serviceId });
    const left = { serviceId: service.serviceId };
    assert.deepEqual(described(await listed()), { api: { apiId: api.apiId }, service: left, release: now.release });
    assert.equal(
      await opened.code("UpdateTrigger", { ...key, Enable: "OPEN", TriggerDesc: "{}" }),
      "FailedOperation.ApiGateway",
    );
    await opened.ok("DeleteTrigger", key);
    assert.equal(await listed(), undefined);
  });

  it("share the service that they name when they are made at once, and are all served", async () => {
    const { length: count } = await services();
    const names = [1, 2, 3, 4, 5, 6, 7, 8].map((one) => `at-${one}`);
    const made = names.map((name) => {
      const desc = { api: { requestConfig: { path: `/${name}` } }, service: { serviceName: "at-once" } };
      return opened.ok("CreateTrigger", trigger("other", desc, name));
    });
    const ids = (await Promise.all(made)).map(({ TriggerInfo: info }) => described(info).service.serviceId);
    assert.deepEqual([new Set(ids).size, (await services()).length], [1, count + 1]);
    const shared = (await services()).find(({ name }) => name === "at-once");
    const paths = shared?.environments.release?.apis.map(({ path }) => path);
    assert.deepEqual(
      paths?.toSorted(),
      names.map((name) => `/${name}`),
    );
    await Promise.all(names.map((name) => opened.ok("DeleteTrigger", trigger("other", {}, name))));
  });

  it("change what is served with UpdateTrigger, and go with the trigger or the function", async () => {
    await opened.ok(
      "UpdateTrigger",
      trigger("other", { api: { authRequired: "TRUE", requestConfig: { path: "/v2" } } }),
    );
    const changed = (await apis()).find(({ name }) => name === "other");
    assert.deepEqual([changed?.path, changed?.authorization, changed?.method], ["/v2", { kind: "secret" }, "ANY"]);
    await opened.ok("DeleteTrigger", trigger("other", {}));
    assert.deepEqual(
      (await apis()).map(({ name }) => name),
      ["hello"],
    );
    await opened.ok("DeleteFunction", { FunctionName: "hello" });
    assert.deepEqual(await apis(), []);
  });
});
