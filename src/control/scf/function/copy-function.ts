import { z } from "zod";
import { defaultNamespace, limits, newFunctionId, type FunctionSpec } from "../../../core/index.ts";
import type { FunctionRecord } from "../../../store/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { description, functionName, namespace, requiredNamespace, shortText } from "../fields.ts";
import { shaped } from "./configuration.ts";
import { creationRefusal, defaultSpec, domainLabel, nameTaken } from "./create-function.ts";
import {
  announceInBackground,
  findFunction,
  functionErrors,
  requireActive,
  requireSettled,
  updateLatest,
} from "./function-record.ts";

export const copyFunction = defineAction({
  name: "CopyFunction",
  group: "Functions",
  summary: "Makes a function with the code of another, and its configuration if wanted.",
  input: z.object({
    FunctionName: functionName,
    NewFunctionName: functionName.describe("Name of the new function"),
    Namespace: namespace,
    TargetNamespace: requiredNamespace.default(defaultNamespace).describe("Namespace of the new function"),
    Description: description.optional().describe("Description of the new function; that of the old one when absent"),
    TargetRegion: shortText().optional().describe("Only the region of this server"),
    Override: z.boolean().default(false).describe("Whether a function that has the new name already is overwritten"),
    CopyConfiguration: z
      .boolean()
      .default(true)
      .describe("Whether environment, memory, time limits, layers, description, tags and the like are copied too"),
  }),
  output: z.object({}),
  permission: "scf:CopyFunction",
  errors: [
    ...functionErrors,
    "InvalidParameterValue.Description",
    "InvalidParameterValue.Param",
    "LimitExceeded.Function",
    "ResourceInUse.FunctionName",
    "FailedOperation.CopyFunction",
    "FailedOperation.FunctionStatusError",
    "FailedOperation.OperationConflict",
    "UnsupportedOperation.CopyFunction",
  ],
  async handle(given, context) {
    if (given.TargetRegion !== undefined && given.TargetRegion !== context.config.region) {
      throw new ApiError(
        "UnsupportedOperation.CopyFunction",
        `A function can be copied within its region alone: TargetRegion must be ${context.config.region} or absent.`,
      );
    }
    if (given.FunctionName === given.NewFunctionName && given.Namespace === given.TargetNamespace) {
      throw new ApiError(
        "InvalidParameterValue.Param",
        "NewFunctionName and TargetNamespace name the function itself.",
      );
    }
    const source = await findFunction(context, given.Namespace, given.FunctionName);
    requireActive(source);
    const spec = copiedSpec(source, given.CopyConfiguration, given.Description);
    const existing = await context.store.functions.find(given.TargetNamespace, given.NewFunctionName);
    if (existing === null) await createCopy(source, spec, given.TargetNamespace, given.NewFunctionName, context);
    else await overwrite(existing, source, spec, given.Override, context);
    return {};
  },
});

function copiedSpec(source: FunctionRecord, withConfiguration: boolean, text: string | undefined): FunctionSpec {
  const { spec } = source;
  if (withConfiguration) return { ...spec, description: text ?? spec.description };
  const handler = spec.kept["Handler"];
  const bare = {
    ...defaultSpec,
    type: spec.type,
    runtime: spec.runtime,
    description: text ?? "",
    kept: handler === undefined ? {} : { Handler: handler },
  };
  return shaped(bare, { form: spec.form, handler: spec.handler });
}

async function createCopy(
  source: FunctionRecord,
  spec: FunctionSpec,
  namespaceOfCopy: string,
  name: string,
  context: ActionContext,
): Promise<void> {
  const created = {
    functionId: newFunctionId(),
    namespace: namespaceOfCopy,
    name,
    domainLabel: spec.type === "Event" ? "" : domainLabel(name),
    spec,
    codeSha256: source.codeSha256,
    codeSize: source.codeSize,
  };
  const outcome = await context.store.functions.create(created, limits.functionsPerNamespace);
  const refusal = creationRefusal(outcome, namespaceOfCopy, name);
  if (refusal !== null) throw refusal;
  announceInBackground(context, created.functionId);
}

async function overwrite(
  existing: FunctionRecord,
  source: FunctionRecord,
  spec: FunctionSpec,
  isAllowed: boolean,
  context: ActionContext,
): Promise<void> {
  if (!isAllowed) throw nameTaken(existing.namespace, existing.name);
  if (existing.spec.type !== spec.type) {
    throw new ApiError(
      "FailedOperation.CopyFunction",
      `${existing.name} is of type ${existing.spec.type} and ${source.name} of type ${spec.type}; delete ${existing.name} first.`,
    );
  }
  requireSettled(existing);
  const change = { spec, codeSha256: source.codeSha256, codeSize: source.codeSize };
  await updateLatest(context, existing, change, false);
}
