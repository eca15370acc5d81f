import { z } from "zod";
import type { BindingRecord } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { pathOf } from "../api/api-status.ts";
import { formatTime, listOf, oneOf, pageOf, paging, serviceId, times } from "../fields.ts";
import { defineResultAction } from "../result-action.ts";
import { findService } from "../service/service-record.ts";
import { findPlan, planId, planReply } from "./plan-record.ts";

const group = "Usage plans";

const apiUsagePlan = z
  .object({
    ServiceId: z.string().describe("Id of the service"),
    ServiceName: z.string().describe("Its name"),
    ApiId: z.string().describe("Id of the API; empty: all of the service"),
    ApiName: z.string().describe("Its name"),
    Path: z.string().describe("Its path"),
    Method: z.string().describe("Its method"),
    UsagePlanId: z.string().describe("Id of the plan"),
    UsagePlanName: z.string().describe("Its name"),
    UsagePlanDesc: z.string().describe("Its description"),
    Environment: z.string().describe("`test`, `prepub` or `release`"),
    InUseRequestNum: z.int().describe("Requests that its keys have used together"),
    MaxRequestNum: z.int().describe("Requests of a key in all; -1: no limit"),
    MaxRequestNumPreSec: z.int().describe("Requests per second of a key; -1: no limit"),
    ...times,
  })
  .meta({ id: "ApiUsagePlan" });

/** What is bound, with the plan, the service and the API that it is about. */
async function replyOf(binding: BindingRecord, context: ActionContext): Promise<z.input<typeof apiUsagePlan>> {
  const { apis, planKeys } = context.store.apiGateway;
  const plan = planReply(await findPlan(context, binding.objectId));
  const service = await findService(context, binding.serviceId);
  const api = binding.apiId === null ? null : await apis.find(binding.serviceId, binding.apiId);
  const used = (await planKeys.ofPlan(binding.objectId)).reduce((sum, { requests }) => sum + requests, 0);
  return {
    ServiceId: binding.serviceId,
    ServiceName: service.name,
    ApiId: binding.apiId ?? "",
    ApiName: api?.definition.name ?? "",
    Path: api === null ? "" : pathOf(api),
    Method: api?.definition.method ?? "",
    ...plan,
    CreatedTime: formatTime(binding.boundAt),
    Environment: binding.environment,
    InUseRequestNum: used,
  };
}

export const describeServiceUsagePlan = defineResultAction({
  name: "DescribeServiceUsagePlan",
  group,
  summary: "Lists the usage plans that are bound to a service as a whole.",
  input: z.object({ ServiceId: serviceId, ...paging }),
  result: listOf("ServiceUsagePlanSet", "The plans", "ServiceUsagePlanList", apiUsagePlan),
  errors: ["ResourceNotFound.InvalidService", "ResourceNotFound.InvalidUsagePlan"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const all = await context.store.apiGateway.bindings.ofService("plan", given.ServiceId);
    const bound = all.filter(({ apiId }) => apiId === null);
    const page = await Promise.all(pageOf(bound, given).map((one) => replyOf(one, context)));
    return { TotalCount: bound.length, ServiceUsagePlanList: page };
  },
});

export const describeApiUsagePlan = defineResultAction({
  name: "DescribeApiUsagePlan",
  group,
  summary: "Lists the usage plans that are bound to single APIs of a service.",
  input: z.object({ ServiceId: serviceId, ...paging }),
  result: listOf("ApiUsagePlanSet", "The plans", "ApiUsagePlanList", apiUsagePlan),
  errors: ["ResourceNotFound.InvalidService", "ResourceNotFound.InvalidUsagePlan"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const all = await context.store.apiGateway.bindings.ofService("plan", given.ServiceId);
    const bound = all.filter(({ apiId }) => apiId !== null);
    const page = await Promise.all(pageOf(bound, given).map((one) => replyOf(one, context)));
    return { TotalCount: bound.length, ApiUsagePlanList: page };
  },
});

export const describeUsagePlanEnvironments = defineResultAction({
  name: "DescribeUsagePlanEnvironments",
  group,
  summary: "Lists what a usage plan is bound to.",
  input: z.object({
    UsagePlanId: planId,
    BindType: oneOf(["SERVICE", "API"]).describe("`SERVICE`: whole services; `API`: single APIs"),
    ...paging,
  }),
  result: listOf("UsagePlanEnvironmentStatus", "What it is bound to", "EnvironmentList", apiUsagePlan),
  errors: ["ResourceNotFound.InvalidService", "ResourceNotFound.InvalidUsagePlan"],
  async handle(given, context) {
    await findPlan(context, given.UsagePlanId);
    const all = await context.store.apiGateway.bindings.ofObject("plan", given.UsagePlanId);
    const bound = all.filter(({ apiId }) => (apiId === null) === (given.BindType === "SERVICE"));
    const page = await Promise.all(pageOf(bound, given).map((one) => replyOf(one, context)));
    return { TotalCount: bound.length, EnvironmentList: page };
  },
});
