import { z } from "zod";
import { limits, newTriggerId, qualifiers, randomName } from "../../../core/index.ts";
import type { FunctionRecord, TriggerRecord } from "../../../store/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import type { ErrorCode } from "../../error-codes.ts";
import { broken } from "../../request/validate.ts";
import { description, functionName, limit, namespace, offset, oneOf, order, qualifier, shortText } from "../fields.ts";
import { findFunction, functionErrors, functionMissing, resolveVersion } from "../function/function-record.ts";
import { trigger, triggerInfo } from "../replies.ts";
import { presetUrl, readUrlDesc } from "./function-url.ts";
import { triggerReply } from "./trigger-reply.ts";

const group = "Triggers";

/** Types of Tencent's that this server does not have yet. */
const absentTypes = ["timer", "cos", "ckafka", "cmq", "cls", "apigw", "mps", "clb", "eb", "vod", "cm"];

const identity = {
  FunctionName: functionName,
  TriggerName: shortText("InvalidParameterValue.TriggerName").describe(
    "Name of the trigger: of `http` 1–100 letters, digits, `-` and `_`",
  ),
  Type: z.string().describe("Type of the trigger: `http` (a function URL)"),
  Namespace: namespace,
  Qualifier: qualifier.default(qualifiers.latest).describe("The version or alias that the trigger calls"),
};

const enable = oneOf(["OPEN", "CLOSE"], "InvalidParameterValue.Enable");
const customArgument = z
  .string()
  .refine(
    (text) => Buffer.byteLength(text) <= limits.customArgumentBytes,
    broken("InvalidParameterValue.CustomArgument", `must be at most ${limits.customArgumentBytes} bytes`),
  )
  .optional()
  .describe("What goes with the events of timers; kept");

const desc = (sentence: string) => z.string().optional().describe(sentence);

const identityErrors = [
  ...functionErrors,
  "InvalidParameterValue.TriggerName",
  "InvalidParameterValue.Type",
  "InvalidParameterValue.Qualifier",
  "UnsupportedOperation",
] as const satisfies readonly ErrorCode[];

const writeErrors = [
  ...identityErrors,
  "InvalidParameterValue.TriggerDesc",
  "InvalidParameterValue.Enable",
  "InvalidParameterValue.CustomArgument",
  "InvalidParameterValue.Description",
] as const satisfies readonly ErrorCode[];

export const createTrigger = defineAction({
  name: "CreateTrigger",
  group,
  summary: "Makes a trigger. `http` gives a version or alias its own URL: an event function gets requests as events.",
  input: z.object({
    ...identity,
    TriggerDesc: desc(
      'JSON text, of `http`: `{"AuthType":"NONE"|"CAM","NetConfig":{"EnableIntranet":true,"EnableExtranet":true},"CorsConfig":{…}}`',
    ),
    Enable: enable.prefault("OPEN").describe("`OPEN` or `CLOSE`"),
    CustomArgument: customArgument,
    Description: description.optional().describe("Description of the trigger"),
  }),
  output: z.object({ TriggerInfo: trigger.describe("The trigger") }),
  permission: "scf:CreateTrigger",
  errors: [
    ...writeErrors,
    "ResourceNotFound.Qualifier",
    "ResourceInUse.Trigger",
    "ResourceInUse.TriggerName",
    "LimitExceeded.Trigger",
  ],
  async handle(given, context) {
    requireHttp(given);
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    await resolveVersion(context, record, given.Qualifier);
    const created = {
      triggerId: newTriggerId(),
      functionId: record.functionId,
      name: given.TriggerName,
      qualifier: given.Qualifier,
      settings: given.TriggerDesc === undefined ? presetUrl : readUrlDesc(given.TriggerDesc, presetUrl),
      hostLabel: `${context.account.appId}-${randomName(10)}`,
      description: given.Description ?? "",
      customArgument: given.CustomArgument ?? "",
      isEnabled: given.Enable === "OPEN",
    };
    const outcome = await context.store.triggers.create(created, limits.triggersPerType);
    if (outcome !== "created") throw creationProblem(outcome, given.TriggerName, given.Qualifier, record);
    await context.store.changes.announce("trigger", created.triggerId);
    return { TriggerInfo: triggerReply(await findTrigger(context, record, given), record, context) };
  },
});

export const updateTrigger = defineAction({
  name: "UpdateTrigger",
  group,
  summary: "Changes a trigger; what is left out stays. Its URL stays, too.",
  input: z.object({
    ...identity,
    TriggerDesc: desc("As in CreateTrigger; parts of it that are absent stay as they are"),
    Enable: enable.optional().describe("`OPEN` or `CLOSE`; stays when absent"),
    Description: description.optional().describe("Description of the trigger; stays when absent"),
    CustomArgument: customArgument,
  }),
  output: z.object({}),
  permission: "scf:UpdateTrigger",
  errors: [...writeErrors, "ResourceNotFound.Trigger"],
  async handle(given, context) {
    requireHttp(given);
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    const found = await findTrigger(context, record, given);
    const wasThere = await context.store.triggers.update(found.triggerId, {
      ...(given.TriggerDesc === undefined ? {} : { settings: readUrlDesc(given.TriggerDesc, found.settings) }),
      ...(given.Enable === undefined ? {} : { isEnabled: given.Enable === "OPEN" }),
      ...(given.Description === undefined ? {} : { description: given.Description }),
      ...(given.CustomArgument === undefined ? {} : { customArgument: given.CustomArgument }),
    });
    if (!wasThere) throw triggerMissing(record, given, []);
    await context.store.changes.announce("trigger", found.triggerId);
    return {};
  },
});

