import { limits, type TriggerSettings } from "../../../core/index.ts";
import type { FunctionRecord, TriggerRecord } from "../../../store/index.ts";
import { ApiError } from "../../api-error.ts";
import { functionMissing } from "../function/function-record.ts";

/** Types of Tencent's that this server does not have yet. */
const absentTypes = ["timer", "cos", "ckafka", "cmq", "cls", "mps", "clb", "eb", "vod", "cm"];

/** The type that is asked for, with a name that fits. */
export function typeOf({
  Type: type,
  TriggerName: name,
}: Pick<Named, "Type" | "TriggerName">): TriggerSettings["kind"] {
  const { maxLength, pattern } = limits.triggerName;
  if (type === "http" || type === "apigw") {
    if (name.length <= maxLength && pattern.test(name)) return type;
    throw new ApiError(
      "InvalidParameterValue.TriggerName",
      `TriggerName must be 1–${maxLength} letters, digits, "-" and "_"; it is ${JSON.stringify(name)}.`,
    );
  }
  if (absentTypes.includes(type)) {
    throw new ApiError(
      "UnsupportedOperation",
      `Triggers of type ${type} are not available yet; this server has http (function URL) and apigw (API gateway).`,
    );
  }
  throw new ApiError(
    "InvalidParameterValue.Type",
    `Type must be http (function URL) or apigw (API gateway); it is ${JSON.stringify(type.slice(0, 64))}.`,
  );
}

/** By what the API names a trigger of a function. */
export interface Named {
  readonly Type: string;
  readonly TriggerName: string;
  readonly Qualifier: string;
}

/** Names the qualifier under which there is one: clients leave it out, and then it is `$LATEST`. */
export function triggerMissing(
  record: FunctionRecord,
  { Type: type, TriggerName: name, Qualifier: asked }: Named,
  all: readonly TriggerRecord[],
) {
  const others = all.filter((one) => one.name === name && one.settings.kind === type).map((one) => one.qualifier);
  const hint =
    others.length === 0 ? "ListTriggers tells what it has." : `It has one of ${others.join(", ")}: set Qualifier.`;
  return new ApiError("ResourceNotFound.Trigger", `${record.name} has no ${type} trigger ${name} of ${asked}. ${hint}`);
}

export function creationProblem(
  outcome: "exists" | "has-url" | "limit" | "function-missing",
  { Type: type, TriggerName: name, Qualifier: of }: Named,
  record: FunctionRecord,
): ApiError {
  switch (outcome) {
    case "exists":
      return new ApiError(
        "ResourceInUse.TriggerName",
        `${record.name} has a trigger ${name} of type ${type} and ${of} already.`,
      );
    case "has-url":
      return new ApiError(
        "ResourceInUse.Trigger",
        `${of} of ${record.name} has a function URL already: a version or alias has one. Change that with UpdateTrigger.`,
      );
    case "limit":
      return new ApiError(
        "LimitExceeded.Trigger",
        `${record.name} has ${limits.triggersPerType} triggers of type ${type}, and no function may have more.`,
      );
    case "function-missing":
      return functionMissing(record.namespace, record.name);
  }
}
