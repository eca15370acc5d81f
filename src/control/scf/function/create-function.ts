import { z } from "zod";
import {
  findRuntime,
  limits,
  newFunctionId,
  randomName,
  runtimeNames,
  type FunctionSpec,
  type FunctionType,
} from "../../../core/index.ts";
import type { FunctionTable } from "../../../store/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { broken } from "../../request/validate.ts";
import { flag, functionName, namespace, oneOf } from "../fields.ts";
import { tags } from "../structures.ts";
import { layerUses, requireFittingSize } from "../layer/layer-uses.ts";
import { code, codeSource, formOf, storePackage, zipOf } from "./code-package.ts";
import { configurationErrors, configurationFields, configured, refuseUnavailable, shaped } from "./configuration.ts";
import { announceInBackground, namespaceMissing } from "./function-record.ts";

const kept = { kept: true };

export const handlerField = z
  .string()
  .refine(
    (text) => text === "" || (text.length >= limits.handler.minLength && text.length <= limits.handler.maxLength),
    broken(
      "InvalidParameterValue.Handler",
      `must be ${limits.handler.minLength}–${limits.handler.maxLength} characters`,
    ),
  )
  .describe(
    "`file.method`, e.g. `index.main_handler`; `package.Class::method` for Java; the file to run for a 2019 service; the program for Go1; not needed with `bootstrap` or `scf_bootstrap`",
  );

const input = z.object({
  FunctionName: functionName,
  Code: code.describe("The code: exactly one source"),
  Handler: handlerField.optional(),
  Runtime: z
    .string()
    .refine(
      (name) => findRuntime(name) !== null,
      broken("InvalidParameterValue.Runtime", (name: string) =>
        name.startsWith("Python2")
          ? `must not be ${name}, which is the default of SCF: Python 2 has had no fixes since 2020 and is not run here; give Runtime, e.g. Python3.10, and port the code`
          : `must be one that this server has: ${runtimeNames.join(", ")}`,
      ),
    )
    .prefault("Python2.7")
    .describe(`\`${runtimeNames.join("`, `")}\`; the default is Tencent's and not available here`),
  Namespace: namespace,
  Type: oneOf(["Event", "HTTP", "Service"], "InvalidParameterValue.FunctionType")
    .prefault("Event")
    .describe(
      "`Event`: called with an event; `HTTP`: called with requests; `Service`: a server that listens on a port",
    ),
  CodeSource: codeSource,
  ...configurationFields,
  ProtocolType: oneOf(["WS"], "InvalidParameterValue.WebSocketsParams")
    .optional()
    .describe("`WS`: the HTTP function takes WebSockets; a service always does"),
  Tags: tags.optional().describe("Tags; ListFunctions can filter by them"),
  AutoDeployClsTopicIndex: flag().optional().describe("`TRUE` makes an index of the log topic").meta(kept),
  AutoCreateClsTopic: flag().optional().describe("`TRUE` makes a log topic").meta(kept),
});

export const createFunction = defineAction({
  name: "CreateFunction",
  group: "Functions",
  summary: "Creates a function. It is `Creating` first: poll GetFunction until its `Status` is `Active`.",
  input,
  output: z.object({}),
  permission: "scf:CreateFunction",
  errors: [
    "InvalidParameterValue.FunctionName",
    "InvalidParameterValue.Namespace",
    "InvalidParameterValue.Handler",
    "InvalidParameterValue.Runtime",
    "InvalidParameterValue.FunctionType",
    "InvalidParameterValue.Code",
    "InvalidParameterValue.CodeSource",
    "InvalidParameterValue.ZipFile",
    "InvalidParameterValue.ZipFileBase64BinasciiError",
    ...configurationErrors,
    "LimitExceeded.Function",
    "ResourceInUse.FunctionName",
    "ResourceNotFound.Namespace",
    "UnsupportedOperation",
  ],
  async handle(given, context) {
    refuseUnavailable(given);
    requireFittingRuntime(given.Type, given.Runtime);
    const zip = zipOf(given.Code);
    if (zip === undefined) throw new ApiError("InvalidParameterValue.Code", "Code names no source; send ZipFile.");
    await requireFreeName(given.Namespace, given.FunctionName, context);
    const base = newSpec(given);
    const layers = await layerUses(given.Layers, base, context);
    await using stored = await storePackage(zip, limits.package.zipBytes, context);
    const { codeSha256, codeSize, listing } = stored;
    const wanted = { type: given.Type, runtime: given.Runtime, handler: given.Handler ?? "" };
    const spec = shaped(configured(base, given, layers), formOf(wanted, listing.entries));
    requireFittingSize(listing.unpackedBytes, spec.layers);
    const created = {
      functionId: newFunctionId(),
      namespace: given.Namespace,
      name: given.FunctionName,
      domainLabel: spec.type === "Event" ? "" : domainLabel(given.FunctionName),
      spec,
      codeSha256,
      codeSize,
    };
    stored.markUsed(); // before the write: when its outcome stays unknown, the package has to be there
    const outcome = await context.store.functions.create(created, limits.functionsPerNamespace);
    const refusal = creationRefusal(outcome, given.Namespace, given.FunctionName);
    if (refusal !== null) throw refusal;
    announceInBackground(context, created.functionId);
    return {};
  },
});

