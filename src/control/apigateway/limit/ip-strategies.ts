import { z } from "zod";
import { limits, randomName } from "../../../core/index.ts";
import type { ApiObject, IpStrategyContent } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { apiStatus, apiStatusOf, pathOf } from "../api/api-status.ts";
import { findApi } from "../api/apis.ts";
import {
  environmentName,
  filters,
  fitsAll,
  ids,
  listOf,
  oneOf,
  pageOf,
  paging,
  serviceId,
  text,
  times,
  timesOf,
} from "../fields.ts";
import { defineResultAction, done } from "../result-action.ts";
import { announceService, findService } from "../service/service-record.ts";
import { readRanges } from "./address-ranges.ts";

const group = "IP strategies";

const strategyId = text("Id of the strategy", 64);
const strategyData = text("Addresses and ranges such as `10.0.0.0/8`, each in a line", 16_384);
const strategyErrors = ["ResourceNotFound.InvalidService", "ResourceNotFound.InvalidIPStrategy"] as const;
const types = { WHITE: "allow", BLACK: "deny" } as const;

const strategyFields = {
  StrategyId: z.string().describe("Id of the strategy"),
  StrategyName: z.string().describe("Its name"),
  StrategyType: z.string().describe("`WHITE` or `BLACK`"),
  StrategyData: z.string().describe("Its addresses, each in a line"),
  ...times,
  ServiceId: z.string().describe("Id of its service"),
  BindApiTotalCount: z.int().describe("How many APIs it is bound to"),
  BindApis: z.array(apiStatus).describe("The APIs"),
};

const ipStrategy = z.object(strategyFields).meta({ id: "IPStrategy" });

async function findStrategy(
  ofService: string,
  id: string,
  context: ActionContext,
): Promise<ApiObject<IpStrategyContent>> {
  await findService(context, ofService);
  const found = await context.store.apiGateway.ipStrategies.find(id);
  if (found?.content.serviceId === ofService) return found;
  throw new ApiError("ResourceNotFound.InvalidIPStrategy", `${ofService} has no IP strategy ${JSON.stringify(id)}.`);
}

async function replyOf(
  strategy: ApiObject<IpStrategyContent>,
  context: ActionContext,
  environment?: string,
): Promise<z.input<typeof ipStrategy>> {
  const { apis, bindings } = context.store.apiGateway;
  const { serviceId: ofService, name, kind, ranges } = strategy.content;
  const bound = (await bindings.ofObject("ip-strategy", strategy.id)).filter(
    (one) => environment === undefined || one.environment === environment,
  );
  const apiIds = new Set(bound.map(({ apiId }) => apiId));
  const all = (await apis.list(ofService)).filter(({ apiId }) => apiIds.has(apiId));
  return {
    StrategyId: strategy.id,
    StrategyName: name,
    StrategyType: kind === "allow" ? "WHITE" : "BLACK",
    StrategyData: ranges.join("\n"),
    ...timesOf(strategy),
    ServiceId: ofService,
    BindApiTotalCount: all.length,
    BindApis: all.map(apiStatusOf),
  };
}

function rangesOf(data: string): readonly string[] {
  const ranges = readRanges(data);
  if (ranges !== null && ranges.length > 0 && ranges.length <= limits.apiGateway.rangesPerList) return ranges;
  throw new ApiError(
    "InvalidParameterValue.InvalidIPAddress",
    `StrategyData must have 1–${limits.apiGateway.rangesPerList} addresses or ranges such as 10.0.0.0/8, each in a line.`,
  );
}

