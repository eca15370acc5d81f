import { z } from "zod";
import { ApiError } from "../../api-error.ts";
import { ids, listOf, pageOf, paging } from "../fields.ts";
import { defineResultAction, done } from "../result-action.ts";
import { keyMissing } from "./keys.ts";
import { announcePlan, findPlan, planId } from "./plan-record.ts";

const group = "API keys";

const fields = { UsagePlanId: planId, AccessKeyIds: ids("Ids of the keys") };
const bindErrors = ["ResourceNotFound.InvalidUsagePlan", "ResourceNotFound.InvalidAccessKeyId"] as const;

export const bindSecretIds = defineResultAction({
  name: "BindSecretIds",
  group,
  summary: "Binds keys to a usage plan: they may call what it is bound to, at once.",
  input: z.object(fields),
  result: done,
  errors: bindErrors,
  async handle(given, context) {
    await findPlan(context, given.UsagePlanId);
    const { keys, planKeys } = context.store.apiGateway;
    for (const id of given.AccessKeyIds) if ((await keys.find(id)) === null) throw keyMissing(id);
    await planKeys.bind(given.UsagePlanId, given.AccessKeyIds);
    await announcePlan(given.UsagePlanId, context);
    return true;
  },
});

export const unBindSecretIds = defineResultAction({
  name: "UnBindSecretIds",
  group,
  summary: "Takes keys off a usage plan.",
  input: z.object(fields),
  result: done,
  errors: [...bindErrors, "UnsupportedOperation.ResourceUnassociated"],
  async handle(given, context) {
    await findPlan(context, given.UsagePlanId);
    const { planKeys } = context.store.apiGateway;
    const bound = new Set((await planKeys.ofPlan(given.UsagePlanId)).map(({ secretId }) => secretId));
    const missing = given.AccessKeyIds.find((id) => !bound.has(id));
    if (missing !== undefined) {
      throw new ApiError(
        "UnsupportedOperation.ResourceUnassociated",
        `The key ${JSON.stringify(missing)} is not bound to the usage plan.`,
      );
    }
    await planKeys.unbind(given.UsagePlanId, given.AccessKeyIds);
    await announcePlan(given.UsagePlanId, context);
    return true;
  },
});

const boundKey = z
  .object({
    AccessKeyId: z.string().describe("Id of the key"),
    SecretName: z.string().describe("Its name"),
    Status: z.int().describe("1: it may be used; 0: it may not"),
  })
  .meta({ id: "UsagePlanBindSecret" });

export const describeUsagePlanSecretIds = defineResultAction({
  name: "DescribeUsagePlanSecretIds",
  group,
  summary: "Lists the keys of a usage plan.",
  input: z.object({ UsagePlanId: planId, ...paging }),
  result: listOf("UsagePlanBindSecretStatus", "The keys", "AccessKeyList", boundKey),
  errors: ["ResourceNotFound.InvalidUsagePlan"],
  async handle(given, context) {
    await findPlan(context, given.UsagePlanId);
    const { keys, planKeys } = context.store.apiGateway;
    const bound = await planKeys.ofPlan(given.UsagePlanId);
    const found = await Promise.all(pageOf(bound, given).map(({ secretId }) => keys.find(secretId)));
    const list = found.flatMap((key) =>
      key === null
        ? []
        : [{ AccessKeyId: key.id, SecretName: key.content.name, Status: key.content.isEnabled ? 1 : 0 }],
    );
    return { TotalCount: bound.length, AccessKeyList: list };
  },
});
