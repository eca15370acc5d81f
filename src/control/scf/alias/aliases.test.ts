import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openControl, type OpenedControl } from "../../opened-control.suite.ts";

let opened: OpenedControl;
before(async () => {
  opened = await openControl();
  await opened.deploy("fn");
  await opened.ok("PublishVersion", { FunctionName: "fn", Description: "one" });
  await opened.ok("PublishVersion", { FunctionName: "fn" });
});
after(() => opened[Symbol.asyncDispose]());

const weights = (...list: [string, number][]) => ({
  AdditionalVersionWeights: list.map(([Version, Weight]) => ({ Version, Weight })),
});
const match = (over: object) => ({
  AddtionVersionMatchs: [{ Version: "2", Key: "invoke.headers.User", Method: "exact", Expression: "a", ...over }],
});

describe("versions", () => {
  it("are numbered from 1, listed with $LATEST first, and described", async () => {
    const listed = await opened.ok("ListVersionByFunction", { FunctionName: "fn", Order: "ASC" });
    assert.deepEqual(listed["FunctionVersion"], ["$LATEST", "1", "2"]);
    assert.equal(listed["TotalCount"], 3);
    assert.equal(Object(listed["Versions"])[1].Description, "one");
    const page = await opened.ok("ListVersionByFunction", { FunctionName: "fn", Offset: 1, Limit: 1 });
    assert.deepEqual(page["FunctionVersion"], ["2"]);
  });
});

describe("aliases", () => {
  it("begin with $DEFAULT, which can be pointed elsewhere and not deleted", async () => {
    const found = await opened.ok("GetAlias", { FunctionName: "fn", Name: "$DEFAULT" });
    assert.equal(found["FunctionVersion"], "$LATEST");
    await opened.ok("UpdateAlias", { FunctionName: "fn", Name: "$DEFAULT", FunctionVersion: "1" });
    assert.equal(
      await opened.code("DeleteAlias", { FunctionName: "fn", Name: "$DEFAULT" }),
      "FailedOperation.DeleteAlias",
    );
    const again = { FunctionName: "fn", Name: "$DEFAULT", FunctionVersion: "1" };
    assert.equal(await opened.code("CreateAlias", again), "InvalidParameterValue.Alias");
    await opened.ok("UpdateAlias", { ...again, FunctionVersion: "$LATEST" });
  });

  it("take one additional version, by weight or by match", async () => {
    const create = (Name: string, RoutingConfig: object) =>
      opened.code("CreateAlias", { FunctionName: "fn", Name, FunctionVersion: "1", RoutingConfig });
    const refused: [object, string][] = [
      [weights(["2", 1.5]), "InvalidParameterValue.AdditionalVersionWeights"],
      [weights(["2", 0.1], ["$LATEST", 0.1]), "InvalidParameterValue.AdditionalVersionWeights"],
      [weights(["1", 0.1]), "InvalidParameterValue.RoutingConfig"],
      [weights(["9", 0.1]), "ResourceNotFound.FunctionVersion"],
      [{ ...weights(["2", 0.1]), ...match({}) }, "InvalidParameterValue.RoutingConfig"],
      [match({ Method: "like" }), "InvalidParameterValue.RoutingConfig"],
      [match({ Key: "User" }), "InvalidParameterValue.RoutingConfig"],
      [match({ Method: "range", Expression: "1-5" }), "InvalidParameterValue.RoutingConfig"],
      [match({ Method: "range", Expression: "[5,1]" }), "InvalidParameterValue.RoutingConfig"],
    ];
    for (const [routing, code] of refused) assert.equal(await create("x", routing), code, JSON.stringify(routing));
    assert.equal(await create("weighted", weights(["2", 0.25])), "");
    assert.equal(await create("matched", match({ Method: "range", Expression: "(1,5)" })), "");
    assert.equal(await create("weighted", weights(["2", 0.25])), "ResourceInUse.Alias");
    const found = await opened.ok("GetAlias", { FunctionName: "fn", Name: "weighted" });
    assert.deepEqual(found["RoutingConfig"], { ...weights(["2", 0.25]), AddtionVersionMatchs: [] });
    const update = { FunctionName: "fn", Name: "weighted", FunctionVersion: "2", Description: "d" };
    await opened.ok("UpdateAlias", update);
    const changed = await opened.ok("GetAlias", { FunctionName: "fn", Name: "weighted" });
    assert.deepEqual(changed["RoutingConfig"], { AdditionalVersionWeights: [], AddtionVersionMatchs: [] });
  });

  it("are listed with offset and limit as texts", async () => {
    const listed = await opened.ok("ListAliases", { FunctionName: "fn", Offset: "0", Limit: "2" });
    assert.equal(Object(listed["Aliases"]).length, 2);
    assert.ok(Number(listed["TotalCount"]) >= 3);
    assert.equal(await opened.code("ListAliases", { FunctionName: "fn", Limit: 2 }), "InvalidParameter");
    assert.equal(
      await opened.code("ListAliases", { FunctionName: "fn", Limit: "much" }),
      "InvalidParameterValue.Limit",
    );
    assert.equal(await opened.code("DeleteAlias", { FunctionName: "fn", Name: "nobody" }), "ResourceNotFound.Alias");
    await opened.ok("DeleteAlias", { FunctionName: "fn", Name: "matched" });
  });
});

describe("namespaces and the account", () => {
  it("are at most five, and deleted only when empty", async () => {
    assert.equal(
      await opened.code("CreateNamespace", { Namespace: "default" }),
      "InvalidParameterValue.DefaultNamespace",
    );
    for (const Namespace of ["n1", "n2", "n3", "n4"])
      await opened.ok("CreateNamespace", { Namespace, Description: "d" });
    assert.equal(await opened.code("CreateNamespace", { Namespace: "n5" }), "LimitExceeded.Namespace");
    assert.equal(await opened.code("CreateNamespace", { Namespace: "n1" }), "ResourceInUse.Namespace");
    await opened.deploy("inside", { Namespace: "n1" });
    assert.equal(await opened.code("DeleteNamespace", { Namespace: "n1" }), "FailedOperation.DeleteNamespace");
    assert.equal(
      await opened.code("DeleteNamespace", { Namespace: "default" }),
      "InvalidParameterValue.DefaultNamespace",
    );
    assert.equal(await opened.code("DeleteNamespace", { Namespace: "n9" }), "ResourceNotFound.Namespace");
    await opened.ok("DeleteNamespace", { Namespace: "n4" });
    await opened.ok("UpdateNamespace", { Namespace: "n2", Description: "second" });
    const search = [{ Key: "Description", Value: "sec" }];
    const found = await opened.ok("ListNamespaces", { SearchKey: search, Orderby: "Name" });
    assert.deepEqual([found["TotalCount"], Object(found["Namespaces"])[0].Name], [1, "n2"]);
    const account = Object(await opened.ok("GetAccount"));
    assert.equal(account.AccountUsage.NamespacesCount, 4);
    const usage = account.AccountUsage.Namespace.find((one: { Namespace: string }) => one.Namespace === "n1");
    assert.deepEqual([usage.Functions, usage.FunctionsCount], [["inside"], 1]);
    assert.equal(account.AccountLimit.Namespace[0].TimeoutLimit, 900);
  });
});
