import type { FunctionTarget } from "../../../core/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { resolveVersion } from "../../scf/function/function-record.ts";

/** The function, when it is there and takes what it would get. */
export async function findTarget(
  target: FunctionTarget,
  takes: "event" | "http",
  context: ActionContext,
): Promise<FunctionTarget> {
  const { namespace, functionName, qualifier } = target;
  const record = await context.store.functions.find(namespace, functionName);
  if (record === null)
    throw problem(`There is no function ${named(functionName)} in the namespace ${named(namespace)}.`);
  const version = await resolveVersion(context, record, qualifier).catch((error: unknown) => {
    if (error instanceof ApiError) throw problem(error.message);
    throw error;
  });
  const isEvent = version.spec.form === "event";
  if (isEvent === (takes === "event")) return target;
  throw problem(
    isEvent
      ? `${functionName} is an event function: ServiceScfFunctionType has to be EVENT.`
      : `${functionName} answers HTTP requests: ServiceScfFunctionType has to be HTTP.`,
  );
}

function named(text: string): string {
  return JSON.stringify(text.slice(0, 64));
}

function problem(sentence: string): ApiError {
  return new ApiError("InvalidParameterValue.InvalidScfConfig", sentence);
}
