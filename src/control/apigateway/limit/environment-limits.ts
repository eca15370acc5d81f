import { z } from "zod";
import { limits } from "../../../core/index.ts";
import { pathOf } from "../api/api-status.ts";
import { findApi } from "../api/apis.ts";
import { environmentName, environmentNames, ids, listOf, pageOf, paging, serviceId } from "../fields.ts";
import { broken } from "../../request/validate.ts";
import { defineResultAction, done } from "../result-action.ts";
import { announceService, findService, urlOf } from "../service/service-record.ts";

const group = "Limits";
const most = limits.apiGateway.perSecond;

const strategy = z
  .int()
  .refine(
    (value) => value === -1 || (value >= 1 && value <= most),
    broken("InvalidParameterValue.RangeExceeded", `must be -1, which is no limit, or 1–${most}`),
  )
  .describe("Requests per second; -1: no limit");

const perSecondOf = (value: number) => (value === -1 ? null : value);

export const modifyServiceEnvironmentStrategy = defineResultAction({
  name: "ModifyServiceEnvironmentStrategy",
  group,
  summary: "Limits how many requests per second environments of a service take, all APIs together, at once.",
  input: z.object({
    ServiceId: serviceId,
    Strategy: strategy,
    EnvironmentNames: z.array(environmentName).describe("The environments"),
  }),
  result: done,
  errors: ["ResourceNotFound.InvalidService"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    for (const environment of new Set(given.EnvironmentNames)) {
      await context.store.apiGateway.limits.set(given.ServiceId, environment, [null], perSecondOf(given.Strategy));
    }
    await announceService(context, given.ServiceId);
    return true;
  },
});

const environmentStrategy = z
  .object({
    EnvironmentName: z.string().describe("`test`, `prepub` or `release`"),
    Url: z.string().describe("Where it is reached"),
    Status: z.int().describe("1: it serves a release; 0: it does not"),
    VersionName: z.string().describe("The release that it serves; empty: none"),
    Strategy: z.int().describe("Requests per second; -1: no limit"),
    MaxStrategy: z.int().describe("The largest limit that can be set"),
  })
  .meta({ id: "ServiceEnvironmentStrategy" });

export const describeServiceEnvironmentStrategy = defineResultAction({
  name: "DescribeServiceEnvironmentStrategy",
  group,
  summary: "Tells how many requests per second each environment of a service takes.",
  input: z.object({ ServiceId: serviceId, ...paging }),
  result: listOf("ServiceEnvironmentStrategyStatus", "The environments", "EnvironmentList", environmentStrategy),
  errors: ["ResourceNotFound.InvalidService"],
  async handle(given, context) {
    const service = await findService(context, given.ServiceId);
    const set = await context.store.apiGateway.limits.list(given.ServiceId);
    const served = await context.store.apiGateway.releases.environments(given.ServiceId);
    const all = environmentNames.map((name) => {
      const release = served.find(({ environment }) => environment === name);
      const limit = set.find(({ environment, apiId }) => environment === name && apiId === null);
      return {
        EnvironmentName: name,
        Url: urlOf(service, name, context),
        Status: release === undefined ? 0 : 1,
        VersionName: release?.versionName ?? "",
        Strategy: limit?.perSecond ?? -1,
        MaxStrategy: most,
      };
    });
    return { TotalCount: all.length, EnvironmentList: [...pageOf(all, given)] };
  },
});

export const modifyApiEnvironmentStrategy = defineResultAction({
  name: "ModifyApiEnvironmentStrategy",
  group,
  summary: "Limits how many requests per second single APIs take in an environment, at once.",
  input: z.object({
    ServiceId: serviceId,
    Strategy: strategy,
    EnvironmentName: environmentName,
    ApiIds: ids("The APIs"),
  }),
  result: done,
  errors: ["ResourceNotFound.InvalidService", "ResourceNotFound.InvalidApi"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const apiIds = [...new Set(given.ApiIds)];
    for (const apiId of apiIds) await findApi(context, given.ServiceId, apiId);
    const { limits: table } = context.store.apiGateway;
    await table.set(given.ServiceId, given.EnvironmentName, apiIds, perSecondOf(given.Strategy));
    await announceService(context, given.ServiceId);
    return true;
  },
});

const quota = z
  .object({
    EnvironmentName: z.string().describe("`test`, `prepub` or `release`"),
    Quota: z.int().describe("Requests per second; -1: no limit"),
  })
  .meta({ id: "EnvironmentStrategy" });

const apiStrategy = z
  .object({
    ApiId: z.string().describe("Id of the API"),
    ApiName: z.string().describe("Its name"),
    Path: z.string().describe("Its path"),
    Method: z.string().describe("Its method"),
    EnvironmentStrategySet: z.array(quota).describe("Its limits"),
  })
  .meta({ id: "ApiEnvironmentStrategy" });

export const describeApiEnvironmentStrategy = defineResultAction({
  name: "DescribeApiEnvironmentStrategy",
  group,
  summary: "Tells how many requests per second the APIs of a service take in each environment.",
  input: z.object({
    ServiceId: serviceId,
    EnvironmentNames: z.array(environmentName).optional().describe("The environments; all of them when absent"),
    ApiId: z.string().optional().describe("One API; all of them when absent"),
    ...paging,
  }),
  result: listOf("ApiEnvironmentStrategyStatus", "The APIs", "ApiEnvironmentStrategySet", apiStrategy),
  errors: ["ResourceNotFound.InvalidService"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const { apis, limits: table } = context.store.apiGateway;
    const set = await table.list(given.ServiceId);
    const all = (await apis.list(given.ServiceId)).filter(
      ({ apiId }) => given.ApiId === undefined || given.ApiId === "" || apiId === given.ApiId,
    );
    const wanted = environmentNames.filter((name) => given.EnvironmentNames?.includes(name) ?? true);
    const page = pageOf(all, given).map((api) => ({
      ApiId: api.apiId,
      ApiName: api.definition.name,
      Path: pathOf(api),
      Method: api.definition.method,
      EnvironmentStrategySet: wanted.map((name) => {
        const limit = set.find(({ environment, apiId }) => environment === name && apiId === api.apiId);
        return { EnvironmentName: name, Quota: limit?.perSecond ?? -1 };
      }),
    }));
    return { TotalCount: all.length, ApiEnvironmentStrategySet: page };
  },
});
