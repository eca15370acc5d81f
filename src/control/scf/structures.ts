import { z } from "zod";
import { limits } from "../../core/index.ts";
import { broken } from "../request/validate.ts";
import { oneOf, shortText } from "./fields.ts";

/** Structures of requests, each with its name on the wire (`id`), which the SDK's types take. */

const reservedPrefixes = limits.environment.reservedPrefixes;

const variable = z
  .object({
    Key: z.string().describe("Letters, digits and `_`; begins with a letter"),
    Value: z.string().default("").describe("Value of the variable"),
  })
  .meta({ id: "Variable" });

type Variables = readonly { readonly Key: string; readonly Value: string }[];

const variables = z
  .array(variable)
  .refine(
    (list: Variables) => list.every(({ Key }) => limits.environment.keyPattern.test(Key)),
    broken("InvalidParameterValue.Environment", "must have names of letters, digits and _ that begin with a letter"),
  )
  .refine(
    (list: Variables) => list.every(({ Key }) => !reservedPrefixes.some((prefix) => Key.startsWith(prefix))),
    broken(
      "InvalidParameterValue.EnvironmentSystemProtect",
      `must not have names that begin with ${reservedPrefixes.join(", ")}: these are the platform's`,
    ),
  )
  .refine(
    (list: Variables) => new Set(list.map(({ Key }) => Key)).size === list.length,
    broken("InvalidParameterValue.Environment", "must not name a variable twice"),
  )
  .refine(
    (list: Variables) => environmentBytes(list) <= limits.environment.totalBytes,
    broken(
      "InvalidParameterValue.EnvironmentExceededLimit",
      (list: Variables) =>
        `must be at most ${limits.environment.totalBytes} bytes together, names and values; they are ${environmentBytes(list)}`,
    ),
  );

function environmentBytes(list: Variables): number {
  return list.reduce((sum, { Key, Value }) => sum + Buffer.byteLength(Key) + Buffer.byteLength(Value), 0);
}

export const environment = z
  .object({
    Variables: variables
      .optional()
      .describe("Variables that the function sees; at most 4 KB together, names and values"),
  })
  .meta({ id: "Environment" });

export const vpcConfig = z
  .object({
    VpcId: shortText("InvalidParameterValue.Vpc").optional().describe("Id of the private network"),
    SubnetId: shortText("InvalidParameterValue.Vpc").optional().describe("Id of the subnet"),
  })
  .meta({ id: "VpcConfig" });

const layer = z
  .object({
    LayerName: shortText("InvalidParameterValue.LayerName").describe("Name of the layer"),
    LayerVersion: z.int().describe("Version of the layer"),
  })
  .meta({ id: "LayerVersionSimple" });

export const layers = z
  .array(layer)
  .refine(
    (list) => list.length <= limits.layers,
    broken("LimitExceeded.Layers", `must be at most ${limits.layers} layers`),
  );

export const deadLetterConfig = z
  .object({
    Type: shortText().describe("`CMQ-QUEUE` or `CMQ-TOPIC`"),
    Name: shortText().describe("Name of the queue or topic"),
    FilterType: shortText().optional().describe("Kind of filter of a topic"),
  })
  .meta({ id: "DeadLetterConfig" });

const onOff = oneOf(["ENABLE", "DISABLE"], "InvalidParameterValue.PublicNetConfig");

const eipConfig = z.object({ EipStatus: onOff.describe("`ENABLE` or `DISABLE`") }).meta({ id: "EipConfigIn" });

export const publicNetConfig = z
  .object({
    PublicNetStatus: onOff.describe("`ENABLE` or `DISABLE`: whether the function reaches the internet"),
    EipConfig: eipConfig.optional().describe("Fixed public address for outgoing connections"),
  })
  .meta({ id: "PublicNetConfigIn" });

const cfsMount = z
  .object({
    UserId: shortText().describe("User id of the mount"),
    UserGroupId: shortText().describe("Group id of the mount"),
    CfsId: shortText().describe("Id of the file system"),
    MountInsId: shortText().describe("Id of the mount point"),
    LocalMountDir: shortText().describe("Directory inside the function"),
    RemoteMountDir: shortText().describe("Directory of the file system"),
    IpAddress: shortText().optional().describe("Address of the file system"),
    MountVpcId: shortText().optional().describe("Private network of the file system"),
    MountSubnetId: shortText().optional().describe("Subnet of the file system"),
  })
  .meta({ id: "CfsInsInfo" });

export const cfsConfig = z
  .object({ CfsInsList: z.array(cfsMount).describe("File systems to mount") })
  .meta({ id: "CfsConfig" });

const tag = z
  .object({ Key: shortText().describe("Key of the tag"), Value: shortText().describe("Value of the tag") })
  .meta({ id: "Tag" });

export const tags = z
  .array(tag)
  .refine((list) => list.length <= limits.tags, broken("InvalidParameterValue", `must be at most ${limits.tags} tags`));