export const deleteTrigger = defineAction({
  name: "DeleteTrigger",
  group,
  summary: "Deletes a trigger. The URL of a function URL leads nowhere from then on, and is not given again.",
  input: z.object({ ...identity, TriggerDesc: desc("Not needed for `http`") }),
  output: z.object({}),
  permission: "scf:DeleteTrigger",
  errors: [...identityErrors, "ResourceNotFound.Trigger"],
  async handle(given, context) {
    requireHttp(given);
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    const found = await findTrigger(context, record, given);
    await context.store.triggers.delete(found.triggerId);
    await context.store.changes.announce("trigger", found.triggerId);
    return {};
  },
});

const filterNames = ["Qualifier", "TriggerName", "Description"] as const;

const filter = z
  .object({
    Name: oneOf(filterNames, "InvalidParameterValue.Filters").describe("`Qualifier`, `TriggerName` or `Description`"),
    Values: z.array(shortText("InvalidParameterValue.Filters", 1_000)).describe("Values of which one has to fit"),
  })
  .meta({ id: "TriggerFilter" });

export const listTriggers = defineAction({
  name: "ListTriggers",
  group,
  summary: "Lists the triggers of a function, of all its versions and aliases.",
  input: z.object({
    FunctionName: functionName,
    Namespace: namespace,
    Offset: offset,
    Limit: limit(1_000),
    OrderBy: oneOf(["add_time", "mod_time"], "InvalidParameterValue.OrderBy")
      .prefault("mod_time")
      .describe("`add_time` or `mod_time`"),
    Order: order("desc"),
    Filters: z.array(filter).optional().describe("Conditions that all have to hold"),
  }),
  output: z.object({
    TotalCount: z.int().describe("How many there are without `Offset` and `Limit`"),
    Triggers: z.array(triggerInfo).describe("The triggers"),
  }),
  permission: "scf:ListTriggers",
  errors: [
    ...functionErrors,
    "InvalidParameterValue.Offset",
    "InvalidParameterValue.Limit",
    "InvalidParameterValue.OrderBy",
    "InvalidParameterValue.Order",
    "InvalidParameterValue.Filters",
  ],
  async handle(given, context) {
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    const all = await context.store.triggers.list(record.functionId);
    const fitting = all.filter((one) => (given.Filters ?? []).every((condition) => fits(one, condition)));
    const key = given.OrderBy === "add_time" ? "addTime" : "modTime";
    const sign = given.Order === "asc" ? 1 : -1;
    const sorted = fitting.toSorted((a, b) => sign * (a[key] - b[key]));
    const page = sorted.slice(given.Offset, given.Offset + given.Limit);
    const replies = page.map((one) => ({ ...triggerReply(one, record, context), BoundResources: "" }));
    return { TotalCount: fitting.length, Triggers: replies };
  },
});

function fits(one: TriggerRecord, { Name: name, Values: values }: z.output<typeof filter>): boolean {
  if (name === "Qualifier") return values.includes(one.qualifier);
  const text = name === "TriggerName" ? one.name : one.description;
  return values.some((value) => text.includes(value));
}

function requireHttp({ Type: type, TriggerName: name }: { readonly Type: string; readonly TriggerName: string }): void {
  const { maxLength, pattern } = limits.triggerName;
  if (type === "http") {
    if (name.length <= maxLength && pattern.test(name)) return;
    throw new ApiError(
      "InvalidParameterValue.TriggerName",
      `TriggerName must be 1–${maxLength} letters, digits, "-" and "_"; it is ${JSON.stringify(name)}.`,
    );
  }
  if (absentTypes.includes(type)) {
    throw new ApiError(
      "UnsupportedOperation",
      `Triggers of type ${type} are not available yet; this server has the type http (function URL).`,
    );
  }
  throw new ApiError(
    "InvalidParameterValue.Type",
    `Type must be http (function URL); it is ${JSON.stringify(type.slice(0, 64))}.`,
  );
}

interface Named {
  readonly TriggerName: string;
  readonly Qualifier: string;
}

async function findTrigger(context: ActionContext, record: FunctionRecord, named: Named): Promise<TriggerRecord> {
  const key = { type: "http", name: named.TriggerName, qualifier: named.Qualifier } as const;
  const found = await context.store.triggers.find(record.functionId, key);
  if (found !== null) return found;
  throw triggerMissing(record, named, await context.store.triggers.list(record.functionId));
}

/** Names the qualifier under which there is one: clients leave it out, and then it is `$LATEST`. */
function triggerMissing(
  record: FunctionRecord,
  { TriggerName: name, Qualifier: asked }: Named,
  all: readonly TriggerRecord[],
) {
  const others = all.filter((one) => one.name === name).map((one) => one.qualifier);
  const hint =
    others.length === 0 ? "ListTriggers tells what it has." : `It has one of ${others.join(", ")}: set Qualifier.`;
  return new ApiError("ResourceNotFound.Trigger", `${record.name} has no http trigger ${name} of ${asked}. ${hint}`);
}

function creationProblem(
  outcome: "exists" | "has-url" | "limit" | "function-missing",
  name: string,
  of: string,
  record: FunctionRecord,
): ApiError {
  switch (outcome) {
    case "exists":
      return new ApiError("ResourceInUse.TriggerName", `${record.name} has an http trigger ${name} of ${of} already.`);
    case "has-url":
      return new ApiError(
        "ResourceInUse.Trigger",
        `${of} of ${record.name} has a function URL already: a version or alias has one. Change that with UpdateTrigger.`,
      );
    case "limit":
      return new ApiError(
        "LimitExceeded.Trigger",
        `${record.name} has ${limits.triggersPerType} http triggers, and no function may have more.`,
      );
    case "function-missing":
      return functionMissing(record.namespace, record.name);
  }
}
