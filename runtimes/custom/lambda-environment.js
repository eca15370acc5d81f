// @ts-check

/**
 * The variables that programs for AWS Lambda read, beside those of SCF that a function has anyway.
 * @param {import("../node/channel/channel.js").InitMessage} init
 * @returns {{ customary: Record<string, string>, own: Record<string, string> }} the function's own variables win over customary ones
 */
export function lambdaEnvironment({ codeRoot, environment, function: fn }) {
  return {
    customary: { AWS_REGION: fn.region, AWS_DEFAULT_REGION: fn.region },
    own: {
      AWS_LAMBDA_FUNCTION_NAME: fn.name,
      AWS_LAMBDA_FUNCTION_VERSION: fn.version,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_LAMBDA_LOG_GROUP_NAME: `/scf/${fn.namespace}/${fn.name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: environment["HOSTNAME"] ?? fn.name,
      LAMBDA_TASK_ROOT: codeRoot.replace(/(?<=.)\/+$/, ""),
      _HANDLER: environment["_HANDLER"] ?? "",
    },
  };
}
