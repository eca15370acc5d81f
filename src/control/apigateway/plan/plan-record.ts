import { z } from "zod";
import type { ApiObject, BindingRecord, PlanContent } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { tag, times, timesOf } from "../fields.ts";
import { announceService } from "../service/service-record.ts";

export const planId = z.string().describe("Id of the usage plan");

export async function findPlan({ store }: ActionContext, id: string): Promise<ApiObject<PlanContent>> {
  const found = await store.apiGateway.plans.find(id);
  if (found !== null) return found;
  throw planMissing(id);
}

export function planMissing(id: string): ApiError {
  return new ApiError(
    "ResourceNotFound.InvalidUsagePlan",
    `There is no usage plan ${JSON.stringify(id.slice(0, 64))}.`,
  );
}

const boundEnvironment = z
  .object({
    EnvironmentName: z.string().describe("`test`, `prepub` or `release`"),
    ServiceId: z.string().describe("Id of the service"),
  })
  .meta({ id: "UsagePlanBindEnvironment" });

export const planFields = {
  UsagePlanId: z.string().describe("Id of the plan"),
  UsagePlanName: z.string().describe("Its name"),
  UsagePlanDesc: z.string().describe("Its description"),
  MaxRequestNumPreSec: z.int().describe("Requests per second of a key; -1: no limit"),
  MaxRequestNum: z.int().describe("Requests of a key in all; -1: no limit"),
  ...times,
};

export const planInfo = z
  .object({
    ...planFields,
    BindSecretIdTotalCount: z.int().describe("How many keys it has"),
    BindSecretIds: z.array(z.string()).describe("Its keys"),
    BindEnvironmentTotalCount: z.int().describe("How many environments it is bound to"),
    BindEnvironments: z.array(boundEnvironment).describe("The environments, with all APIs or some"),
    Tags: z.array(tag).describe("Tags"),
  })
  .meta({ id: "UsagePlanInfo" });

export function planReply(plan: ApiObject<PlanContent>) {
  const { name, description, perSecond, quota } = plan.content;
  return {
    UsagePlanId: plan.id,
    UsagePlanName: name,
    UsagePlanDesc: description,
    MaxRequestNumPreSec: perSecond ?? -1,
    MaxRequestNum: quota ?? -1,
    ...timesOf(plan),
  };
}

export async function describePlan(id: string, context: ActionContext): Promise<z.input<typeof planInfo>> {
  const plan = await findPlan(context, id);
  const { planKeys, bindings } = context.store.apiGateway;
  const keys = await planKeys.ofPlan(id);
  const pairs = (await bindings.ofObject("plan", id)).map(
    ({ environment, serviceId }) => `${environment} ${serviceId}`,
  );
  const environments = [...new Set(pairs)].map((pair) => {
    const [environment = "", serviceId = ""] = pair.split(" ");
    return { EnvironmentName: environment, ServiceId: serviceId };
  });
  return {
    ...planReply(plan),
    BindSecretIdTotalCount: keys.length,
    BindSecretIds: keys.map(({ secretId }) => secretId),
    BindEnvironmentTotalCount: environments.length,
    BindEnvironments: environments,
    Tags: [...plan.content.tags],
  };
}

/** Tells the listeners of all services that what changed is bound to. */
export async function announceBound(bindings: readonly BindingRecord[], context: ActionContext): Promise<void> {
  const ids = new Set(bindings.map(({ serviceId }) => serviceId));
  await Promise.all([...ids].map((id) => announceService(context, id)));
}

export async function announcePlan(id: string, context: ActionContext): Promise<void> {
  await announceBound(await context.store.apiGateway.bindings.ofObject("plan", id), context);
}