export const createIPStrategy = defineResultAction({
  name: "CreateIPStrategy",
  group,
  summary: "Makes a list of addresses that APIs of a service answer alone (`WHITE`), or not (`BLACK`).",
  input: z.object({
    ServiceId: serviceId,
    StrategyName: text("Name of the strategy", 50),
    StrategyType: oneOf(["WHITE", "BLACK"]).describe("`WHITE` or `BLACK`"),
    StrategyData: strategyData,
  }),
  result: ipStrategy.describe("The strategy"),
  errors: [...strategyErrors, "InvalidParameterValue.InvalidIPAddress", "LimitExceeded.IpStrategyLimitExceeded"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const id = `IPStrategy-${randomName(8)}`;
    const content = {
      serviceId: given.ServiceId,
      name: given.StrategyName,
      kind: types[given.StrategyType],
      ranges: rangesOf(given.StrategyData),
    };
    const limit = limits.apiGateway.objects;
    if ((await context.store.apiGateway.ipStrategies.create(id, content, limit)) !== "created") {
      throw new ApiError(
        "LimitExceeded.IpStrategyLimitExceeded",
        `There are ${limit} IP strategies, as many as there may be.`,
      );
    }
    return replyOf(await findStrategy(given.ServiceId, id, context), context);
  },
});

export const describeIPStrategy = defineResultAction({
  name: "DescribeIPStrategy",
  group,
  summary: "Tells about an IP strategy and the APIs that it is bound to.",
  input: z.object({
    ServiceId: serviceId,
    StrategyId: strategyId,
    EnvironmentName: environmentName.optional(),
    ...paging,
    Filters: filters(["ApiId", "ApiName", "ApiPath", "Method"]),
  }),
  result: ipStrategy.describe("The strategy"),
  errors: [...strategyErrors, "InvalidParameterValue.InvalidFilterNotSupportedName"],
  async handle(given, context) {
    const found = await findStrategy(given.ServiceId, given.StrategyId, context);
    const reply = await replyOf(found, context, given.EnvironmentName);
    const fitting = reply.BindApis.filter((api) =>
      fitsAll(given.Filters, (name) => (name === "ApiPath" ? api.Path : String(Object(api)[name]))),
    );
    return { ...reply, BindApiTotalCount: fitting.length, BindApis: [...pageOf(fitting, given)] };
  },
});

export const modifyIPStrategy = defineResultAction({
  name: "ModifyIPStrategy",
  group,
  summary: "Changes the addresses of an IP strategy, at once wherever it is bound.",
  input: z.object({ ServiceId: serviceId, StrategyId: strategyId, StrategyData: strategyData }),
  result: done,
  errors: [...strategyErrors, "InvalidParameterValue.InvalidIPAddress"],
  async handle(given, context) {
    await findStrategy(given.ServiceId, given.StrategyId, context);
    const ranges = rangesOf(given.StrategyData);
    const wasThere = await context.store.apiGateway.ipStrategies.update(given.StrategyId, { ranges });
    await announceService(context, given.ServiceId);
    return wasThere;
  },
});

export const deleteIPStrategy = defineResultAction({
  name: "DeleteIPStrategy",
  group,
  summary: "Deletes an IP strategy, also where it is bound.",
  input: z.object({ ServiceId: serviceId, StrategyId: strategyId }),
  result: done,
  errors: strategyErrors,
  async handle(given, context) {
    await findStrategy(given.ServiceId, given.StrategyId, context);
    const wasThere = await context.store.apiGateway.ipStrategies.delete(given.StrategyId);
    await announceService(context, given.ServiceId);
    return wasThere;
  },
});

export const describeIPStrategysStatus = defineResultAction({
  name: "DescribeIPStrategysStatus",
  group,
  summary: "Lists the IP strategies of a service, the newest first.",
  input: z.object({ ServiceId: serviceId, Filters: filters(["StrategyName", "StrategyType", "StrategyId"]) }),
  result: listOf("IPStrategiesStatus", "The strategies", "StrategySet", ipStrategy),
  errors: ["ResourceNotFound.InvalidService", "InvalidParameterValue.InvalidFilterNotSupportedName"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const all = await context.store.apiGateway.ipStrategies.list();
    const own = all.filter(({ content }) => content.serviceId === given.ServiceId);
    const replies = await Promise.all(own.map((one) => replyOf(one, context)));
    const fitting = replies.filter((one) => fitsAll(given.Filters, (name) => String(Object(one)[name])));
    return { TotalCount: fitting.length, StrategySet: fitting };
  },
});

