import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { eventFunction, openControl, zipOf, type OpenedControl } from "../../opened-control.suite.ts";

let opened: OpenedControl;
before(async () => {
  opened = await openControl();
});
after(() => opened[Symbol.asyncDispose]());

/** Code of a CreateFunction that differs from a good one by these fields. */
async function createCode(fields: Readonly<Record<string, unknown>>): Promise<string> {
  return opened.code("CreateFunction", { ...(await eventFunction("refused")), ...fields });
}

const variables = (...names: string[]) => ({ Variables: names.map((Key) => ({ Key, Value: "v" })) });

const bootstrap = "#!/bin/bash\nexec node server.js\n";

describe("CreateFunction", () => {
  it("makes a function that is Creating, then Active, with every default", async () => {
    opened.preparesFunctions = false;
    await opened.ok("CreateFunction", await eventFunction("plain"));
    const creating = await opened.ok("GetFunction", { FunctionName: "plain" });
    assert.equal(creating["Status"], "Creating");
    assert.equal(
      await opened.code("UpdateFunctionConfiguration", { FunctionName: "plain", Timeout: 5 }),
      "FailedOperation.FunctionStatusError",
    );
    opened.preparesFunctions = true;
    await opened.store.changes.announce("function", creating["FunctionId"] as never); // as the reply has it
    const found = await opened.ok("GetFunction", { FunctionName: "plain", ShowCode: "TRUE" });
    const expected = {
      Status: "Active",
      Type: "Event",
      MemorySize: 128,
      Timeout: 3,
      InitTimeout: 65,
      Namespace: "default",
      Qualifier: "$LATEST",
      FunctionVersion: "$LATEST",
      Handler: "index.main_handler",
      CodeInfo: "exports.main_handler = async (event) => event;",
      AccessInfo: { Host: "", Vip: "" },
      Environment: { Variables: [] },
      CodeResult: "success",
    };
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, found[key]])), expected);
    assert.match(String(found["FunctionId"]), /^lam-[a-z0-9]{8}$/);
    assert.match(String(found["AddTime"]), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    assert.equal(await opened.code("CreateFunction", await eventFunction("plain")), "ResourceInUse.FunctionName");
  });

  it("refuses each broken limit with its own code", async () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ FunctionName: "x" }, "InvalidParameterValue.FunctionName"],
      [{ FunctionName: "a".repeat(61) }, "InvalidParameterValue.FunctionName"],
      [{ Namespace: "0" }, "InvalidParameterValue.Namespace"],
      [{ Namespace: "nowhere" }, "ResourceNotFound.Namespace"],
      [{ Handler: "x" }, "InvalidParameterValue.Handler"],
      [{ Handler: "index.1" }, "InvalidParameterValue.Handler"],
      [{ Handler: "../index.main" }, "InvalidParameterValue.Handler"],
      [{ Handler: "other.main_handler" }, "InvalidParameterValue.Handler"],
      [{ Handler: undefined }, "MissingParameter"],
      [{ Runtime: "Cobol" }, "InvalidParameterValue.Runtime"],
      [{ Runtime: undefined }, "InvalidParameterValue.Runtime"],
      [{ Runtime: "Python2.7" }, "InvalidParameterValue.Runtime"],
      [{ Runtime: "Python3" }, "InvalidParameterValue.Runtime"],
      [{ Runtime: "Python3.10" }, "InvalidParameterValue.Handler"], // the package has index.js alone
      [{ Runtime: "CustomRuntime" }, "InvalidParameterValue.Code"],
      [{ Runtime: "Go1", Handler: "main" }, "InvalidParameterValue.Code"],
      [{ Runtime: "Go1", Handler: undefined }, "MissingParameter"],
      [{ Runtime: "Go1", Type: "HTTP" }, "InvalidParameterValue.Code"],
      [{ Runtime: "Nodejs8.9-service" }, "InvalidParameterValue.Runtime"],
      [{ Runtime: "CustomRuntime", Type: "HTTP" }, "InvalidParameterValue.Code"],
      [{ Runtime: "Nodejs8.9-service", Type: "HTTP" }, "InvalidParameterValue.Handler"],
      [{ Type: "Batch" }, "InvalidParameterValue.FunctionType"],
      [{ Description: "x".repeat(1001) }, "InvalidParameterValue.Description"],
      [{ MemorySize: 100 }, "InvalidParameterValue.MemorySize"],
      [{ MemorySize: 3200 }, "InvalidParameterValue.MemorySize"],
      [{ Timeout: 901 }, "LimitExceeded.Timeout"],
      [{ Timeout: 0 }, "InvalidParameterValue"],
      [{ Timeout: 2.5 }, "InvalidParameter"],
      [{ InitTimeout: 301 }, "LimitExceeded.InitTimeout"],
      [{ Environment: variables("1A") }, "InvalidParameterValue.Environment"],
      [{ Environment: variables("A", "A") }, "InvalidParameterValue.Environment"],
      [{ Environment: variables("SCF_X") }, "InvalidParameterValue.EnvironmentSystemProtect"],
      [
        { Environment: { Variables: [{ Key: "A", Value: "x".repeat(4096) }] } },
        "InvalidParameterValue.EnvironmentExceededLimit",
      ],
      [{ Code: {} }, "InvalidParameterValue.Code"],
      [{ Code: { CosBucketName: "b", CosObjectName: "/o" } }, "UnsupportedOperation"],
      [{ Code: { ImageConfig: { ImageUri: "x" } } }, "UnsupportedOperation"],
      [{ Code: { ZipFile: "UEs=", CosObjectName: "/o" } }, "InvalidParameterValue.Code"],
      [{ Code: { ZipFile: "not base64" } }, "InvalidParameterValue.ZipFileBase64BinasciiError"],
      [{ Code: { ZipFile: Buffer.from("no zip").toString("base64") } }, "InvalidParameterValue.ZipFile"],
      [{ Code: { ZipFile: 5 } }, "InvalidParameter"],
      [{ CodeSource: "Moon" }, "InvalidParameterValue.CodeSource"],
      [{ Layers: Array.from({ length: 6 }, () => ({ LayerName: "l", LayerVersion: 1 })) }, "LimitExceeded.Layers"],
      [{ PublicNetConfig: { PublicNetStatus: "MAYBE" } }, "InvalidParameterValue.PublicNetConfig"],
      [{ InstanceConcurrencyConfig: { MaxConcurrency: 5 } }, "InvalidParameterValue.InstanceConcurrencyConfig"],
      [{ InstanceConcurrencyConfig: { MaxConcurrency: 101 } }, "InvalidParameterValue.MaxConcurrency"],
      [{ ProtocolType: "WS" }, "InvalidParameterValue.WebSocketsParams"],
      [{ ProtocolParams: { WSParams: { IdleTimeOut: 1801 } } }, "InvalidParameterValue.IdleTimeOut"],
      [{ TraceEnable: "YES" }, "InvalidParameterValue.TraceEnable"],
    ];
    for (const [fields, code] of cases) assert.equal(await createCode(fields), code, JSON.stringify(fields));
    assert.equal(await opened.code("GetFunction", { FunctionName: "refused" }), "ResourceNotFound.FunctionName");
  });

  it("finds the handler's file in a directory, and in TypeScript", async () => {
    const zip = await zipOf({ "app/src/index.mts": "export const main = () => 1;" });
    await opened.deploy("nested", { Handler: "app/src/index.main", Code: { ZipFile: zip } });
    const reply = await opened.call("CreateFunction", { ...(await eventFunction("hinted")), Code: { ZipFile: zip } });
    assert.match(reply.Error?.Message ?? "", /file index with one of the endings .*app\/src\/index\.mts is there/);
  });

  it("takes programs in any language: bootstrap, and for Go1 what the handler names", async () => {
    const programs: [string, Record<string, unknown>, Record<string, string>][] = [
      ["custom-event", { Runtime: "CustomRuntime", Handler: undefined }, { bootstrap }],
      ["custom-handled", { Runtime: "CustomRuntime", Handler: "app.handler" }, { bootstrap }],
      ["go-event", { Runtime: "Go1", Handler: "main" }, { main: bootstrap }],
    ];
    for (const [name, fields, files] of programs) {
      await opened.deploy(name, { ...fields, Code: { ZipFile: await zipOf(files) } });
      const record = await opened.store.functions.find("default", name);
      assert.deepEqual([record?.spec.form, record?.spec.handler], ["event", fields["Handler"] ?? ""], name);
    }
    const shown = await opened.ok("GetFunction", { FunctionName: "custom-event", ShowCode: "TRUE" });
    assert.equal(shown["CodeInfo"], bootstrap);
    for (const [files, message] of [
      [{ bootstrap: "echo not executable" }, /bootstrap must be executable: run "chmod 755 bootstrap" before packing/],
      [
        { "app/bootstrap": bootstrap },
        /an executable file bootstrap at the root .* app\/bootstrap is there: pack the content/,
      ],
    ] as const) {
      const fields = { Runtime: "CustomRuntime", Code: { ZipFile: await zipOf(files) } };
      const reply = await opened.call("CreateFunction", { ...(await eventFunction("refused-program")), ...fields });
      assert.equal(reply.Error?.Code, "InvalidParameterValue.Code");
      assert.match(reply.Error?.Message ?? "", message);
    }
  });

  it("finds the handler's file of Python, and says why there is no Python 2", async () => {
    const zip = await zipOf({ "src/app.py": "def main(event, context): pass", "index.js": "" });
    const python = { Runtime: "Python3.9", Code: { ZipFile: zip } };
    await opened.deploy("snake", { ...python, Handler: "src/app.main" });
    const found = await opened.call("GetFunction", { FunctionName: "snake", ShowCode: "TRUE" });
    assert.equal(found["CodeInfo"], "def main(event, context): pass");
    const hinted = await opened.call("CreateFunction", { ...(await eventFunction("hinted")), ...python });
    assert.match(hinted.Error?.Message ?? "", /needs a file index\.py in the package, as Runtime is Python3\.9/);
    const old = await opened.call("CreateFunction", { ...(await eventFunction("old")), Runtime: undefined });
    assert.match(old.Error?.Message ?? "", /Python2\.7, which is the default of SCF/);
  });

  it("tells the three forms apart by type, runtime and package", async () => {
    const web = { Type: "HTTP", Handler: undefined };
    const forms: [string, Record<string, unknown>, Record<string, string>, string, string][] = [
      ["http-fn", { Type: "HTTP" }, { "index.js": "" }, "http", "index.main_handler"],
      ["bootstrap-fn", web, { scf_bootstrap: bootstrap }, "service", ""],
      ["custom-fn", { ...web, Runtime: "CustomRuntime" }, { scf_bootstrap: bootstrap }, "service", ""],
      ["node-service", { Type: "Service", Handler: "server.js" }, { "server.js": "" }, "service", "server.js"],
      [
        "old-service",
        { Type: "HTTP", Runtime: "Nodejs8.9-service", Handler: "app.js" },
        { "app.js": "" },
        "service",
        "app.js",
      ],
    ];
    for (const [name, fields, files, form, handler] of forms) {
      await opened.deploy(name, { ...fields, Code: { ZipFile: await zipOf(files) } });
      const record = await opened.store.functions.find("default", name);
      assert.deepEqual([record?.spec.form, record?.spec.handler], [form, handler], name);
      const { AccessInfo: access } = await opened.ok("GetFunction", { FunctionName: name });
      assert.match(Object(access).Host, new RegExp(`^${name}-[a-z0-9]{8}\\.localhost$`));
    }
    const http = await opened.store.functions.find("default", "http-fn");
    assert.deepEqual([http?.spec.concurrencyPerInstance, http?.spec.webSocketIdleS], [100, null]);
    const chat = {
      Type: "HTTP",
      ProtocolType: "WS",
      Code: { ZipFile: await zipOf({ "index.js": "exports.main_handler = 1" }) },
    };
    await opened.deploy("chat-fn", chat);
    assert.equal((await opened.store.functions.find("default", "chat-fn"))?.spec.webSocketIdleS, 15);
    await opened.ok("UpdateFunctionConfiguration", {
      FunctionName: "chat-fn",
      ProtocolParams: { WSParams: { IdleTimeOut: 600 } },
    });
    assert.equal((await opened.store.functions.find("default", "chat-fn"))?.spec.webSocketIdleS, 600);
    const service = await opened.store.functions.find("default", "bootstrap-fn");
    assert.deepEqual([service?.spec.concurrencyPerInstance, service?.spec.webSocketIdleS], [0, 1800]);
    const plain = { ...web, Code: { ZipFile: await zipOf({ scf_bootstrap: "echo not executable" }) } };
    assert.equal(await createCode(plain), "InvalidParameterValue.Code");
  });

  it("gives back what nothing acts on yet", async () => {
    const kept = {
      VpcConfig: { VpcId: "vpc-1", SubnetId: "subnet-1" },
      Role: "SCF_QcsRole",
      ClsTopicId: "topic",
      Tags: [{ Key: "team", Value: "a" }],
      DnsCache: "TRUE",
      TraceEnable: "TRUE",
    };
    await opened.deploy("keeper", { ...kept, PublicNetConfig: { PublicNetStatus: "ENABLE" } });
    const found = await opened.ok("GetFunction", { FunctionName: "keeper" });
    assert.deepEqual(Object.fromEntries(Object.keys(kept).map((key) => [key, found[key]])), kept);
    const names = async (Filters: unknown) =>
      Object(await opened.ok("ListFunctions", { Filters }))["Functions"].map(
        (one: { FunctionName: string }) => one.FunctionName,
      );
    assert.deepEqual(await names([{ Name: "tag-team", Values: ["a"] }]), ["keeper"]);
    assert.deepEqual(await names([{ Name: "Role", Values: ["SCF_QcsRole"] }]), ["keeper"]);
    assert.deepEqual(await names([{ Name: "VpcId", Values: ["vpc-2"] }]), []);
    assert.equal(
      await opened.code("ListFunctions", { Filters: [{ Name: "Moon", Values: [] }] }),
      "InvalidParameterValue.Filters",
    );
  });
});

