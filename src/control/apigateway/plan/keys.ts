import { randomBytes } from "node:crypto";
import { z } from "zod";
import { limits } from "../../../core/index.ts";
import type { ApiObject, KeyContent } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import {
  filters,
  fitsAll,
  listOf,
  oneOf,
  pageOf,
  paging,
  tag,
  tagFilters,
  tags,
  tagValues,
  text,
  times,
  timesOf,
} from "../fields.ts";
import { defineResultAction, done } from "../result-action.ts";
import { announcePlan } from "./plan-record.ts";

const group = "API keys";

const accessKeyId = text("Id of the key", 64);
const keyErrors = ["ResourceNotFound.InvalidAccessKeyId"] as const;

const keyFields = {
  AccessKeyId: z.string().describe("Id of the key"),
  AccessKeySecret: z.string().describe("What requests are signed with"),
  AccessKeyType: z.string().describe("`auto` or `manual`"),
  SecretName: z.string().describe("Its name"),
  Status: z.int().describe("1: it may be used; 0: it may not"),
  ...times,
  Tags: z.array(tag).describe("Tags"),
};

const apiKey = z.object(keyFields).meta({ id: "ApiKey" });

function keyReply(key: ApiObject<KeyContent>): z.input<typeof apiKey> {
  const { name, type, secretKey, isEnabled, tags: kept } = key.content;
  return {
    AccessKeyId: key.id,
    AccessKeySecret: secretKey,
    AccessKeyType: type,
    SecretName: name,
    Status: isEnabled ? 1 : 0,
    ...timesOf(key),
    Tags: [...kept],
  };
}

async function findKey({ store }: ActionContext, id: string): Promise<ApiObject<KeyContent>> {
  const found = await store.apiGateway.keys.find(id);
  if (found !== null) return found;
  throw keyMissing(id);
}

export function keyMissing(id: string): ApiError {
  return new ApiError("ResourceNotFound.InvalidAccessKeyId", `There is no key ${JSON.stringify(id.slice(0, 64))}.`);
}

/** Tells the listeners of all services whose plans have the key. */
async function announceKey(id: string, context: ActionContext): Promise<void> {
  for (const { planId } of await context.store.apiGateway.planKeys.ofKey(id)) await announcePlan(planId, context);
}

const letters = (bytes: number) => randomBytes(bytes).toString("hex");

export const createApiKey = defineResultAction({
  name: "CreateApiKey",
  group,
  summary: "Makes a key. It may call what the usage plans are bound to that it is bound to.",
  input: z.object({
    SecretName: text("Name of the key", 50),
    AccessKeyType: oneOf(["auto", "manual"]).optional().describe("`auto`, or `manual` with id and secret of one's own"),
    AccessKeyId: text("Id, of a `manual` one: 5–50 letters, digits and `_`").optional(),
    AccessKeySecret: text("Secret, of a `manual` one: 10–50 letters, digits and `_`").optional(),
    Tags: tags.optional(),
  }),
  result: apiKey.describe("The key"),
  errors: [
    ...keyErrors,
    "MissingParameter",
    "FailedOperation.AccessKeyExist",
    "InvalidParameterValue.InvalidAccessKeyIds",
    "LimitExceeded.ApiKeyCountLimitExceeded",
  ],
  async handle(given, context) {
    const type = given.AccessKeyType ?? "auto";
    const { id, secretKey } =
      type === "manual" ? manualKey(given) : { id: `AKID${letters(16)}`, secretKey: letters(20) };
    const content = { name: given.SecretName, type, secretKey, isEnabled: true, tags: given.Tags ?? [] };
    const limit = limits.apiGateway.keys;
    const outcome = await context.store.apiGateway.keys.create(id, content, limit);
    if (outcome === "exists") throw new ApiError("FailedOperation.AccessKeyExist", `There is a key ${id} already.`);
    if (outcome === "limit") {
      throw new ApiError("LimitExceeded.ApiKeyCountLimitExceeded", `There are ${limit} keys, as many as there may be.`);
    }
    return keyReply(await findKey(context, id));
  },
});

function manualKey({
  AccessKeyId: id,
  AccessKeySecret: secretKey,
}: {
  AccessKeyId?: string | undefined;
  AccessKeySecret?: string | undefined;
}) {
  if (id === undefined || secretKey === undefined) {
    throw new ApiError("MissingParameter", "AccessKeyId and AccessKeySecret are required with AccessKeyType manual.");
  }
  if (!/^\w{5,50}$/.test(id) || !/^\w{10,50}$/.test(secretKey)) {
    throw new ApiError(
      "InvalidParameterValue.InvalidAccessKeyIds",
      "AccessKeyId must be 5–50 and AccessKeySecret 10–50 letters, digits and _.",
    );
  }
  return { id, secretKey };
}

