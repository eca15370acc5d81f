import { z } from "zod";
import { ApiError } from "../../api-error.ts";
import { pathOf } from "../api/api-status.ts";
import { findApi } from "../api/apis.ts";
import { apiId, environmentName, formatTime, ids, listOf, pageOf, paging, serviceId } from "../fields.ts";
import { defineResultAction, done } from "../result-action.ts";
import { announceService, findService, serviceMissing } from "../service/service-record.ts";
import { attachedApi, attachedApisOf, findPlugin, pluginId } from "./plugin-record.ts";

const group = "Plugins";

const attachErrors = [
  "ResourceNotFound.InvalidPlugin",
  "ResourceNotFound.InvalidService",
  "ResourceNotFound.InvalidApi",
] as const;

export const attachPlugin = defineResultAction({
  name: "AttachPlugin",
  group,
  summary: "Attaches a plugin to APIs in an environment; it acts at once. An API has one of each type there.",
  input: z.object({
    PluginId: pluginId,
    ServiceId: serviceId,
    EnvironmentName: environmentName,
    ApiIds: ids("The APIs"),
  }),
  result: done,
  errors: [...attachErrors, "UnsupportedOperation.AttachPlugin"],
  async handle(given, context) {
    const { id, content } = await findPlugin(context, given.PluginId);
    await findService(context, given.ServiceId);
    const { bindings, plugins } = context.store.apiGateway;
    const bound = (await bindings.ofService("plugin", given.ServiceId)).filter(
      (one) =>
        one.environment === given.EnvironmentName && one.objectId !== id && given.ApiIds.includes(one.apiId ?? ""),
    );
    for (const { objectId, apiId: of } of bound) {
      if ((await plugins.find(objectId))?.content.type !== content.type) continue;
      throw new ApiError(
        "UnsupportedOperation.AttachPlugin",
        `${of} has a plugin of type ${content.type} in ${given.EnvironmentName} already: ${objectId}.`,
      );
    }
    for (const one of given.ApiIds) await findApi(context, given.ServiceId, one);
    const at = { objectId: id, serviceId: given.ServiceId, environment: given.EnvironmentName };
    if (
      !(await bindings.bind(
        "plugin",
        given.ApiIds.map((one) => ({ ...at, apiId: one })),
      ))
    ) {
      throw serviceMissing(given.ServiceId);
    }
    await announceService(context, given.ServiceId);
    return true;
  },
});

export const detachPlugin = defineResultAction({
  name: "DetachPlugin",
  group,
  summary: "Takes a plugin off an API in an environment.",
  input: z.object({ PluginId: pluginId, ServiceId: serviceId, EnvironmentName: environmentName, ApiId: apiId }),
  result: done,
  errors: [...attachErrors, "UnsupportedOperation.ResourceUnassociated"],
  async handle(given, context) {
    await findPlugin(context, given.PluginId);
    await findApi(context, given.ServiceId, given.ApiId);
    const at = { objectId: given.PluginId, serviceId: given.ServiceId, environment: given.EnvironmentName };
    if ((await context.store.apiGateway.bindings.unbind("plugin", [{ ...at, apiId: given.ApiId }])) === 0) {
      throw new ApiError(
        "UnsupportedOperation.ResourceUnassociated",
        `${given.PluginId} is not attached to ${given.ApiId} in ${given.EnvironmentName}.`,
      );
    }
    await announceService(context, given.ServiceId);
    return true;
  },
});

export const describePluginApis = defineResultAction({
  name: "DescribePluginApis",
  group,
  summary: "Lists the APIs that a plugin is attached to.",
  input: z.object({ PluginId: pluginId, ...paging }),
  result: listOf("AttachedApiSummary", "The APIs", "AttachedApis", attachedApi),
  errors: ["ResourceNotFound.InvalidPlugin"],
  async handle(given, context) {
    await findPlugin(context, given.PluginId);
    const all = await attachedApisOf(given.PluginId, context);
    return { TotalCount: all.length, AttachedApis: [...pageOf(all, given)] };
  },
});

