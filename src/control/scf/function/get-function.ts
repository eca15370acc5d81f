import { z } from "zod";
import { limits, qualifiers } from "../../../core/index.ts";
import type { FunctionRecord } from "../../../store/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { flag, functionName, namespace, qualifier } from "../fields.ts";
import { layerInfo } from "../layer/layers.ts";
import { triggerReply } from "../trigger/trigger-reply.ts";
import { functionDetails, statusReason } from "../replies.ts";
import * as structures from "../structures.ts";
import { handlerFile } from "./code-package.ts";
import { findFunction, functionErrors, resolveVersion, type ResolvedVersion } from "./function-record.ts";
import { formatTime } from "../time.ts";

export const getFunction = defineAction({
  name: "GetFunction",
  group: "Functions",
  summary: "Tells everything about one version of a function, its `Status` included.",
  input: z.object({
    FunctionName: functionName,
    Qualifier: qualifier.default(qualifiers.latest).describe("Version or alias"),
    Namespace: namespace,
    ShowCode: flag()
      .optional()
      .describe("`TRUE`: `CodeInfo` has the text of the handler's file, when it is at most 1 MB"),
  }),
  output: functionDetails,
  permission: "scf:GetFunction",
  errors: [...functionErrors, "InvalidParameterValue.Qualifier", "ResourceNotFound.Qualifier"],
  async handle(given, context) {
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    const version = await resolveVersion(context, record, given.Qualifier);
    const codeInfo = given.ShowCode === "TRUE" ? await handlerText(version, context) : "";
    return {
      ...identity(record, version, given.Qualifier),
      ...state(record, version),
      ...configuration(version),
      ...keptValues(version),
      CodeInfo: codeInfo,
      Layers: await layersOf(version, context),
      Triggers: await triggersOf(record, context),
      AccessInfo: { Host: publicHost(record, context), Vip: "" },
    };
  },
});

async function triggersOf(record: FunctionRecord, context: ActionContext) {
  const triggers = await context.store.triggers.list(record.functionId);
  return Promise.all(triggers.map((one) => triggerReply(one, record, context)));
}

/** Public domain of an HTTP function or service; empty for event functions. */
export function publicHost(record: FunctionRecord, context: ActionContext): string {
  return record.domainLabel === "" ? "" : `${record.domainLabel}.${context.config.baseDomain}`;
}

async function handlerText(version: ResolvedVersion, context: ActionContext): Promise<string> {
  const { artifacts } = context.store;
  const options = { signal: context.signal };
  const { entries } = await artifacts.list(version.codeSha256, options);
  const path = handlerFile(version.spec.handler, version.spec.runtime, entries);
  const size = entries.find((entry) => entry.path === path)?.size ?? 0;
  if (path === null || size > limits.package.showCodeBytes) return "";
  return (await artifacts.readText(version.codeSha256, path, limits.package.showCodeBytes, options)) ?? "";
}

/** The function's layers as they are listed; of a version that was deleted no more is known than which it is. */
function layersOf({ spec }: ResolvedVersion, { store }: ActionContext) {
  return Promise.all(
    spec.layers.map(async ({ name, version }) => {
      const found = await store.layers.find(name, version);
      return found === null ? deletedLayer(name, version) : layerInfo(found);
    }),
  );
}

function deletedLayer(name: string, version: number): ReturnType<typeof layerInfo> {
  return {
    LayerName: name,
    LayerVersion: version,
    Status: "Deleted",
    CompatibleRuntimes: [],
    AddTime: "",
    Description: "",
    LicenseInfo: "",
    Stamp: "",
    Tags: [],
  };
}

function identity(record: FunctionRecord, version: ResolvedVersion, asked: string) {
  return {
    FunctionName: record.name,
    FunctionId: record.functionId,
    Namespace: record.namespace,
    FunctionVersion: version.version,
    Qualifier: asked,
    AddTime: formatTime(version.addTime),
    ModTime: formatTime(version.modTime),
  };
}

function state(record: FunctionRecord, version: ResolvedVersion) {
  const reasons = version.statusReasons.map(statusReason);
  const message = reasons.map((reason) => reason.ErrorMessage).join("\n");
  const hasFailed = version.status.endsWith("Failed");
  return {
    Status: version.status,
    StatusDesc: message,
    StatusReasons: reasons,
    AvailableStatus: "Available",
    CodeResult: hasFailed ? "failed" : "success",
    CodeError: hasFailed ? message : "",
    ErrNo: 0,
    CodeSize: version.codeSize,
    Description: version.version === qualifiers.latest ? record.spec.description : version.description,
  };
}

function configuration({ spec }: ResolvedVersion) {
  const wireHandler = spec.kept["Handler"];
  return {
    Type: spec.type,
    Runtime: spec.runtime,
    Handler: typeof wireHandler === "string" ? wireHandler : spec.handler,
    MemorySize: spec.memoryMb,
    Timeout: spec.timeoutS,
    InitTimeout: spec.initTimeoutS,
    Role: spec.role,
    Environment: { Variables: spec.environment.map(({ key, value }) => ({ Key: key, Value: value })) },
    InstallDependency: spec.installsDependencies === true ? "TRUE" : "FALSE",
    UseGpu: "FALSE",
    L5Enable: "FALSE",
    OnsEnable: "FALSE",
    EipConfig: { EipFixed: "FALSE", Eips: [] },
  };
}

/** What was kept as it came, with the documented default where nothing came. */
function keptValues({ spec }: ResolvedVersion) {
  const values = keptShape.parse(spec.kept);
  return {
    ...values,
    PublicNetConfig: {
      PublicNetStatus: values.PublicNetConfig?.PublicNetStatus ?? "ENABLE",
      EipConfig: { EipStatus: values.PublicNetConfig?.EipConfig?.EipStatus ?? "DISABLE", EipAddress: [] },
    },
    IntranetConfig: { IpFixed: values.IntranetConfig?.IpFixed ?? "DISABLE", IpAddress: [] },
  };
}

const text = z.string().default("");
const falseText = z.string().default("FALSE");

/** Reads back what CreateFunction and UpdateFunctionConfiguration checked when they wrote it. */
const keptShape = z.object({
  VpcConfig: structures.vpcConfig.prefault({ VpcId: "", SubnetId: "" }),
  ClsLogsetId: text,
  ClsTopicId: text,
  Tags: structures.tags.default([]),
  DeadLetterConfig: structures.deadLetterConfig.optional(),
  PublicNetConfig: structures.publicNetConfig.optional(),
  IntranetConfig: structures.intranetConfig.optional(),
  AsyncRunEnable: falseText,
  TraceEnable: falseText,
  DnsCache: falseText,
  ProtocolType: z.string().optional(),
  ProtocolParams: structures.protocolParams.optional(),
  InstanceConcurrencyConfig: structures.instanceConcurrencyConfig.optional(),
});
