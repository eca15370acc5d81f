import { z } from "zod";
import { limits, type FunctionSpec, type LayerUse } from "../../../core/index.ts";
import { ApiError } from "../../api-error.ts";
import type { ErrorCode } from "../../error-codes.ts";
import { broken } from "../../request/validate.ts";
import { description, flag, shortText } from "../fields.ts";
import * as structures from "../structures.ts";
import type { PackageForm } from "./code-package.ts";

const memory = limits.memoryMb;

const memorySize = z
  .int()
  .refine(
    (mb) => mb === memory.smallest || (mb >= memory.min && mb <= memory.max && mb % memory.step === 0),
    broken(
      "InvalidParameterValue.MemorySize",
      `must be ${memory.smallest}, or ${memory.min}–${memory.max} in steps of ${memory.step} (MB)`,
    ),
  );

const timeout = z
  .int()
  .refine((s) => s >= limits.timeoutS.min, broken("InvalidParameterValue", `must be at least ${limits.timeoutS.min} s`))
  .refine((s) => s <= limits.timeoutS.max, broken("LimitExceeded.Timeout", `must be at most ${limits.timeoutS.max} s`));

const initTimeout = z
  .int()
  .refine(
    (s) => s >= limits.initTimeoutS.min,
    broken("InvalidParameterValue", `must be at least ${limits.initTimeoutS.min} s`),
  )
  .refine(
    (s) => s <= limits.initTimeoutS.max,
    broken("LimitExceeded.InitTimeout", `must be at most ${limits.initTimeoutS.max} s`),
  );

export const installDependency = flag()
  .optional()
  .describe(
    "`TRUE`: at every deployment the platform installs what package.json (`npm ci` with a lock file, else `npm install`; without dev dependencies) or requirements.txt (pip) asks for",
  );

/** Marks a field that is kept and given back, but that nothing acts on yet: the reference says so. */
const kept = { kept: true };

/** Fields that the platform keeps for GetFunction. */
const keptFields = {
  VpcConfig: structures.vpcConfig
    .optional()
    .describe("Private network. Which ones functions reach is decided where the server runs")
    .meta(kept),
  ClsLogsetId: shortText().optional().describe("Logset of the log service. Logs stay here: GetFunctionLogs").meta(kept),
  ClsTopicId: shortText().optional().describe("Topic of the log service. Logs stay here: GetFunctionLogs").meta(kept),
  DeadLetterConfig: structures.deadLetterConfig
    .optional()
    .describe("Where events go that failed for good: not available yet; only empty names are taken"),
  PublicNetConfig: structures.publicNetConfig
    .optional()
    .describe(
      "Way to the internet. Connections leave from the server's address; `DISABLE` cuts the function off, which needs containers",
    ),
  TraceEnable: flag("InvalidParameterValue.TraceEnable")
    .optional()
    .describe("Event tracing, `TRUE` or `FALSE`. GetRequestStatus tells of every event")
    .meta(kept),
  AsyncRunEnable: flag().optional().describe("`TRUE` (long asynchronous runs) is not available yet"),
  DnsCache: flag().optional().describe("Cache for DNS, `TRUE` or `FALSE`. The server's resolver decides").meta(kept),
  IntranetConfig: structures.intranetConfig
    .optional()
    .describe("Fixed private address. Connections leave from the server's address")
    .meta(kept),
};