type Outcome = Awaited<ReturnType<FunctionTable["create"]>>;

const refusals: Readonly<Record<Outcome, (inNamespace: string, name: string) => ApiError | null>> = {
  created: () => null,
  exists: nameTaken,
  "namespace-missing": namespaceMissing,
  limit: functionLimit,
};

/** Why the store did not create a function; null when it did. */
export function creationRefusal(outcome: Outcome, inNamespace: string, name: string): ApiError | null {
  return refusals[outcome](inNamespace, name);
}

function newSpec(given: z.output<typeof input>): FunctionSpec {
  const values = {
    Handler: given.Handler,
    ProtocolType: given.ProtocolType,
    Tags: given.Tags,
    AutoDeployClsTopicIndex: given.AutoDeployClsTopicIndex,
    AutoCreateClsTopic: given.AutoCreateClsTopic,
  };
  return {
    ...defaultSpec,
    type: given.Type,
    runtime: given.Runtime,
    kept: Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)),
  };
}

/** What a function has that says nothing about itself. */
export const defaultSpec = {
  type: "Event",
  form: "event",
  handler: "",
  runtime: "",
  description: "",
  memoryMb: limits.memoryMb.default,
  timeoutS: limits.timeoutS.default,
  initTimeoutS: limits.initTimeoutS.default,
  environment: [],
  role: "",
  layers: [],
  concurrencyPerInstance: 1,
  webSocketIdleS: null,
  kept: {},
} as const satisfies FunctionSpec;

function requireFittingRuntime(type: FunctionType, runtime: string): void {
  if (type !== "Event" || findRuntime(runtime)?.isService !== true) return;
  throw new ApiError("InvalidParameterValue.Runtime", `Runtime ${runtime} needs Type HTTP or Service; Type is Event.`);
}

/** Before the package is kept, so that a refused call leaves nothing; the database decides in the end. */
async function requireFreeName(inNamespace: string, name: string, context: ActionContext): Promise<void> {
  if ((await context.store.namespaces.find(inNamespace)) === null) throw namespaceMissing(inNamespace);
  if ((await context.store.functions.find(inNamespace, name)) !== null) throw nameTaken(inNamespace, name);
  const counts = await context.store.functions.countByNamespace();
  if ((counts.get(inNamespace) ?? 0) >= limits.functionsPerNamespace) throw functionLimit(inNamespace);
}

export function nameTaken(inNamespace: string, name: string): ApiError {
  return new ApiError("ResourceInUse.FunctionName", `Namespace ${inNamespace} has a function ${name} already.`);
}

function functionLimit(inNamespace: string): ApiError {
  return new ApiError(
    "LimitExceeded.Function",
    `Namespace ${inNamespace} has ${limits.functionsPerNamespace} functions, as many as it may; delete one, or use another namespace.`,
  );
}

const labelLength = 63;
const labelIdLength = 8;

/** First label of the public domain: `<name>-<8 random characters>`, as a host name may be written. */
export function domainLabel(name: string): string {
  const readable = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .slice(0, labelLength - labelIdLength - 1);
  return `${readable}-${randomName(labelIdLength)}`;
}
