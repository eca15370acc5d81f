import { z } from "zod";
import { qualifiers } from "../../../core/index.ts";
import type { FunctionRecord } from "../../../store/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { functionName, namespace, shortText, versionName } from "../fields.ts";
import { deleteApiOf } from "../trigger/api-trigger.ts";
import { findFunction, functionErrors, functionMissing } from "./function-record.ts";

const versionErrors = [
  "InvalidParameterValue.Qualifier",
  "ResourceNotFound.FunctionVersion",
  "UnsupportedOperation.AliasBind",
] as const;

export const deleteFunction = defineAction({
  name: "DeleteFunction",
  group: "Functions",
  summary: "Deletes a function with its versions, aliases and triggers, or one version. Records of its calls stay.",
  input: z.object({
    FunctionName: functionName,
    Namespace: namespace,
    Qualifier: versionName.optional().describe("Deletes this version alone"),
  }),
  output: z.object({}),
  permission: "scf:DeleteFunction",
  errors: [...functionErrors, ...versionErrors],
  async handle(given, context) {
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    if (given.Qualifier !== undefined) {
      await deleteVersion(record, given.Qualifier, context);
      return {};
    }
    const triggers = await context.store.triggers.list(record.functionId);
    // Before the function, so that none is left, and served, when this is cut off: then it can be done again.
    for (const { settings } of triggers) if (settings.kind === "apigw") await deleteApiOf(settings, context);
    const wasThere = await context.store.functions.delete(record.functionId);
    if (!wasThere) throw functionMissing(given.Namespace, given.FunctionName);
    await context.store.changes.announce("function", record.functionId);
    return {};
  },
});

export const deleteFunctionVersion = defineAction({
  name: "DeleteFunctionVersion",
  group: "Versions",
  summary: "Deletes a published version. Its number is not used again.",
  input: z.object({
    FunctionName: functionName,
    Qualifier: versionName.describe("Number of the version"),
    Namespace: namespace,
    ForceDelete: shortText().optional().describe("`TRUE` ends its running calls; they always may finish here"),
  }),
  output: z.object({}),
  permission: "scf:DeleteFunctionVersion",
  errors: [...functionErrors, ...versionErrors],
  async handle(given, context) {
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    await deleteVersion(record, given.Qualifier, context);
    return {};
  },
});

async function deleteVersion(record: FunctionRecord, version: string, context: ActionContext): Promise<void> {
  if (version === qualifiers.latest) {
    throw new ApiError(
      "InvalidParameterValue.Qualifier",
      "$LATEST cannot be deleted alone; DeleteFunction without Qualifier deletes the function.",
    );
  }
  const outcome = await context.store.versions.delete(record.functionId, version);
  if (outcome === "missing") {
    throw new ApiError("ResourceNotFound.FunctionVersion", `${record.name} has no version ${version}.`);
  }
  if (outcome === "used-by-alias") {
    const aliases = await context.store.aliases.list(record.functionId);
    const users = aliases
      .filter((alias) => [alias, ...alias.weighted, ...alias.matched].some((use) => use.version === version))
      .map((alias) => alias.name);
    throw new ApiError(
      "UnsupportedOperation.AliasBind",
      `Version ${version} of ${record.name} is used by the alias ${users.join(", ")}; point that elsewhere first (UpdateAlias).`,
    );
  }
  await context.store.changes.announce("function", record.functionId);
}