describe("updating a function", () => {
  it("replaces code or configuration, and publishes when asked", async () => {
    await opened.deploy("updated");
    const zip = await zipOf({ "index.js": "exports.main_handler = async () => 2;" });
    await opened.ok("UpdateFunctionCode", { FunctionName: "updated", ZipFile: zip, Publish: "TRUE" });
    const found = await opened.ok("GetFunction", { FunctionName: "updated", ShowCode: "TRUE" });
    assert.equal(found["CodeInfo"], "exports.main_handler = async () => 2;");
    const { FunctionVersion: versions } = await opened.ok("ListVersionByFunction", { FunctionName: "updated" });
    assert.deepEqual(versions, ["$LATEST", "1"]);
    await settle("updated");
    const configuration = {
      FunctionName: "updated",
      MemorySize: 512,
      Environment: { Variables: [{ Key: "A", Value: "1" }] },
    };
    await opened.ok("UpdateFunctionConfiguration", configuration);
    const changed = await opened.ok("GetFunction", { FunctionName: "updated" });
    assert.deepEqual([changed["MemorySize"], changed["Timeout"]], [512, 3]);
    const frozen = await opened.ok("GetFunction", { FunctionName: "updated", Qualifier: "1" });
    assert.deepEqual([frozen["MemorySize"], frozen["FunctionVersion"]], [128, "1"]);
  });

  it("refuses another runtime, code without the handler's file, more than 50 MB, and nothing at all", async () => {
    await opened.deploy("kept");
    const update = (fields: object) => opened.code("UpdateFunctionCode", { FunctionName: "kept", ...fields });
    assert.equal(await update({ ZipFile: await zipOf({ "other.js": "" }) }), "InvalidParameterValue.Handler");
    assert.equal(
      await update({ ZipFile: randomBytes(50 * 2 ** 20 + 1).toString("base64") }),
      "InvalidParameterValue.ZipFile",
    );
    assert.equal(await update({}), "MissingParameter");
    assert.equal(await update({ Code: { ZipFile: "UEs=" }, ZipFile: "UEs=" }), "InvalidParameterValue.Code");
    assert.equal(
      await opened.code("UpdateFunctionConfiguration", { FunctionName: "kept", Runtime: "Nodejs16.13" }),
      "InvalidParameterValue.Runtime",
    );
    await opened.ok("UpdateFunctionConfiguration", {
      FunctionName: "kept",
      Layers: [{ LayerName: "", LayerVersion: 0 }],
    });
  });
});