export const describeApiKey = defineResultAction({
  name: "DescribeApiKey",
  group,
  summary: "Tells about a key, with its secret.",
  input: z.object({ AccessKeyId: accessKeyId }),
  result: apiKey.describe("The key"),
  errors: keyErrors,
  handle: async (given, context) => keyReply(await findKey(context, given.AccessKeyId)),
});

export const describeApiKeysStatus = defineResultAction({
  name: "DescribeApiKeysStatus",
  group,
  summary: "Lists the keys, the newest first.",
  input: z.object({
    ...paging,
    Filters: filters([
      "AccessKeyId",
      "AccessKeySecret",
      "SecretName",
      "NotUsagePlanId",
      "Status",
      "KeyWord",
      ...tagFilters,
    ]),
  }),
  result: listOf("ApiKeysStatus", "The keys", "ApiKeySet", apiKey),
  errors: ["InvalidParameterValue.InvalidFilterNotSupportedName"],
  async handle(given, context) {
    const { keys, planKeys } = context.store.apiGateway;
    const values = (name: string) => given.Filters?.find((filter) => filter.Name === name)?.Values ?? [];
    const plans = await Promise.all(
      values("NotUsagePlanId").map(async (id) => {
        return { id, keys: new Set((await planKeys.ofPlan(id)).map(({ secretId }) => secretId)) };
      }),
    );
    const fitting = (await keys.list()).map(keyReply).filter((key) =>
      fitsAll(given.Filters, (name) => {
        if (name === "NotUsagePlanId")
          return plans.filter((plan) => !plan.keys.has(key.AccessKeyId)).map(({ id }) => id);
        if (name === "KeyWord")
          return values(name).filter((word) => `${key.AccessKeyId} ${key.SecretName}`.includes(word));
        return tagValues(name, key.Tags) ?? String(Object(key)[name]);
      }),
    );
    return { TotalCount: fitting.length, ApiKeySet: [...pageOf(fitting, given)] };
  },
});

export const updateApiKey = defineResultAction({
  name: "UpdateApiKey",
  group,
  summary: "Gives a key another secret, at once: a new one where none is given.",
  input: z.object({
    AccessKeyId: accessKeyId,
    AccessKeySecret: text("The new secret, of a `manual` key: 10–50 letters, digits and `_`").optional(),
  }),
  result: apiKey.describe("The key"),
  errors: [
    ...keyErrors,
    "MissingParameter",
    "UnsupportedOperation.UnsupportedUpdateApiKey",
    "InvalidParameterValue.InvalidAccessKeyIds",
  ],
  async handle(given, context) {
    const { id, content } = await findKey(context, given.AccessKeyId);
    if (content.type === "auto" && given.AccessKeySecret !== undefined) {
      throw new ApiError(
        "UnsupportedOperation.UnsupportedUpdateApiKey",
        "The secret of an auto key is made, not given.",
      );
    }
    const secretKey =
      content.type === "auto"
        ? letters(20)
        : manualKey({ AccessKeyId: id, AccessKeySecret: given.AccessKeySecret }).secretKey;
    await context.store.apiGateway.keys.update(id, { secretKey });
    await announceKey(id, context);
    return keyReply(await findKey(context, id));
  },
});

async function enable(id: string, isEnabled: boolean, context: ActionContext): Promise<boolean> {
  if (!(await context.store.apiGateway.keys.update(id, { isEnabled }))) throw keyMissing(id);
  await announceKey(id, context);
  return true;
}

export const enableApiKey = defineResultAction({
  name: "EnableApiKey",
  group,
  summary: "Lets a key be used again.",
  input: z.object({ AccessKeyId: accessKeyId }),
  result: done,
  errors: keyErrors,
  handle: (given, context) => enable(given.AccessKeyId, true, context),
});

export const disableApiKey = defineResultAction({
  name: "DisableApiKey",
  group,
  summary: "Lets a key not be used any more, at once.",
  input: z.object({ AccessKeyId: accessKeyId }),
  result: done,
  errors: keyErrors,
  handle: (given, context) => enable(given.AccessKeyId, false, context),
});

export const deleteApiKey = defineResultAction({
  name: "DeleteApiKey",
  group,
  summary: "Deletes a key that was disabled before.",
  input: z.object({ AccessKeyId: accessKeyId }),
  result: done,
  errors: [...keyErrors, "UnsupportedOperation.ResourceIsInUse"],
  async handle(given, context) {
    const { id, content } = await findKey(context, given.AccessKeyId);
    if (content.isEnabled) {
      throw new ApiError(
        "UnsupportedOperation.ResourceIsInUse",
        `${id} may be used; disable it with DisableApiKey first.`,
      );
    }
    return context.store.apiGateway.keys.delete(id);
  },
});
