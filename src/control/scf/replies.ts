import { z } from "zod";
import type { StatusReason } from "../../store/index.ts";
import * as structures from "./structures.ts";

/** Structures of replies, each with its name on the wire (`id`), which the SDK's types take. */

const text = (sentence: string) => z.string().describe(sentence);

const statusReasonShape = z
  .object({ ErrorCode: text("Kind of problem, e.g. `PortBindingFailed`"), ErrorMessage: text("What happened") })
  .meta({ id: "StatusReason" });

export function statusReason(reason: StatusReason): z.input<typeof statusReasonShape> {
  return { ErrorCode: reason.errorCode, ErrorMessage: reason.errorMessage };
}

const eipOut = z
  .object({ EipStatus: text("`ENABLE` or `DISABLE`"), EipAddress: z.array(z.string()).describe("Addresses") })
  .meta({ id: "EipConfigOut" });

const publicNetOut = z
  .object({ PublicNetStatus: text("`ENABLE` or `DISABLE`"), EipConfig: eipOut.describe("Fixed public address") })
  .meta({ id: "PublicNetConfigOut" });

const intranetOut = z
  .object({ IpFixed: text("`ENABLE` or `DISABLE`"), IpAddress: z.array(z.string()).describe("Addresses") })
  .meta({ id: "IntranetConfigOut" });

const eipConfig = z
  .object({ EipFixed: text("`TRUE` or `FALSE`"), Eips: z.array(z.string()).describe("Addresses") })
  .meta({ id: "EipOutConfig" });

export const layerVersionInfo = z
  .object({
    LayerName: text("Name of the layer"),
    LayerVersion: z.int().describe("Version of the layer"),
    Status: text("`Active`; `Deleted` where a function keeps a version that is gone"),
    CompatibleRuntimes: z.array(z.string()).describe("Runtimes of functions that can have it"),
    AddTime: text("When it was published, Asia/Shanghai"),
    Description: text("Description"),
    LicenseInfo: text("License"),
    Stamp: text("Empty"),
    Tags: structures.tags.describe("Tags"),
  })
  .meta({ id: "LayerVersionInfo" });

const triggerFields = {
  TriggerName: text("Name of the trigger"),
  Type: text("Type, e.g. `http`"),
  TriggerDesc: text("What the trigger does, as JSON text; of a function URL with its addresses"),
  Qualifier: text("The version or alias that it calls"),
  Enable: z.int().describe("1: it is on; 0: it is off"),
  CustomArgument: text("What goes with the events of timers"),
  Description: text("Description"),
  AvailableStatus: text("`Available`; `Unavailable`: the API of an `apigw` was deleted"),
  AddTime: text("When it was made, Asia/Shanghai"),
  ModTime: text("When it was changed last, Asia/Shanghai"),
  ResourceId: text("Name of the trigger among all resources"),
  BindStatus: text("`on`"),
  TriggerAttribute: text("`single`"),
};

/** What CreateTrigger and GetFunction tell of a trigger. */
export const trigger = z.object(triggerFields).meta({ id: "Trigger" });

/** An entry of ListTriggers. */
export const triggerInfo = z.object({ ...triggerFields, BoundResources: text("Empty") }).meta({ id: "TriggerInfo" });

const statusText = text(
  "`Creating`, `CreateFailed`, `Active`, `Updating`, `UpdateFailed`, `Publishing`, `PublishFailed`, `Deleting`, `DeleteFailed`",
);

/** What GetFunction tells. */
export const functionDetails = z.object({
  FunctionName: text("Name of the function"),
  FunctionId: text("Id of the function, `lam-` and 8 characters"),
  Namespace: text("Namespace of the function"),
  FunctionVersion: text("Version: `$LATEST` or a number"),
  Qualifier: text("The qualifier that was asked for"),
  Description: text("Description"),
  Type: text("`Event`, `HTTP` or `Service`"),
  Runtime: text("Runtime"),
  Handler: text("Handler"),
  MemorySize: z.int().describe("Memory in MB"),
  Timeout: z.int().describe("Seconds that one call may take"),
  InitTimeout: z.int().describe("Seconds that loading the code may take"),
  Role: text("Role"),
  Environment: structures.environment.describe("Environment variables"),
  Status: statusText,
  StatusDesc: text("The reasons of the status as one text"),
  StatusReasons: z.array(statusReasonShape).describe("Why the function, or an instance of it, does not run"),
  AvailableStatus: text("`Available`"),
  CodeInfo: text("Text of the handler's file, when `ShowCode` asked for it"),
  CodeSize: z.int().describe("Size of the package in bytes"),
  CodeResult: text("`success` or `failed`"),
  CodeError: text("Why the code failed"),
  ErrNo: z.int().describe("0"),
  AddTime: text("When it was created, Asia/Shanghai"),
  ModTime: text("When it was changed last, Asia/Shanghai"),
  AccessInfo: z
    .object({ Host: text("Public domain; empty for event functions"), Vip: text("Empty") })
    .meta({ id: "AccessInfo" })
    .describe("Where the function answers"),
  Triggers: z.array(trigger).describe("Triggers of all versions and aliases"),
  Tags: structures.tags.describe("Tags"),
  Layers: z.array(layerVersionInfo).describe("Layers, in their order"),
  VpcConfig: structures.vpcConfig.describe("As given"),
  ClsLogsetId: text("As given"),
  ClsTopicId: text("As given"),
  DeadLetterConfig: structures.deadLetterConfig.optional().describe("As given"),
  PublicNetConfig: publicNetOut.describe("As given, with Tencent's defaults"),
  IntranetConfig: intranetOut.describe("As given, with Tencent's defaults"),
  EipConfig: eipConfig.describe("`EipFixed` is FALSE"),
  InstallDependency: text("`TRUE` or `FALSE`"),
  AsyncRunEnable: text("As given"),
  TraceEnable: text("As given"),
  DnsCache: text("As given"),
  ProtocolType: z.string().optional().describe("As given"),
  ProtocolParams: structures.protocolParams.optional().describe("As given"),
  InstanceConcurrencyConfig: structures.instanceConcurrencyConfig.optional().describe("As given"),
  UseGpu: text("`FALSE`"),
  L5Enable: text("`FALSE`"),
  OnsEnable: text("`FALSE`"),
});

/** An entry of ListFunctions. */
export const functionSummary = z
  .object({
    FunctionName: text("Name of the function"),
    FunctionId: text("Id of the function"),
    Namespace: text("Namespace of the function"),
    Description: text("Description"),
    Type: text("`Event`, `HTTP` or `Service`"),
    Runtime: text("Runtime"),
    Status: statusText,
    StatusDesc: text("The reasons of the status as one text"),
    StatusReasons: z.array(statusReasonShape).describe("Why the function does not run"),
    AddTime: text("When it was created, Asia/Shanghai"),
    ModTime: text("When it was changed last, Asia/Shanghai"),
    Tags: structures.tags.describe("Tags"),
    TotalProvisionedConcurrencyMem: z.int().describe("0: provisioned concurrency is not available yet"),
    ReservedConcurrencyMem: z.int().describe("0: reserved concurrency is not available yet"),
    AsyncRunEnable: text("As given"),
    TraceEnable: text("As given"),
  })
  .meta({ id: "Function" });