/** Fields that change how a function runs, of CreateFunction and UpdateFunctionConfiguration alike. */
export const configurationFields = {
  Description: description.optional(),
  MemorySize: memorySize
    .optional()
    .describe(
      `Memory in MB: ${memory.smallest}, or ${memory.min}–${memory.max} in steps of ${memory.step}; ${memory.default} at creation`,
    ),
  Timeout: timeout
    .optional()
    .describe(
      `Seconds that one call may take, ${limits.timeoutS.min}–${limits.timeoutS.max}; ${limits.timeoutS.default} at creation. Services have no limit`,
    ),
  InitTimeout: initTimeout
    .optional()
    .describe(
      `Seconds that loading the code may take, ${limits.initTimeoutS.min}–${limits.initTimeoutS.max}; ${limits.initTimeoutS.default} at creation`,
    ),
  Environment: structures.environment.optional().describe("Environment variables; replaces all earlier ones"),
  Role: shortText()
    .optional()
    .describe(
      "Role of the function: with one, of any name, it gets temporary credentials that may call functions and read",
    ),
  InstanceConcurrencyConfig: structures.instanceConcurrencyConfig
    .optional()
    .describe(
      `Calls at a time in one instance of an HTTP function; ${limits.maxConcurrency.default} when absent. A service takes calls as they come`,
    ),
  ProtocolParams: structures.protocolParams.optional().describe("Parameters of `ProtocolType`"),
  InstallDependency: installDependency,
  Layers: structures.layers
    .optional()
    .describe(
      `Layers, at most ${limits.layers}, laid over each other in this order; replaces all earlier ones; an empty list, or one layer with an empty name, removes all`,
    ),
  CfsConfig: structures.cfsConfig.optional().describe("File systems: not available yet; only an empty list is taken"),
  ...keptFields,
};

/** What these fields are refused with, in both actions. */
export const configurationErrors = [
  "InvalidParameterValue.Description",
  "InvalidParameterValue.MemorySize",
  "LimitExceeded.Timeout",
  "LimitExceeded.InitTimeout",
  "InvalidParameterValue.Environment",
  "InvalidParameterValue.EnvironmentSystemProtect",
  "InvalidParameterValue.EnvironmentExceededLimit",
  "InvalidParameterValue.InstanceConcurrencyConfig",
  "InvalidParameterValue.DynamicEnabled",
  "InvalidParameterValue.MaxConcurrency",
  "InvalidParameterValue.WebSocketsParams",
  "InvalidParameterValue.IdleTimeOut",
  "InvalidParameterValue.PublicNetConfig",
  "InvalidParameterValue.TraceEnable",
  "InvalidParameterValue.Vpc",
  "LimitExceeded.Layers",
  "InvalidParameterValue.LayerName",
  "InvalidParameterValue.Layers",
  "ResourceNotFound.Layer",
  "ResourceNotFound.LayerVersion",
] as const satisfies readonly ErrorCode[];

const configuration = z.object(configurationFields);
export type Configuration = z.output<typeof configuration>;

/** Refuses what would be missed if it were silently ignored. Empty values, which tools send, ask for nothing. */
export function refuseUnavailable(input: Partial<Configuration> & { readonly L5Enable?: string | undefined }): void {
  const { DeadLetterConfig: deadLetter, InstanceConcurrencyConfig: concurrency } = input;
  const asked: readonly (readonly [isAsked: boolean | undefined, what: string])[] = [
    [(input.CfsConfig?.CfsInsList.length ?? 0) > 0, "File systems (CfsConfig) are"],
    [
      deadLetter !== undefined && `${deadLetter.Type}${deadLetter.Name}` !== "",
      "A queue for events that failed for good (DeadLetterConfig; GetRequestStatus tells of them) is",
    ],
    [
      input.AsyncRunEnable === "TRUE",
      `AsyncRunEnable TRUE (any function takes asynchronous events, of at most ${limits.timeoutS.max} s each) is`,
    ],
    [input.L5Enable === "TRUE", "L5 (L5Enable TRUE) is"],
    [
      concurrency?.Type === "Session-Based" ||
        Object.values(concurrency?.SessionConfig ?? {}).some((value) => value !== "" && value !== 0),
      "Keeping sessions on one instance (InstanceConcurrencyConfig: Session-Based, SessionConfig) is",
    ],
    [concurrency?.InstanceIsolationEnabled === "TRUE", "InstanceConcurrencyConfig.InstanceIsolationEnabled TRUE is"],
    [(concurrency?.MixNodeConfig?.length ?? 0) > 0, "GPU nodes (InstanceConcurrencyConfig.MixNodeConfig) are"],
  ];
  const first = asked.find(([isAsked]) => isAsked === true);
  if (first !== undefined) throw new ApiError("UnsupportedOperation", `${first[1]} not available yet.`);
}

