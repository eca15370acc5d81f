import { z } from "zod";
import { webSocketPushPath } from "../../../core/index.ts";
import type { ApiRecord, ServiceRecord } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { apiId, filters, fitsAll, listOf, pageOf, paging, serviceId, times, timesOf, type Filter } from "../fields.ts";
import { defineResultAction } from "../result-action.ts";
import { findService } from "../service/service-record.ts";
import { optionalFields, requiredFields } from "./api-fields.ts";
import { apiStatus, apiStatusOf } from "./api-status.ts";
import { findApi } from "./apis.ts";

const group = "APIs";

export const apiInfo = z
  .object({
    ServiceId: z.string().describe("Id of its service"),
    ServiceName: z.string().describe("Name of its service"),
    ServiceDesc: z.string().describe("Description of its service"),
    ApiId: z.string().describe("Id of the API"),
    ...times,
    ...requiredFields,
    ...optionalFields,
    InternalDomain: z
      .string()
      .optional()
      .describe("Of a WebSocket API: where functions push data to its clients; whoever knows this address may"),
    Environments: z.array(z.string()).describe("Environments that serve it, as it was released to each"),
  })
  .meta({ id: "ApiInfo" });

/** The fields of CreateApi as they are now. */
export async function infoOf(
  api: ApiRecord,
  service: ServiceRecord,
  { store, config, origin }: ActionContext,
): Promise<z.input<typeof apiInfo>> {
  const pushAt = api.definition.protocol === "WEBSOCKET" ? ((await config.apiUrlOfFunctions) ?? origin) : null;
  const pushPath = webSocketPushPath(store.tokenKey, { serviceId: service.serviceId, apiId: api.apiId });
  const environments = await store.apiGateway.releases.environments(service.serviceId);
  return apiInfo.parse({
    ApiType: "NORMAL",
    AuthType: "NONE",
    ...api.given,
    ServiceId: service.serviceId,
    ServiceName: service.name,
    ServiceDesc: service.description,
    ApiId: api.apiId,
    ...timesOf(api),
    ...(pushAt === null ? {} : { InternalDomain: `${pushAt}${pushPath}` }),
    Environments: environments.filter(({ apiIds }) => apiIds.includes(api.apiId)).map(({ environment }) => environment),
  });
}

export const describeApi = defineResultAction({
  name: "DescribeApi",
  group,
  summary: "Tells about an API as it is edited.",
  input: z.object({ ServiceId: serviceId, ApiId: apiId }),
  result: apiInfo.describe("The API"),
  errors: ["ResourceNotFound.InvalidService", "ResourceNotFound.InvalidApi"],
  async handle(given, context) {
    const service = await findService(context, given.ServiceId);
    return infoOf(await findApi(context, given.ServiceId, given.ApiId), service, context);
  },
});

const filterNames = [
  "ApiId",
  "ApiName",
  "ApiPath",
  "ApiType",
  "AuthRelationApiId",
  "AuthType",
  "ApiBuniessType",
  "NotUsagePlanId",
  "Environment",
] as const;

export const describeApisStatus = defineResultAction({
  name: "DescribeApisStatus",
  group,
  summary: "Lists the APIs of a service, the newest first.",
  input: z.object({ ServiceId: serviceId, ...paging, Filters: filters(filterNames) }),
  result: listOf("DescribeApisStatusResultInfo", "The APIs", "ApiIdStatusSet", apiStatus),
  errors: ["ResourceNotFound.InvalidService", "InvalidParameterValue.InvalidFilterNotSupportedName"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const apis = await context.store.apiGateway.apis.list(given.ServiceId);
    const { plans, boundTo } = await plansOf(given.ServiceId, given.Filters, context);
    const fitting = apis.filter((api) =>
      fitsAll(given.Filters, (name) => {
        if (name === "NotUsagePlanId") return plans.filter((planId) => boundTo.get(planId)?.has(api.apiId) !== true);
        return filterValue(api, name, given.Filters);
      }),
    );
    return { TotalCount: fitting.length, ApiIdStatusSet: pageOf(fitting, given).map(apiStatusOf) };
  },
});

/** For `NotUsagePlanId`: the APIs of each plan, in the environment that stands beside it. */
async function plansOf(id: string, given: readonly Filter[] | undefined, { store }: ActionContext) {
  const values = (name: string) => (given ?? []).find((filter) => filter.Name === name)?.Values ?? [];
  const [plans, environments] = [values("NotUsagePlanId"), values("Environment")];
  const bindings = plans.length === 0 ? [] : await store.apiGateway.bindings.ofService("plan", id);
  const here = bindings.filter(({ environment }) => environments.length === 0 || environments.includes(environment));
  const byPlan = Map.groupBy(here, ({ objectId }) => objectId);
  return {
    plans,
    boundTo: new Map([...byPlan].map(([planId, bound]) => [planId, new Set(bound.map((one) => one.apiId))])),
  };
}

function filterValue(api: ApiRecord, name: string, given: readonly Filter[] | undefined): string | readonly string[] {
  const status = apiStatusOf(api);
  switch (name) {
    case "ApiPath":
      return status.Path;
    case "ApiBuniessType":
      return status.ApiBusinessType;
    case "Environment":
      return (given ?? []).find((filter) => filter.Name === name)?.Values ?? []; // goes with NotUsagePlanId
    default:
      return String(Object(status)[name] ?? "");
  }
}
