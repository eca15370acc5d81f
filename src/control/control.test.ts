import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { newRequestId, PlatformError } from "../core/index.ts";
import { eventFunction, openControl, zipOf, type OpenedControl, type Reply } from "./opened-control.suite.ts";

let opened: OpenedControl;
before(async () => {
  opened = await openControl();
});
after(() => opened[Symbol.asyncDispose]());

const error = (reply: Reply) => `${reply.Error?.Code}: ${reply.Error?.Message}`;

describe("the door of the cloud API", () => {
  it("says the caller's authentication problem and nothing else", async () => {
    const problem = { code: "AuthFailure.SignatureFailure", message: "The signature is wrong." };
    const caller = { kind: "refused", problem } as const;
    const reply = await opened.call("NoSuchAction", {}, { caller });
    assert.equal(error(reply), "AuthFailure.SignatureFailure: The signature is wrong.");
  });

  it("names what it does not have: action, version, product", async () => {
    assert.equal(await opened.code("MakeCoffee"), "InvalidAction");
    assert.match(
      error(await opened.call("ListAsyncEvents")),
      /^UnsupportedOperation: ListAsyncEvents is not available yet/,
    );
    assert.match(
      error(await opened.call("GetFunction", {}, { version: "2017-01-01" })),
      /^NoSuchVersion: .*2017-01-01/,
    );
    assert.match(
      error(await opened.call("GetMonitorData", {}, { version: "2018-07-24" })),
      /^NoSuchVersion: .*monitor/,
    );
  });

  it("replies with the call's own request id", async () => {
    const requestId = newRequestId();
    assert.equal((await opened.call("GetAccount", {}, { requestId }))["RequestId"], requestId);
  });

  it("names the missing field, the wrong type and the broken rule", async () => {
    assert.equal(error(await opened.call("GetFunction")), "MissingParameter: FunctionName is required.");
    assert.equal(
      error(await opened.call("ListFunctions", { Limit: "20" })),
      "InvalidParameter: Limit must be a number, not text.",
    );
    assert.match(
      error(await opened.call("GetFunction", { FunctionName: "-x" })),
      /^InvalidParameterValue.FunctionName: FunctionName must be 2–60 .*; it is "-x"\.$/,
    );
    assert.equal(await opened.code("GetFunction", []), "InvalidParameter");
  });

  it("refuses fields that the action does not have, at any depth, and takes null as absent", async () => {
    await opened.ok("ListFunctions", { FieldOfTomorrow: null, Limit: null, Region: "ap-guangzhou" });
    const cases: [object, string][] = [
      [{ FieldOfTomorrow: { a: 1 } }, 'The action has no field "FieldOfTomorrow".'],
      [{ limit: 1 }, 'The action has no field "limit". Did you mean Limit?'],
      [{ Filters: [{ Name: "Type", Values: ["HTTP"], Not: 1 }] }, 'The action has no field "Filters.0.Not".'],
      [{ constructor: 1 }, 'The action has no field "constructor".'],
    ];
    for (const [fields, message] of cases) {
      assert.equal(error(await opened.call("ListFunctions", fields)), `UnknownParameter: ${message}`);
    }
  });

  it("takes dotted fields with text values", async () => {
    const fields = { FunctionName: "flat", Handler: "index.main_handler", Runtime: "Nodejs18.15", MemorySize: "256" };
    const variables = { "Environment.Variables.0.Key": "A", "Environment.Variables.0.Value": "1" };
    const zip = await zipOf({ "index.js": "" });
    const pairs = new Map(Object.entries({ ...fields, ...variables, "Code.ZipFile": zip, Action: "CreateFunction" }));
    await opened.ok("CreateFunction", pairs);
    const found = await opened.ok("GetFunction", { FunctionName: "flat" });
    assert.deepEqual([found["MemorySize"], found["Environment"]], [256, { Variables: [{ Key: "A", Value: "1" }] }]);
  });

  it("says what of the store does not serve it, as something to retry", async () => {
    const { namespaces } = opened.store;
    const list = namespaces.list.bind(namespaces);
    Object.assign(namespaces, {
      list: () => Promise.reject(new PlatformError("StoreUnavailable", "The disk is full.")),
    });
    const reply = await opened.call("ListNamespaces");
    Object.assign(namespaces, { list });
    assert.equal(error(reply), "InternalError.System: The disk is full.");
  });

  it("answers InternalError with the request id, and logs, when it fails itself", async () => {
    const { namespaces } = opened.store;
    const list = namespaces.list.bind(namespaces);
    Object.assign(namespaces, { list: () => Promise.reject(new Error("our bug")) });
    const requestId = newRequestId();
    const reply = await opened.call("ListNamespaces", {}, { requestId });
    Object.assign(namespaces, { list });
    assert.equal(reply.Error?.Code, "InternalError");
    assert.ok(reply.Error?.Message.includes(requestId) && !reply.Error.Message.includes("our bug"));
    assert.match(opened.errors.splice(0).join("\n"), /our bug/);
  });
});

describe("links of GetFunctionAddress", () => {
  it("come without a hash when the package is damaged or lost, so that it is deployed again, and that mends it", async () => {
    await opened.deploy("lost");
    const { CodeSha256: sha256 } = await opened.ok("GetFunctionAddress", { FunctionName: "lost" });
    const file = path.join(
      path.dirname(opened.store.artifacts.imagesDirectory),
      "artifacts",
      String(sha256).slice(0, 2),
      `${String(sha256)}.zip`,
    );
    const given = await eventFunction("lost");
    for (const spoil of [() => rm(file), () => writeFile(file, "damaged")]) {
      await spoil();
      assert.equal((await opened.ok("GetFunctionAddress", { FunctionName: "lost" }))["CodeSha256"], "");
      await opened.ok("UpdateFunctionCode", { FunctionName: "lost", Code: given["Code"] });
      assert.equal((await opened.ok("GetFunctionAddress", { FunctionName: "lost" }))["CodeSha256"], sha256);
    }
  });

  it("give the code package, to whoever has the link", async () => {
    await opened.deploy("linked");
    const { Url: url, CodeSha256: sha256 } = await opened.ok("GetFunctionAddress", { FunctionName: "linked" });
    const prefix = "http://127.0.0.1:4878/-/code/";
    assert.ok(String(url).startsWith(prefix));
    assert.match(String(sha256), /^[0-9a-f]{64}$/);
    const token = String(url).slice(prefix.length);
    const download = await opened.control.download(token);
    const given = await eventFunction("linked");
    assert.equal(download?.name, "linked.zip");
    assert.equal(download?.body.toString("base64"), Object(given["Code"]).ZipFile);
    for (const wrong of ["", "x", `${token}x`, `x${token}`, token.replace(".", ".."), `${token}.${token}`]) {
      assert.equal(await opened.control.download(wrong), null, wrong);
    }
  });
});
