import assert from "node:assert/strict";
import { it } from "node:test";
import type { GetFunctionResponse, LayerVersionInfo } from "../../../sdk/src/index.ts";
import { styleFor } from "../../terminal/style.ts";
import { functionRows } from "./function-rows.ts";

const plain: GetFunctionResponse = {
  FunctionName: "hello",
  FunctionId: "lam-12345678",
  Namespace: "default",
  FunctionVersion: "$LATEST",
  Qualifier: "$LATEST",
  Description: "",
  Type: "Event",
  Runtime: "Nodejs26",
  Handler: "index.main_handler",
  MemorySize: 128,
  Timeout: 3,
  InitTimeout: 65,
  Role: "",
  Environment: { Variables: [] },
  Status: "Active",
  StatusDesc: "",
  StatusReasons: [],
  AvailableStatus: "Available",
  CodeInfo: "",
  CodeSize: 300,
  CodeResult: "success",
  CodeError: "",
  ErrNo: 0,
  AddTime: "2026-11-24 10:00:00",
  ModTime: "2026-11-24 11:00:00",
  AccessInfo: { Host: "", Vip: "" },
  Triggers: [],
  Tags: [],
  Layers: [],
  VpcConfig: { VpcId: "", SubnetId: "" },
  ClsLogsetId: "",
  ClsTopicId: "",
  PublicNetConfig: { PublicNetStatus: "ENABLE", EipConfig: { EipStatus: "DISABLE", EipAddress: [] } },
  IntranetConfig: { IpFixed: "DISABLE", IpAddress: [] },
  EipConfig: { EipFixed: "FALSE", Eips: [] },
  InstallDependency: "FALSE",
  AsyncRunEnable: "FALSE",
  TraceEnable: "FALSE",
  DnsCache: "FALSE",
  UseGpu: "FALSE",
  L5Enable: "FALSE",
  OnsEnable: "FALSE",
  RequestId: "",
};

function layer(LayerName: string, LayerVersion: number, Status: string): LayerVersionInfo {
  const rest = { CompatibleRuntimes: [], AddTime: "", Description: "", LicenseInfo: "", Stamp: "", Tags: [] };
  return { LayerName, LayerVersion, Status, ...rest };
}

function rowsOf(changes: Partial<GetFunctionResponse>): Record<string, string> {
  const around = {
    addresses: { form: "event function", url: null, domainUrl: null, tlsUrl: null, tryIt: "gust invoke hello" },
    runtime: "Nodejs26 (26.5.0)",
    versions: ["$LATEST", "1"],
    aliases: [],
  };
  return Object.fromEntries(functionRows({ ...plain, ...changes }, around, styleFor({}, {})));
}

it("a function's rows say what it has, and nothing of what it has not", () => {
  const always = [
    "status",
    "form",
    "try",
    "handler",
    "runtime",
    "limits",
    "code",
    "versions",
    "id",
    "created",
    "changed",
  ];
  assert.deepEqual(Object.keys(rowsOf({})), always);
  const rows = rowsOf({
    Role: "reader",
    Layers: [layer("tools", 3, "Active"), layer("old", 1, "Deleted")],
    InstallDependency: "TRUE",
    ProtocolType: "WS",
    ProtocolParams: { WSParams: { IdleTimeOut: 60 } },
    InstanceConcurrencyConfig: { DynamicEnabled: "FALSE", MaxConcurrency: 10 },
    PublicNetConfig: { ...plain.PublicNetConfig, PublicNetStatus: "DISABLE" },
    VpcConfig: { VpcId: "vpc-1", SubnetId: "subnet-2" },
    DeadLetterConfig: { Type: "CMQ-QUEUE", Name: "lost" },
    ClsLogsetId: "set",
    ClsTopicId: "topic",
    Tags: [{ Key: "team", Value: "blue" }],
    AsyncRunEnable: "TRUE",
  });
  for (const label of always) delete rows[label];
  assert.deepEqual(rows, {
    dependencies: "installed by the server (InstallDependency)",
    layers: "tools 3, old 1 (Deleted)",
    role: "reader",
    protocol: "WebSocket, closed after 60 s without a message",
    concurrency: "at most 10 calls at a time in an instance",
    network: "nothing outside is reached",
    asynchronous: "AsyncRunEnable",
    "private network": "vpc-1 / subnet-2",
    "dead letters": "CMQ-QUEUE lost",
    "log topic": "set / topic",
    tags: "team=blue",
  });
});

it("the URLs of a function are told with what holds for each", () => {
  const kept = { CustomArgument: "", Description: "", AvailableStatus: "Available", AddTime: "", ModTime: "" };
  const rest = {
    ...kept,
    ResourceId: "",
    BindStatus: "on",
    TriggerAttribute: "single",
    TriggerName: "url",
    Type: "http",
  };
  const NetConfig = {
    EnableIntranet: true,
    EnableExtranet: false,
    IntranetUrl: "http://1-a.localhost",
    ExtranetUrl: "",
  };
  const TriggerDesc = JSON.stringify({ AuthType: "CAM", NetConfig });
  const rows = rowsOf({ Triggers: [{ ...rest, Qualifier: "$DEFAULT", Enable: 0, TriggerDesc }] });
  assert.equal(
    rows["function url"],
    "http://1-a.localhost (of $DEFAULT, signed requests alone (CAM), not from public addresses, turned off)",
  );
});