const strategyApi = z
  .object({
    ApiId: z.string().describe("Id of the API"),
    ApiName: z.string().describe("Its name"),
    ApiType: z.string().describe("`NORMAL`"),
    Path: z.string().describe("Its path"),
    Method: z.string().describe("Its method"),
    OtherIPStrategyId: z.string().describe("Another strategy that it is bound to there; empty: none"),
    OtherEnvironmentName: z.string().describe("The environment of that"),
  })
  .meta({ id: "IPStrategyApi" });

export const describeIPStrategyApisStatus = defineResultAction({
  name: "DescribeIPStrategyApisStatus",
  group,
  summary: "Lists the APIs that an IP strategy can be bound to in an environment.",
  input: z.object({
    ServiceId: serviceId,
    StrategyId: strategyId,
    EnvironmentName: environmentName,
    ...paging,
    Filters: filters(["ApiId", "ApiName", "ApiPath", "Method"]),
  }),
  result: listOf("IPStrategyApiStatus", "The APIs", "ApiIdStatusSet", strategyApi),
  errors: [...strategyErrors, "InvalidParameterValue.InvalidFilterNotSupportedName"],
  async handle(given, context) {
    await findStrategy(given.ServiceId, given.StrategyId, context);
    const { apis, bindings } = context.store.apiGateway;
    const bound = (await bindings.ofService("ip-strategy", given.ServiceId)).filter(
      ({ environment }) => environment === given.EnvironmentName,
    );
    const isOwn = (apiId: string) => bound.some((one) => one.apiId === apiId && one.objectId === given.StrategyId);
    const free = (await apis.list(given.ServiceId)).filter(({ apiId }) => !isOwn(apiId));
    const replies = free.map((api) => {
      const other = bound.find((one) => one.apiId === api.apiId);
      return {
        ApiId: api.apiId,
        ApiName: api.definition.name,
        ApiType: "NORMAL",
        Path: pathOf(api),
        Method: api.definition.method,
        OtherIPStrategyId: other?.objectId ?? "",
        OtherEnvironmentName: other?.environment ?? "",
      };
    });
    const fitting = replies.filter((api) =>
      fitsAll(given.Filters, (name) => (name === "ApiPath" ? api.Path : String(Object(api)[name]))),
    );
    return { TotalCount: fitting.length, ApiIdStatusSet: [...pageOf(fitting, given)] };
  },
});

async function bindingsOf(
  given: {
    readonly ServiceId: string;
    readonly StrategyId: string;
    readonly EnvironmentName: "test" | "prepub" | "release";
  },
  apiIds: readonly string[],
  context: ActionContext,
) {
  await findStrategy(given.ServiceId, given.StrategyId, context);
  for (const apiId of apiIds) await findApi(context, given.ServiceId, apiId);
  const at = { objectId: given.StrategyId, serviceId: given.ServiceId, environment: given.EnvironmentName };
  return apiIds.map((apiId) => ({ ...at, apiId }));
}

const bindFields = { ServiceId: serviceId, StrategyId: strategyId, EnvironmentName: environmentName };

export const bindIPStrategy = defineResultAction({
  name: "BindIPStrategy",
  group,
  summary: "Binds an IP strategy to APIs in an environment; it acts at once.",
  input: z.object({ ...bindFields, BindApiIds: ids("The APIs") }),
  result: done,
  errors: [...strategyErrors, "ResourceNotFound.InvalidApi"],
  async handle(given, context) {
    const bindings = await bindingsOf(given, given.BindApiIds, context);
    const isBound = await context.store.apiGateway.bindings.bind("ip-strategy", bindings);
    await announceService(context, given.ServiceId);
    return isBound;
  },
});

export const unBindIPStrategy = defineResultAction({
  name: "UnBindIPStrategy",
  group,
  summary: "Takes an IP strategy off APIs in an environment.",
  input: z.object({ ...bindFields, UnBindApiIds: ids("The APIs") }),
  result: done,
  errors: [...strategyErrors, "ResourceNotFound.InvalidApi"],
  async handle(given, context) {
    const bindings = await bindingsOf(given, given.UnBindApiIds, context);
    const count = await context.store.apiGateway.bindings.unbind("ip-strategy", bindings);
    await announceService(context, given.ServiceId);
    return count > 0;
  },
});