describe("deleting and copying", () => {
  it("deletes a function with everything, or one version that no alias uses", async () => {
    await opened.deploy("gone");
    await opened.ok("PublishVersion", { FunctionName: "gone" });
    await opened.ok("PublishVersion", { FunctionName: "gone", Description: "second" });
    await opened.ok("CreateAlias", { FunctionName: "gone", Name: "live", FunctionVersion: "1" });
    const remove = (Qualifier?: string) => opened.code("DeleteFunction", { FunctionName: "gone", Qualifier });
    assert.equal(await remove("1"), "UnsupportedOperation.AliasBind");
    assert.equal(await remove("$LATEST"), "InvalidParameterValue.Qualifier");
    assert.equal(await remove("7"), "ResourceNotFound.FunctionVersion");
    assert.equal(await opened.code("DeleteFunctionVersion", { FunctionName: "gone", Qualifier: "2" }), "");
    assert.equal(await remove(), "");
    assert.equal(await remove(), "ResourceNotFound.FunctionName");
  });

  it("copies code and configuration, and overwrites only when asked", async () => {
    await opened.deploy("source", { MemorySize: 256, Description: "first" });
    const copy = (fields: object = {}) =>
      opened.code("CopyFunction", { FunctionName: "source", NewFunctionName: "copied", ...fields });
    assert.equal(await copy({ TargetRegion: "ap-beijing" }), "UnsupportedOperation.CopyFunction");
    assert.equal(await copy({ TargetNamespace: "nowhere" }), "ResourceNotFound.Namespace");
    assert.equal(await copy(), "");
    const found = await opened.ok("GetFunction", { FunctionName: "copied" });
    assert.deepEqual([found["MemorySize"], found["Description"]], [256, "first"]);
    assert.equal(await copy(), "ResourceInUse.FunctionName");
    await settle("copied");
    assert.equal(await copy({ Override: true, CopyConfiguration: false }), "");
    assert.equal((await opened.ok("GetFunction", { FunctionName: "copied" }))["MemorySize"], 128);
    assert.equal(
      await opened.code("CopyFunction", { FunctionName: "source", NewFunctionName: "source" }),
      "InvalidParameterValue.Param",
    );
  });
});

async function settle(name: string): Promise<void> {
  const record = await opened.store.functions.find("default", name);
  if (record !== null) await opened.store.changes.announce("function", record.functionId);
}
