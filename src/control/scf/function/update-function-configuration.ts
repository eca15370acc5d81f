import { z } from "zod";
import { defineAction } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { flag, functionName, namespace, shortText } from "../fields.ts";
import { layerUses, requireFittingSize } from "../layer/layer-uses.ts";
import { configurationErrors, configurationFields, configured, refuseUnavailable, shaped } from "./configuration.ts";
import { findFunction, functionErrors, requireSettled, updateLatest } from "./function-record.ts";

export const updateFunctionConfiguration = defineAction({
  name: "UpdateFunctionConfiguration",
  group: "Functions",
  summary:
    "Changes the configuration of `$LATEST`; absent fields stay. The old one answers until the new one is ready.",
  input: z.object({
    FunctionName: functionName,
    Namespace: namespace,
    Runtime: shortText("InvalidParameterValue.Runtime")
      .optional()
      .describe("The function's runtime; it cannot be changed"),
    ...configurationFields,
    Publish: flag().optional().describe("`TRUE` publishes the new configuration as a version too"),
    L5Enable: flag().optional().describe("`TRUE` (access to L5) is not available"),
    IgnoreSysLog: z
      .boolean()
      .optional()
      .describe("Leaves out the platform's lines in the log service; not acted on, logs stay here"),
  }),
  output: z.object({}),
  permission: "scf:UpdateFunctionConfiguration",
  errors: [
    ...functionErrors,
    "InvalidParameterValue.Runtime",
    ...configurationErrors,
    "FailedOperation.FunctionStatusError",
    "FailedOperation.OperationConflict",
    "UnsupportedOperation",
  ],
  async handle(given, context) {
    refuseUnavailable(given);
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    const { spec } = record;
    if (given.Runtime !== undefined && given.Runtime !== spec.runtime) {
      throw new ApiError(
        "InvalidParameterValue.Runtime",
        `The runtime of a function cannot be changed: ${record.name} has ${spec.runtime}. Create another function.`,
      );
    }
    requireSettled(record);
    const layers = await layerUses(given.Layers, spec, context);
    if (layers !== undefined && layers.length > 0) {
      const listing = await context.store.artifacts.list(record.codeSha256, { signal: context.signal });
      requireFittingSize(listing.unpackedBytes, layers);
    }
    const changed = shaped(configured(spec, given, layers), { form: spec.form, handler: spec.handler });
    await updateLatest(context, record, { spec: changed }, given.Publish === "TRUE");
    return {};
  },
});
