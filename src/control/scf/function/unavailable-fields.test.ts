import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventFunction, openControl, type OpenedControl } from "../../opened-control.suite.ts";

let opened: OpenedControl;
before(async () => {
  opened = await openControl();
});
after(() => opened[Symbol.asyncDispose]());

const mount = {
  UserId: "0",
  UserGroupId: "0",
  CfsId: "cfs-1",
  MountInsId: "cfs-1",
  LocalMountDir: "/mnt",
  RemoteMountDir: "/",
};

describe("fields that this platform does not act on", () => {
  it("are refused by name where they would be missed, at creation and at every change", async () => {
    const cases: [object, RegExp][] = [
      [{ CfsConfig: { CfsInsList: [mount] } }, /CfsConfig/],
      [{ DeadLetterConfig: { Type: "CMQ-QUEUE", Name: "dead" } }, /DeadLetterConfig; GetRequestStatus/],
      [{ AsyncRunEnable: "TRUE" }, /AsyncRunEnable TRUE .*900 s/],
      [{ InstanceConcurrencyConfig: { Type: "Session-Based" } }, /Session-Based/],
      [{ InstanceConcurrencyConfig: { SessionConfig: { SessionName: "id" } } }, /SessionConfig/],
      [{ InstanceConcurrencyConfig: { SessionConfig: { MaximumTTLInSeconds: 60 } } }, /SessionConfig/],
      [{ InstanceConcurrencyConfig: { InstanceIsolationEnabled: "TRUE" } }, /InstanceIsolationEnabled TRUE/],
      [{ InstanceConcurrencyConfig: { MixNodeConfig: [{ NodeSpec: "T4", Num: 1 }] } }, /MixNodeConfig/],
    ];
    await opened.deploy("asked");
    const update = (fields: object) => opened.call("UpdateFunctionConfiguration", { FunctionName: "asked", ...fields });
    for (const [fields, sentence] of cases) {
      const create = opened.call("CreateFunction", { ...(await eventFunction("refused")), ...fields });
      for (const { Error: error } of await Promise.all([create, update(fields)])) {
        assert.equal(error?.Code, "UnsupportedOperation", JSON.stringify(fields));
        assert.match(error.Message, sentence);
      }
    }
    assert.match((await update({ L5Enable: "TRUE" })).Error?.Message ?? "", /L5Enable TRUE/);
  });

  it("are taken empty, as tools send them beside what was asked for", async () => {
    const empty = {
      Layers: [],
      InstallDependency: "FALSE",
      CfsConfig: { CfsInsList: [] },
      VpcConfig: { VpcId: "", SubnetId: "" },
      ClsLogsetId: "",
      ClsTopicId: "",
      Role: "",
      DeadLetterConfig: { Type: "", Name: "", FilterType: "" },
      PublicNetConfig: { PublicNetStatus: "ENABLE", EipConfig: { EipStatus: "DISABLE" } },
      AsyncRunEnable: "FALSE",
      TraceEnable: "FALSE",
      InstanceConcurrencyConfig: { DynamicEnabled: "", Type: "", InstanceIsolationEnabled: "FALSE", MixNodeConfig: [] },
    };
    await opened.deploy("careful", { ...empty, Tags: [] });
    await opened.ok("UpdateFunctionConfiguration", { FunctionName: "careful", L5Enable: "FALSE", ...empty });
  });
});