const idle = limits.webSocketIdleS;

const wsParams = z
  .object({
    IdleTimeOut: z
      .int()
      .refine(
        (seconds) => seconds >= idle.min && seconds <= idle.max,
        broken("InvalidParameterValue.IdleTimeOut", `must be ${idle.min}–${idle.max} s`),
      )
      .optional()
      .describe(`Seconds that a WebSocket may be silent, ${idle.min}–${idle.max}; ${idle.default} when absent`),
  })
  .meta({ id: "WSParams" });

export const protocolParams = z
  .object({ WSParams: wsParams.optional().describe("Parameters of the WebSocket protocol") })
  .meta({ id: "ProtocolParams" });

const concurrency = limits.maxConcurrency;

const sessionConfig = z
  .object({
    SessionSource: shortText().optional().describe("`HEADER`, `COOKIE` or `QUERY_STRING`"),
    SessionName: shortText().optional().describe("Name of the header, cookie or parameter"),
    SessionPath: shortText().optional().describe("Path of the cookie"),
    MaximumConcurrencySessionPerInstance: z.int().optional().describe("Sessions at a time in one instance"),
    MaximumTTLInSeconds: z.int().optional().describe("Longest life of a session"),
    MaximumIdleTimeInSeconds: z.int().optional().describe("Longest silence of a session"),
    IdleTimeoutStrategy: shortText().optional().describe("What becomes of a silent session"),
  })
  .meta({ id: "SessionConfig" });

const mixNode = z
  .object({
    NodeSpec: shortText().optional().describe("Kind of GPU node"),
    Num: z.int().optional().describe("Calls at a time on it"),
  })
  .meta({ id: "MixNodeConfig" });

export const instanceConcurrencyConfig = z
  .object({
    DynamicEnabled: oneOf(["TRUE", "FALSE", ""], "InvalidParameterValue.DynamicEnabled")
      .optional()
      .describe("`TRUE`: the platform decides; `FALSE`: `MaxConcurrency` does; empty text: back to the default"),
    MaxConcurrency: z
      .int()
      .refine(
        (calls) => calls >= concurrency.min && calls <= concurrency.max,
        broken("InvalidParameterValue.MaxConcurrency", `must be ${concurrency.min}–${concurrency.max}`),
      )
      .optional()
      .describe(`Calls at a time in one instance, ${concurrency.min}–${concurrency.max}`),
    Type: oneOf(["Request-Based", "Session-Based", ""], "InvalidParameterValue")
      .optional()
      .describe("What is counted: `Request-Based`; `Session-Based` is not available yet"),
    InstanceIsolationEnabled: oneOf(["TRUE", "FALSE", ""], "InvalidParameterValue")
      .optional()
      .describe("`TRUE` (a sandbox for each session) is not available yet"),
    SessionConfig: sessionConfig.optional().describe("Where a request's session stands: not available yet"),
    MixNodeConfig: z.array(mixNode).optional().describe("GPU nodes: not available yet; only an empty list is taken"),
  })
  .meta({ id: "InstanceConcurrencyConfig" });

const label = z
  .object({ Key: shortText().describe("Key of the label"), Value: shortText().describe("Value of the label") })
  .meta({ id: "K8SLabel" });

const toleration = z
  .object({
    Key: shortText().optional().describe("Key of the taint"),
    Operator: shortText().optional().describe("How it is compared"),
    Effect: shortText().optional().describe("Effect of the taint"),
    Value: shortText().optional().describe("Value of the taint"),
    TolerationSeconds: z.int().optional().describe("For how long"),
  })
  .meta({ id: "K8SToleration" });

const cluster = z
  .object({
    ClusterID: shortText().describe("Id of the cluster"),
    SubnetID: shortText().describe("Id of the subnet"),
    Namespace: shortText().describe("Namespace in the cluster"),
    DataPath: shortText().optional().describe("Directory for data"),
    NodeSelector: z.array(label).optional().describe("Labels of its nodes"),
    Tolerations: z.array(toleration).optional().describe("Taints that it bears"),
    Port: z.int().optional().describe("Port on the nodes"),
    PodTemplatePatch: shortText("InvalidParameterValue", 65_536).optional().describe("Changes to the pods"),
  })
  .meta({ id: "NamespaceResourceEnvTKE" });

export const resourceEnvironment = z
  .object({
    TKE: cluster.optional().describe("A Kubernetes cluster to run in"),
    OFFLINE: z.boolean().optional().describe("Whether it has left"),
  })
  .meta({ id: "NamespaceResourceEnv" });

export const intranetConfig = z
  .object({
    IpFixed: oneOf(["ENABLE", "DISABLE"], "InvalidParameterValue").describe(
      "Whether the function's private address is fixed",
    ),
  })
  .meta({ id: "IntranetConfigIn" });
