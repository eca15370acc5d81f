import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { limits } from "../../../core/index.ts";
import { openControl, zipOf, type OpenedControl } from "../../opened-control.suite.ts";

let opened: OpenedControl;
before(async () => void (opened = await openControl()));
after(async () => {
  assert.deepEqual(opened.errors, []);
  await opened[Symbol.asyncDispose]();
});

const runtime = "Nodejs18.15";
const content = async (files: Readonly<Record<string, string>> = { a: "a" }) => ({ ZipFile: await zipOf(files) });

/** No zip library writes such a name. */
async function zipThatLeaves(): Promise<string> {
  const zip = Buffer.from((await content({ "aa/out": "x" })).ZipFile, "base64").toString("latin1");
  return Buffer.from(zip.replaceAll("aa/out", "../out"), "latin1").toString("base64");
}

describe("PublishLayerVersion", () => {
  it("refuses what breaks a rule with the documented code", async () => {
    const layer = { LayerName: "fine", CompatibleRuntimes: [runtime], Content: await content() };
    const cases: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ LayerName: "1st" }, "InvalidParameterValue.LayerName"],
      [{ LayerName: "ends-" }, "InvalidParameterValue.LayerName"],
      [{ LayerName: "x".repeat(65) }, "InvalidParameterValue.LayerName"],
      [{ LayerName: undefined }, "MissingParameter"],
      [{ CompatibleRuntimes: ["Cobol85"] }, "InvalidParameterValue.CompatibleRuntimes"],
      [{ CompatibleRuntimes: [] }, "InvalidParameterValue.CompatibleRuntimes"],
      [{ Content: {} }, "InvalidParameterValue.Content"],
      [{ Content: { ...(await content()), DemoId: "1" } }, "InvalidParameterValue.Content"],
      [{ Content: { CosBucketName: "b", CosObjectName: "/o" } }, "UnsupportedOperation"],
      [{ Content: { ZipFile: "%" } }, "InvalidParameterValue.ZipFileBase64BinasciiError"],
      [{ Content: { ZipFile: Buffer.from("no zip").toString("base64") } }, "InvalidParameterValue.ZipFile"],
      [{ Content: { ZipFile: await zipThatLeaves() } }, "InvalidParameterValue.ZipFile"],
      [{ Description: "x".repeat(1001) }, "InvalidParameterValue.Description"],
    ];
    for (const [change, code] of cases) {
      assert.equal(await opened.code("PublishLayerVersion", { ...layer, ...change }), code, JSON.stringify(change));
    }
    assert.equal((await opened.ok("ListLayers"))["TotalCount"], 0);
    assert.equal((await opened.ok("PublishLayerVersion", { ...layer, LayerName: "x" }))["LayerVersion"], 1);
  });

  it("stops at as many versions as a layer may have", async () => {
    const { layers } = opened.store;
    const kept = await opened.store.artifacts.put(Buffer.from((await content()).ZipFile, "base64"), {
      signal: AbortSignal.timeout(10_000),
    });
    assert.ok(kept.kind === "stored");
    const record = { name: "full", description: "", license: "", compatibleRuntimes: [runtime], tags: [] };
    const most = { layers: limits.layerNames, versions: limits.versionsPerLayer };
    for (let number = 0; number < limits.versionsPerLayer; number += 1) {
      await layers.publish({ ...record, codeSha256: kept.sha256, codeSize: 1, unpackedBytes: 1 }, most);
    }
    const fields = { LayerName: "full", CompatibleRuntimes: [runtime], Content: await content() };
    assert.equal(await opened.code("PublishLayerVersion", fields), "LimitExceeded.LayerVersions");
  });
});

it("a layer that is not there, and a version that is not there, have codes of their own", async () => {
  const fields = { LayerName: "sparse", CompatibleRuntimes: [runtime], Content: await content() };
  await opened.ok("PublishLayerVersion", fields);
  for (const action of ["GetLayerVersion", "DeleteLayerVersion"]) {
    assert.equal(await opened.code(action, { LayerName: "nowhere", LayerVersion: 1 }), "ResourceNotFound.Layer");
    assert.equal(await opened.code(action, { LayerName: "sparse", LayerVersion: 2 }), "ResourceNotFound.LayerVersion");
    assert.equal(await opened.code(action, { LayerName: "sparse", LayerVersion: 2 ** 40 }), "InvalidParameterValue");
  }
  assert.equal(await opened.code("ListLayerVersions", { LayerName: "nowhere" }), "ResourceNotFound.Layer");
  const strange = [{ LayerName: "sparse", LayerVersion: 2 ** 40 }];
  assert.equal(
    await opened.code("UpdateFunctionConfiguration", { FunctionName: "none", Layers: strange }),
    "ResourceNotFound.FunctionName",
  );
  await opened.deploy("strange");
  assert.equal(
    await opened.code("UpdateFunctionConfiguration", { FunctionName: "strange", Layers: strange }),
    "ResourceNotFound.LayerVersion",
  );
});

it("code and layers are at most 500 MB together, at creation and at every change", async () => {
  const { ZipFile: zip } = await content();
  const kept = await opened.store.artifacts.put(Buffer.from(zip, "base64"), { signal: AbortSignal.timeout(10_000) });
  assert.ok(kept.kind === "stored");
  const record = { name: "large", description: "", license: "", compatibleRuntimes: [runtime], tags: [] };
  const most = { layers: limits.layerNames, versions: limits.versionsPerLayer };
  const size = { codeSha256: kept.sha256, codeSize: 1 };
  // Its listing says so; what counts is what was found when it was published.
  await opened.store.layers.publish({ ...record, ...size, unpackedBytes: limits.package.unpackedBytes - 100 }, most);
  const Layers = [{ LayerName: "large", LayerVersion: 1 }];
  const small = { "index.js": "exports.main_handler=async()=>1" };
  const larger = { "index.js": `exports.main_handler=async()=>1//${"x".repeat(100)}` };
  await opened.deploy("brimful", { Layers, Code: await content(small) });
  const update = { FunctionName: "brimful", Code: await content(larger) };
  assert.equal(await opened.code("UpdateFunctionCode", update), "InvalidParameterValue.Layers");
  await opened.deploy("ample", { Code: await content(larger) });
  const change = { FunctionName: "ample", Layers };
  const reply = await opened.call("UpdateFunctionConfiguration", change);
  assert.equal(reply.Error?.Code, "InvalidParameterValue.Layers");
  assert.match(reply.Error?.Message ?? "", /500 MB together.*the layers have 500\.0 MB/);
});

it("a function of a -service runtime takes layers for the plain one", async () => {
  const fields = { LayerName: "served", CompatibleRuntimes: ["Nodejs12.16"], Content: await content() };
  await opened.ok("PublishLayerVersion", fields);
  await opened.deploy("service", {
    Type: "HTTP",
    Runtime: "Nodejs12.16-service",
    Handler: "server.js",
    Code: await content({ "server.js": "" }),
    Layers: [{ LayerName: "served", LayerVersion: 1 }],
  });
  const { Layers: told } = await opened.ok("GetFunction", { FunctionName: "service" });
  assert.equal(Object((told as unknown[])[0]).Status, "Active"); // wire type of GetFunction
});
