import { z } from "zod";
import type { ServiceRecord } from "../../../store/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { apiStatus, apiStatusOf } from "../api/api-status.ts";
import {
  filters,
  fitsAll,
  listOf,
  pageOf,
  paging,
  serviceId,
  tag,
  tagFilters,
  tagValues,
  times,
  timesOf,
} from "../fields.ts";
import { fieldErrors, defineResultAction, permissionOf } from "../result-action.ts";
import { findService, hostsOf, netTypesOf } from "./service-record.ts";

const group = "Services";

const common = {
  ServiceId: z.string().describe("Id of the service"),
  AvailableEnvironments: z.array(z.string()).describe("Environments that serve a release"),
  ServiceName: z.string().describe("Its name"),
  ServiceDesc: z.string().describe("Its description"),
  Protocol: z.string().describe("`http`, `https` or `http&https`"),
  ...times,
  NetTypes: z.array(z.string()).describe("Networks that it takes requests from"),
  OuterSubDomain: z.string().describe("Its host name for public addresses; empty when it does not take these"),
  IpVersion: z.string().describe("`IPv4`"),
  Tags: z.array(tag).describe("Tags"),
};

async function commonOf(service: ServiceRecord, context: ActionContext) {
  const environments = await context.store.apiGateway.releases.environments(service.serviceId);
  return {
    ServiceId: service.serviceId,
    AvailableEnvironments: environments.map(({ environment }) => environment),
    ServiceName: service.name,
    ServiceDesc: service.description,
    Protocol: service.protocol,
    ...timesOf(service),
    NetTypes: netTypesOf(service),
    OuterSubDomain: hostsOf(service, context).outer,
    IpVersion: "IPv4",
    Tags: [...service.tags],
  };
}

export const describedService = {
  ...common,
  InternalSubDomain: z.string().describe("Its host name for private addresses; empty when it does not take these"),
  ApiTotalCount: z.int().describe("How many APIs it has"),
  ApiIdStatusSet: z.array(apiStatus).describe("Its APIs"),
};

export async function describe(id: string, context: ActionContext) {
  const service = await findService(context, id);
  const apis = await context.store.apiGateway.apis.list(service.serviceId);
  return {
    ...(await commonOf(service, context)),
    InternalSubDomain: hostsOf(service, context).inner,
    ApiTotalCount: apis.length,
    ApiIdStatusSet: apis.map(apiStatusOf),
  };
}

export const describeService = defineAction({
  name: "DescribeService",
  group,
  summary: "Tells about a service and its APIs as they are edited.",
  input: z.object({ ServiceId: serviceId }),
  output: z.object(describedService),
  permission: permissionOf("DescribeService"),
  errors: [...fieldErrors, "ResourceNotFound.InvalidService"],
  handle: (given, context) => describe(given.ServiceId, context),
});

const listed = z
  .object({ ...common, InnerSubDomain: z.string().describe("Its host name for private addresses") })
  .meta({ id: "Service" });

export const describeServicesStatus = defineResultAction({
  name: "DescribeServicesStatus",
  group,
  summary: "Lists the services, the newest first.",
  input: z.object({
    ...paging,
    Filters: filters([
      "ServiceId",
      "ServiceName",
      "IpVersion",
      "NetType",
      "InstanceId",
      "NotUsagePlanId",
      "Environment",
      "EIAMAppId",
      ...tagFilters,
    ]),
  }),
  result: listOf("ServicesStatus", "The services", "ServiceSet", listed),
  errors: ["InvalidParameterValue.InvalidFilterNotSupportedName"],
  async handle(given, context) {
    const services = await context.store.apiGateway.services.list();
    const bound = await servicesOfPlans(given.Filters, context);
    const fitting = services.filter((service) => fitsAll(given.Filters, (name) => filterValue(service, name, bound)));
    const page = await Promise.all(
      pageOf(fitting, given).map(async (service) => {
        return { ...(await commonOf(service, context)), InnerSubDomain: hostsOf(service, context).inner };
      }),
    );
    return { TotalCount: fitting.length, ServiceSet: page };
  },
});

type Filters = readonly { readonly Name: string; readonly Values: readonly string[] }[] | undefined;

/** For `NotUsagePlanId`: plans by service, of the environment that stands beside it. */
async function servicesOfPlans(given: Filters, { store }: ActionContext) {
  const values = (name: string) => (given ?? []).find((filter) => filter.Name === name)?.Values ?? [];
  const environments = values("Environment");
  const bound = new Map<string, Set<string>>();
  for (const planId of values("NotUsagePlanId")) {
    for (const { serviceId: id, environment, apiId } of await store.apiGateway.bindings.ofObject("plan", planId)) {
      if (apiId !== null || (environments.length > 0 && !environments.includes(environment))) continue;
      bound.set(planId, (bound.get(planId) ?? new Set()).add(id));
    }
  }
  return { plans: values("NotUsagePlanId"), environments, bound };
}

function filterValue(
  service: ServiceRecord,
  name: string,
  { plans, environments, bound }: Awaited<ReturnType<typeof servicesOfPlans>>,
): string | readonly string[] {
  switch (name) {
    case "ServiceId":
      return service.serviceId;
    case "ServiceName":
      return service.name;
    case "IpVersion":
      return "IPv4";
    case "NetType":
      return netTypesOf(service);
    case "NotUsagePlanId":
      return plans.filter((planId) => bound.get(planId)?.has(service.serviceId) !== true);
    case "Environment":
      return environments; // goes with NotUsagePlanId
    default:
      return tagValues(name, service.tags) ?? []; // instances of one's own and EIAM applications: no service has any
  }
}
