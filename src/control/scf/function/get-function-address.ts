import { z } from "zod";
import { PlatformError, qualifiers, type Sha256 } from "../../../core/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { downloadPath } from "../../download-link.ts";
import { functionName, namespace, qualifier } from "../fields.ts";
import { findFunction, functionErrors, resolveVersion } from "./function-record.ts";

export const getFunctionAddress = defineAction({
  name: "GetFunctionAddress",
  group: "Functions",
  summary: "Gives a link under which the code package of a version can be downloaded for 10 minutes.",
  input: z.object({
    FunctionName: functionName,
    Qualifier: qualifier.default(qualifiers.latest).describe("Version or alias"),
    Namespace: namespace,
  }),
  output: z.object({
    Url: z.string().describe("The link; it needs no signature of its own"),
    CodeSha256: z
      .string()
      .describe("SHA-256 of the package, 64 hex digits; empty when the package was lost and has to be deployed again"),
  }),
  permission: "scf:GetFunctionAddress",
  errors: [...functionErrors, "InvalidParameterValue.Qualifier", "ResourceNotFound.Qualifier"],
  async handle(given, context) {
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    const version = await resolveVersion(context, record, given.Qualifier);
    const path = downloadPath({ name: record.name, sha256: version.codeSha256 }, context.account, context.clock);
    return {
      Url: context.origin + path,
      CodeSha256: (await isKept(version.codeSha256, context)) ? version.codeSha256 : "",
    };
  },
});

/** Whole, too: who compares its hash would otherwise never deploy a damaged package again. */
async function isKept(sha256: Sha256, { store, signal }: ActionContext): Promise<boolean> {
  try {
    await store.artifacts.get(sha256, { signal });
    return true;
  } catch (error) {
    if (error instanceof PlatformError && error.code === "InternalError") return false;
    throw error;
  }
}