/** The specification with the given fields changed; fields that are absent stay. */
export function configured(
  base: FunctionSpec,
  input: Partial<Configuration>,
  layers?: readonly LayerUse[],
): FunctionSpec {
  const keptNow: Record<string, unknown> = { ...base.kept };
  for (const name of [...Object.keys(keptFields), "InstanceConcurrencyConfig", "ProtocolParams"]) {
    const value = input[name as keyof Configuration]; // names come from the same schema
    if (value !== undefined) keptNow[name] = value;
  }
  return {
    ...base,
    layers: layers ?? base.layers,
    description: input.Description ?? base.description,
    memoryMb: input.MemorySize ?? base.memoryMb,
    timeoutS: input.Timeout ?? base.timeoutS,
    initTimeoutS: input.InitTimeout ?? base.initTimeoutS,
    role: input.Role ?? base.role,
    ...installing(input.InstallDependency),
    isOffline:
      input.PublicNetConfig === undefined
        ? base.isOffline === true
        : input.PublicNetConfig.PublicNetStatus === "DISABLE",
    environment:
      input.Environment === undefined
        ? base.environment
        : (input.Environment.Variables ?? []).map(({ Key, Value }) => ({ key: Key, value: Value })),
    kept: keptNow,
  };
}

/** Whether dependencies are installed, where that was asked. */
export function installing(asked: "TRUE" | "FALSE" | undefined): Pick<FunctionSpec, "installsDependencies"> {
  return asked === undefined ? {} : { installsDependencies: asked === "TRUE" };
}

/** The specification for the form that its package has: concurrency and WebSocket follow from it. Throws when they do not fit. */
export function shaped(spec: FunctionSpec, { form, handler }: PackageForm): FunctionSpec {
  const whole = { ...spec, form, handler };
  return {
    ...whole,
    concurrencyPerInstance: concurrencyOf(whole),
    webSocketIdleS: webSocketIdleOf(whole),
  };
}

function concurrencyOf({ form, kept: values }: FunctionSpec): number {
  const config = structures.instanceConcurrencyConfig.safeParse(values["InstanceConcurrencyConfig"] ?? {}).data ?? {};
  const isSet = config.MaxConcurrency !== undefined || (config.DynamicEnabled ?? "") !== "";
  if (form === "service") return 0;
  if (form === "http") {
    const isOwn = config.DynamicEnabled !== "" && config.DynamicEnabled !== "TRUE";
    return (isOwn ? config.MaxConcurrency : undefined) ?? limits.maxConcurrency.default;
  }
  if (!isSet) return 1;
  throw new ApiError(
    "InvalidParameterValue.InstanceConcurrencyConfig",
    "InstanceConcurrencyConfig is for functions of type HTTP; an instance of an event function runs one call at a time.",
  );
}

/** Seconds of silence: as asked for; a service that did not ask takes WebSockets too, as long as they may be; an HTTP function takes none then. */
function webSocketIdleOf({ form, kept: values }: FunctionSpec): number | null {
  const asked = values["ProtocolType"] === "WS";
  const params = structures.protocolParams.safeParse(values["ProtocolParams"] ?? {}).data ?? {};
  const idleS = params.WSParams?.IdleTimeOut;
  if (form === "service") return idleS ?? (asked ? limits.webSocketIdleS.default : limits.webSocketIdleS.max);
  if (!asked && idleS === undefined) return null;
  if (form === "http") return idleS ?? limits.webSocketIdleS.default;
  throw new ApiError(
    "InvalidParameterValue.WebSocketsParams",
    "WebSocket (ProtocolType WS, WSParams) is for HTTP functions and HTTP services, not for event functions.",
  );
}
