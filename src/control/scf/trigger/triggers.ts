import { z } from "zod";
import { limits, newTriggerId, qualifiers, randomName } from "../../../core/index.ts";
import type { FunctionRecord, NewApiTrigger, TriggerRecord } from "../../../store/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import type { ErrorCode } from "../../error-codes.ts";
import { broken } from "../../request/validate.ts";
import { description, functionName, limit, namespace, offset, oneOf, order, qualifier, shortText } from "../fields.ts";
import { findFunction, functionErrors, resolveVersion } from "../function/function-record.ts";
import { trigger, triggerInfo } from "../replies.ts";
import { createApiTrigger, deleteApiOf, updateApiTrigger } from "./api-trigger.ts";
import { presetUrl, readUrlDesc } from "./function-url.ts";
import { creationProblem, triggerMissing, typeOf, type Named } from "./named-trigger.ts";
import { triggerReply } from "./trigger-reply.ts";

const group = "Triggers";

const identity = {
  FunctionName: functionName,
  TriggerName: shortText("InvalidParameterValue.TriggerName").describe(
    "Name of the trigger: 1–100 letters, digits, `-` and `_`",
  ),
  Type: z.string().describe("Type of the trigger: `http` (a function URL) or `apigw` (an API of the API gateway)"),
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

const descField = (sentence: string) => z.string().optional().describe(sentence);

const identityErrors = [
  ...functionErrors,
  "InvalidParameterValue.TriggerName",
  "InvalidParameterValue.Type",
  "InvalidParameterValue.Qualifier",
  "UnsupportedOperation",
  "FailedOperation.ApiGateway",
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
  summary:
    "Makes a trigger. `http` gives a version or alias its own URL: an event function gets requests as events. `apigw` makes an API " +
    "of the API gateway that leads to it, with its service where there is none of the name, and releases it.",
  input: z.object({
    ...identity,
    TriggerDesc: descField(
      'JSON text, of `http`: `{"AuthType":"NONE"|"CAM","NetConfig":{"EnableIntranet":true,"EnableExtranet":true},"CorsConfig":{…}}`; of `apigw`: ' +
        '`{"api":{"authRequired":"FALSE","requestConfig":{"method":"ANY","path":"/a"},"isIntegratedResponse":"FALSE","isBase64Encoded":"FALSE"},"service":{"serviceId":"…","serviceName":"…"},"release":{"environmentName":"release"}}`',
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
    const kind = typeOf(given);
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    await resolveVersion(context, record, given.Qualifier);
    const created = {
      triggerId: newTriggerId(),
      functionId: record.functionId,
      name: given.TriggerName,
      qualifier: given.Qualifier,
      description: given.Description ?? "",
      customArgument: given.CustomArgument ?? "",
      isEnabled: given.Enable === "OPEN",
    };
    const create = kind === "apigw" ? createApiTrigger : createUrl;
    const outcome = await create(created, record, given.TriggerDesc, context);
    if (outcome !== "created") throw creationProblem(outcome, given, record);
    await context.store.changes.announce("trigger", created.triggerId);
    return { TriggerInfo: await triggerReply(await findTrigger(context, record, given), record, context) };
  },
});

function createUrl(
  made: NewApiTrigger["trigger"],
  _: FunctionRecord,
  desc: string | undefined,
  { account, store }: ActionContext,
) {
  const settings = desc === undefined ? presetUrl : readUrlDesc(desc, presetUrl);
  const hostLabel = `${account.appId}-${randomName(10)}`;
  return store.triggers.create({ ...made, settings, hostLabel }, limits.triggersPerType);
}

export const updateTrigger = defineAction({
  name: "UpdateTrigger",
  group,
  summary: "Changes a trigger; what is left out stays. Its URL stays, too.",
  input: z.object({
    ...identity,
    TriggerDesc: descField("As in CreateTrigger; parts of it that are absent stay as they are"),
    Enable: enable.optional().describe("`OPEN` or `CLOSE`; stays when absent"),
    Description: description.optional().describe("Description of the trigger; stays when absent"),
    CustomArgument: customArgument,
  }),
  output: z.object({}),
  permission: "scf:UpdateTrigger",
  errors: [...writeErrors, "ResourceNotFound.Trigger"],
  async handle(given, context) {
    typeOf(given);
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    const found = await findTrigger(context, record, given);
    const { triggerId, settings } = found;
    const { TriggerDesc: text } = given;
    const change = {
      isEnabled: given.Enable === undefined ? found.isEnabled : given.Enable === "OPEN",
      ...(given.Description === undefined ? {} : { description: given.Description }),
      ...(given.CustomArgument === undefined ? {} : { customArgument: given.CustomArgument }),
    };
    const wasThere =
      settings.kind === "apigw"
        ? await updateApiTrigger({ found, settings, function_: record, text, change }, context)
        : await context.store.triggers.update(triggerId, {
            ...change,
            ...(text === undefined ? {} : { settings: readUrlDesc(text, settings) }),
          });
    if (!wasThere) throw triggerMissing(record, given, []);
    await context.store.changes.announce("trigger", triggerId);
    return {};
  },
});

export const deleteTrigger = defineAction({
  name: "DeleteTrigger",
  group,
  summary:
    "Deletes a trigger, and the API of an `apigw`. The URL of a function URL leads nowhere from then on, and is not given again.",
  input: z.object({ ...identity, TriggerDesc: descField("Not needed") }),
  output: z.object({}),
  permission: "scf:DeleteTrigger",
  errors: [...identityErrors, "ResourceNotFound.Trigger"],
  async handle(given, context) {
    typeOf(given);
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    const found = await findTrigger(context, record, given);
    // The API first: a trigger whose API is gone can be deleted, an API without its trigger would be served on.
    if (found.settings.kind === "apigw") await deleteApiOf(found.settings, context);
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
    const replies = await Promise.all(page.map((one) => triggerReply(one, record, context)));
    return { TotalCount: fitting.length, Triggers: replies.map((one) => ({ ...one, BoundResources: "" })) };
  },
});

function fits(one: TriggerRecord, { Name: name, Values: values }: z.output<typeof filter>): boolean {
  if (name === "Qualifier") return values.includes(one.qualifier);
  const text = name === "TriggerName" ? one.name : one.description;
  return values.some((value) => text.includes(value));
}

async function findTrigger(context: ActionContext, record: FunctionRecord, named: Named): Promise<TriggerRecord> {
  const key = { type: typeOf(named), name: named.TriggerName, qualifier: named.Qualifier };
  const found = await context.store.triggers.find(record.functionId, key);
  if (found !== null) return found;
  throw triggerMissing(record, named, await context.store.triggers.list(record.functionId));
}