const available = z
  .object({
    ApiId: z.string().describe("Id of the API"),
    ApiName: z.string().describe("Its name"),
    ApiType: z.string().describe("`NORMAL`"),
    Path: z.string().describe("Its path"),
    Method: z.string().describe("Its method"),
    AttachedOtherPlugin: z.boolean().describe("Whether it has another plugin of the type there"),
    IsAttached: z.boolean().describe("Whether it has this one there"),
  })
  .meta({ id: "AvailableApiInfo" });

export const describeAllPluginApis = defineResultAction({
  name: "DescribeAllPluginApis",
  group,
  summary: "Lists the APIs of a service, and whether a plugin is or could be attached to each.",
  input: z.object({ ServiceId: serviceId, PluginId: pluginId, EnvironmentName: environmentName, ...paging }),
  result: listOf("ApiInfoSummary", "The APIs", "ApiSet", available),
  errors: ["ResourceNotFound.InvalidPlugin", "ResourceNotFound.InvalidService"],
  async handle(given, context) {
    const { id, content } = await findPlugin(context, given.PluginId);
    await findService(context, given.ServiceId);
    const { apis, bindings, plugins } = context.store.apiGateway;
    const typed = new Set(
      (await plugins.list()).filter((one) => one.content.type === content.type).map((one) => one.id),
    );
    const bound = (await bindings.ofService("plugin", given.ServiceId)).filter(
      (one) => one.environment === given.EnvironmentName && typed.has(one.objectId),
    );
    const all = await apis.list(given.ServiceId);
    const page = pageOf(all, given).map((api) => {
      const own = bound.filter((one) => one.apiId === api.apiId).map(({ objectId }) => objectId);
      return {
        ApiId: api.apiId,
        ApiName: api.definition.name,
        ApiType: "NORMAL",
        Path: pathOf(api),
        Method: api.definition.method,
        AttachedOtherPlugin: own.some((one) => one !== id),
        IsAttached: own.includes(id),
      };
    });
    return { TotalCount: all.length, ApiSet: page };
  },
});

const attached = z
  .object({
    PluginId: z.string().describe("Id of the plugin"),
    PluginName: z.string().describe("Its name"),
    PluginType: z.string().describe("Its type"),
    PluginData: z.string().describe("Its settings, as JSON text"),
    Description: z.string().describe("Its description"),
    Environment: z.string().describe("`test`, `prepub` or `release`"),
    AttachedTime: z.string().describe("Since when, UTC"),
  })
  .meta({ id: "AttachedPluginInfo" });

export const describePluginsByApi = defineResultAction({
  name: "DescribePluginsByApi",
  group,
  summary: "Lists the plugins that are attached to an API.",
  input: z.object({
    ApiId: apiId,
    ServiceId: serviceId,
    EnvironmentName: environmentName.optional().describe("The environment; all of them when absent"),
    ...paging,
  }),
  result: listOf("AttachedPluginSummary", "The plugins", "PluginSummary", attached),
  errors: ["ResourceNotFound.InvalidService", "ResourceNotFound.InvalidApi"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    await findApi(context, given.ServiceId, given.ApiId);
    const { bindings, plugins } = context.store.apiGateway;
    const bound = (await bindings.ofService("plugin", given.ServiceId)).filter(
      (one) =>
        one.apiId === given.ApiId && (given.EnvironmentName === undefined || one.environment === given.EnvironmentName),
    );
    const found = await Promise.all(bound.map(async (one) => ({ one, plugin: await plugins.find(one.objectId) })));
    const all = found.flatMap(({ one, plugin }) =>
      plugin === null
        ? []
        : [
            {
              PluginId: plugin.id,
              PluginName: plugin.content.name,
              PluginType: plugin.content.type,
              PluginData: JSON.stringify(plugin.content.data),
              Description: plugin.content.description,
              Environment: one.environment,
              AttachedTime: formatTime(one.boundAt),
            },
          ],
    );
    return { TotalCount: all.length, PluginSummary: [...pageOf(all, given)] };
  },
});
