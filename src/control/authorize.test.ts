import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ApiCall, FunctionId } from "../core/index.ts";
import { permissionsOfRoles } from "./authorize.ts";
import { openControl, type OpenedControl } from "./opened-control.suite.ts";
import { products } from "./products.ts";

let opened: OpenedControl;
before(async () => {
  opened = await openControl();
});
after(() => opened[Symbol.asyncDispose]());

const caller: ApiCall["caller"] = {
  kind: "principal",
  principal: {
    kind: "function",
    appId: "1",
    uin: "1",
    secretId: "AKIDtmp-1",
    functionId: "lam-abcd1234" as FunctionId, // brand: a made-up one
    namespace: "default",
    name: "caller",
    role: "SCF_QcsRole",
  },
};

const sslActions = [...products.ssl.actions.keys()].map((name) => `ssl:${name}`);

describe("a function that calls the API", () => {
  it("may run and read, and nothing that changes anything: an action is closed until somebody opens it", async () => {
    const refused: string[] = [];
    for (const { name: product, version, actions } of Object.values(products)) {
      for (const { name, permission } of actions.values()) {
        const reply = await opened.call(name, {}, { version, caller });
        const isRefused = reply.Error?.Code === "UnauthorizedOperation";
        assert.equal(isRefused, !permissionsOfRoles.has(permission), permission);
        if (isRefused) refused.push(`${product}:${name}`);
      }
    }
    assert.deepEqual(
      refused.filter((name) => !/^(scf:(Create|Update|Delete|Copy|Publish)|apigateway:)/.test(name)),
      [
        ...sslActions,
        "gust:GetStatus",
        "gust:ListRuntimes",
        "gust:InstallRuntime",
        "gust:TryFunction",
        "gust:ExportOpenApi",
      ],
    );
    const permitted = [...permissionsOfRoles].filter((name) => !/^scf:(Get|List)/.test(name));
    assert.deepEqual(permitted, ["scf:Invoke", "scf:InvokeFunction"]);
  });

  it("calls a function, and is told action, role and remedy when it would delete one", async () => {
    await opened.deploy("victim");
    const invoked = await opened.call("Invoke", { FunctionName: "victim" }, { caller });
    assert.equal(Object(invoked["Result"])["InvokeResult"], 0);
    const reply = await opened.call("DeleteFunction", { FunctionName: "victim" }, { caller });
    assert.equal(
      `${reply.Error?.Code}: ${reply.Error?.Message}`,
      'UnauthorizedOperation: The role "SCF_QcsRole" of the function default/caller does not permit scf:DeleteFunction. Roles permit ' +
        "calling functions and reading the account's; policies that permit more do not exist yet. Sign with a key of the account to do this.",
    );
    assert.equal(await opened.code("GetFunction", { FunctionName: "victim" }), "");
  });
});
