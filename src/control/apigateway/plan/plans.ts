import { z } from "zod";
import { limits, randomName } from "../../../core/index.ts";
import { ApiError } from "../../api-error.ts";
import { broken } from "../../request/validate.ts";
import { filters, fitsAll, listOf, pageOf, paging, tag, tagFilters, tags, tagValues, text } from "../fields.ts";
import { defineResultAction, done } from "../result-action.ts";
import {
  announcePlan,
  describePlan,
  findPlan,
  planFields,
  planId,
  planInfo,
  planMissing,
  planReply,
} from "./plan-record.ts";

const group = "Usage plans";

/** A number of requests; -1 is no limit. */
function requests(max: number) {
  return z
    .int()
    .refine(
      (value) => value === -1 || (value >= 1 && value <= max),
      broken("InvalidParameterValue.RangeExceeded", `must be -1, which is no limit, or 1–${max}`),
    );
}

const planLimits = {
  UsagePlanDesc: text("Description", 1_000).optional(),
  MaxRequestNum: requests(99_999_999).optional().describe("Requests of a key in all; -1: no limit"),
  MaxRequestNumPreSec: requests(2_000).optional().describe("Requests per second of a key; -1: no limit"),
};

const planName = text("Name of the plan", 50);
const unlimited = (value: number | undefined) => (value === undefined || value === -1 ? null : value);
const planErrors = ["ResourceNotFound.InvalidUsagePlan"] as const;

export const createUsagePlan = defineResultAction({
  name: "CreateUsagePlan",
  group,
  summary: "Makes a usage plan: how much the keys that are bound to it may ask of what it is bound to.",
  input: z.object({ UsagePlanName: planName, ...planLimits, Tags: tags.optional() }),
  result: planInfo.describe("The plan"),
  errors: [...planErrors, "LimitExceeded.UsagePlanLimitExceeded"],
  async handle(given, context) {
    const id = `usagePlan-${randomName(8)}`;
    const content = {
      name: given.UsagePlanName,
      description: given.UsagePlanDesc ?? "",
      perSecond: unlimited(given.MaxRequestNumPreSec),
      quota: unlimited(given.MaxRequestNum),
      tags: given.Tags ?? [],
    };
    const limit = limits.apiGateway.objects;
    if ((await context.store.apiGateway.plans.create(id, content, limit)) !== "created") {
      throw new ApiError(
        "LimitExceeded.UsagePlanLimitExceeded",
        `There are ${limit} usage plans, as many as there may be.`,
      );
    }
    return describePlan(id, context);
  },
});

export const describeUsagePlan = defineResultAction({
  name: "DescribeUsagePlan",
  group,
  summary: "Tells about a usage plan, its keys and what it is bound to.",
  input: z.object({ UsagePlanId: planId }),
  result: planInfo.describe("The plan"),
  errors: planErrors,
  handle: (given, context) => describePlan(given.UsagePlanId, context),
});

export const modifyUsagePlan = defineResultAction({
  name: "ModifyUsagePlan",
  group,
  summary: "Changes what is given of a usage plan; it acts at once.",
  input: z.object({ UsagePlanId: planId, UsagePlanName: planName.optional(), ...planLimits }),
  result: planInfo.describe("The plan"),
  errors: planErrors,
  async handle(given, context) {
    const { MaxRequestNum: quota, MaxRequestNumPreSec: perSecond } = given;
    const wasThere = await context.store.apiGateway.plans.update(given.UsagePlanId, {
      ...(given.UsagePlanName === undefined ? {} : { name: given.UsagePlanName }),
      ...(given.UsagePlanDesc === undefined ? {} : { description: given.UsagePlanDesc }),
      ...(quota === undefined ? {} : { quota: unlimited(quota) }),
      ...(perSecond === undefined ? {} : { perSecond: unlimited(perSecond) }),
    });
    if (!wasThere) throw planMissing(given.UsagePlanId);
    await announcePlan(given.UsagePlanId, context);
    return describePlan(given.UsagePlanId, context);
  },
});

export const deleteUsagePlan = defineResultAction({
  name: "DeleteUsagePlan",
  group,
  summary: "Deletes a usage plan that is bound to nothing.",
  input: z.object({ UsagePlanId: planId }),
  result: done,
  errors: [...planErrors, "UnsupportedOperation.UsagePlanInUse"],
  async handle(given, context) {
    await findPlan(context, given.UsagePlanId);
    const { bindings, plans } = context.store.apiGateway;
    if ((await bindings.ofObject("plan", given.UsagePlanId)).length > 0) {
      throw new ApiError(
        "UnsupportedOperation.UsagePlanInUse",
        `${given.UsagePlanId} is bound to environments; take it off with UnBindEnvironment first.`,
      );
    }
    return plans.delete(given.UsagePlanId);
  },
});

const listedPlan = z.object({ ...planFields, Tags: z.array(tag).describe("Tags") }).meta({ id: "UsagePlanStatusInfo" });

export const describeUsagePlansStatus = defineResultAction({
  name: "DescribeUsagePlansStatus",
  group,
  summary: "Lists the usage plans, the newest first.",
  input: z.object({
    ...paging,
    Filters: filters(["UsagePlanId", "UsagePlanName", "NotServiceId", "NotApiId", "Environment", ...tagFilters]),
  }),
  result: listOf("UsagePlansStatus", "The plans", "UsagePlanStatusSet", listedPlan),
  errors: ["InvalidParameterValue.InvalidFilterNotSupportedName"],
  async handle(given, context) {
    const { plans, bindings } = context.store.apiGateway;
    const values = (name: string) => given.Filters?.find((filter) => filter.Name === name)?.Values ?? [];
    const here = values("Environment");
    const withBindings = await Promise.all(
      (await plans.list()).map(async (plan) => {
        const bound = await bindings.ofObject("plan", plan.id);
        return { plan, bound: bound.filter((one) => here.length === 0 || here.includes(one.environment)) };
      }),
    );
    const fitting = withBindings.filter(({ plan, bound }) =>
      fitsAll(given.Filters, (name) => {
        if (name === "UsagePlanId") return plan.id;
        if (name === "UsagePlanName") return plan.content.name;
        if (name === "Environment") return here; // goes with the two below
        const ofTags = tagValues(name, plan.content.tags);
        if (ofTags !== null) return ofTags;
        const ids = bound.map((one) => (name === "NotServiceId" ? one.serviceId : one.apiId));
        return values(name).filter((value) => !ids.includes(value));
      }),
    );
    const page = pageOf(fitting, given).map(({ plan }) => ({ ...planReply(plan), Tags: [...plan.content.tags] }));
    return { TotalCount: fitting.length, UsagePlanStatusSet: page };
  },
});
