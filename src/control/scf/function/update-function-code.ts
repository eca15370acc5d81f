import { z } from "zod";
import { limits } from "../../../core/index.ts";
import { defineAction } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { flag, functionName, namespace, shortText } from "../fields.ts";
import { requireFittingSize } from "../layer/layer-uses.ts";
import { code, codeSource, formOf, storePackage, zipFile, zipOf } from "./code-package.ts";
import { installDependency, installing, shaped } from "./configuration.ts";
import { handlerField } from "./create-function.ts";
import { findFunction, functionErrors, requireSettled, updateLatest } from "./function-record.ts";

export const updateFunctionCode = defineAction({
  name: "UpdateFunctionCode",
  group: "Functions",
  summary: "Replaces the code of `$LATEST`. The old code answers until the new one is ready; poll GetFunction.",
  input: z.object({
    FunctionName: functionName,
    Namespace: namespace,
    Handler: handlerField.optional(),
    Code: code.optional().describe("The code: exactly one source"),
    ZipFile: zipFile
      .optional()
      .describe("The package as in 2018: a zip, base64-encoded; at most 50 MB before encoding, 500 MB unpacked"),
    CosBucketName: shortText().optional().describe("Not available yet: bucket of the package"),
    CosObjectName: shortText("InvalidParameterValue", 1024)
      .optional()
      .describe("Not available yet: object of the package"),
    CosBucketRegion: shortText().optional().describe("Not available yet: region of the bucket"),
    CodeSource: codeSource,
    InstallDependency: installDependency,
    Publish: flag().optional().describe("`TRUE` publishes the new code as a version too"),
    EnvId: shortText().optional().describe("Environment of CloudBase; not acted on"),
  }),
  output: z.object({}),
  permission: "scf:UpdateFunctionCode",
  errors: [
    ...functionErrors,
    "InvalidParameterValue.Handler",
    "InvalidParameterValue.Code",
    "InvalidParameterValue.CodeSource",
    "InvalidParameterValue.ZipFile",
    "InvalidParameterValue.ZipFileBase64BinasciiError",
    "InvalidParameterValue.InstanceConcurrencyConfig",
    "InvalidParameterValue.Layers",
    "InvalidParameterValue.WebSocketsParams",
    "FailedOperation.FunctionStatusError",
    "FailedOperation.OperationConflict",
    "UnsupportedOperation",
  ],
  async handle(given, context) {
    if (given.Code?.ZipFile !== undefined && given.ZipFile !== undefined) {
      throw new ApiError("InvalidParameterValue.Code", "ZipFile and Code.ZipFile are both given; send one.");
    }
    const zip = zipOf(given.Code ?? {}) ?? zipOf(given);
    if (zip === undefined && given.Handler === undefined) {
      throw new ApiError("MissingParameter", "Code (or ZipFile) is required.");
    }
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    requireSettled(record);
    await using stored = zip === undefined ? null : await storePackage(zip, limits.package.zipBytes, context);
    const listing =
      stored?.listing ?? (await context.store.artifacts.list(record.codeSha256, { signal: context.signal }));
    const { spec } = record;
    requireFittingSize(listing.unpackedBytes, spec.layers);
    const asked = given.Handler ?? spec.kept["Handler"];
    const handler = typeof asked === "string" ? asked : spec.handler;
    const base = given.Handler === undefined ? spec : { ...spec, kept: { ...spec.kept, Handler: given.Handler } };
    const form = formOf({ type: spec.type, runtime: spec.runtime, handler }, listing.entries);
    const change = {
      spec: shaped({ ...base, ...installing(given.InstallDependency) }, form),
      ...(stored === null ? {} : { codeSha256: stored.codeSha256, codeSize: stored.codeSize }),
    };
    stored?.markUsed(); // before the write: when its outcome stays unknown, the package has to be there
    await updateLatest(context, record, change, given.Publish === "TRUE");
    return {};
  },
});
