import { z } from "zod";
import type { ApiObject, BindingRecord, PluginContent } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { formatTime, text, times, timesOf } from "../fields.ts";

export const pluginId = text("Id of the plugin", 64);

export const attachedApi = z
  .object({
    ServiceId: z.string().describe("Id of the service"),
    ServiceName: z.string().describe("Its name"),
    ServiceDesc: z.string().describe("Its description"),
    ApiId: z.string().describe("Id of the API"),
    ApiName: z.string().describe("Its name"),
    ApiDesc: z.string().describe("Its description"),
    Environment: z.string().describe("`test`, `prepub` or `release`"),
    AttachedTime: z.string().describe("Since when, UTC"),
  })
  .meta({ id: "AttachedApiInfo" });

export const plugin = z
  .object({
    PluginId: z.string().describe("Id of the plugin"),
    PluginName: z.string().describe("Its name"),
    PluginType: z.string().describe("Its type"),
    PluginData: z.string().describe("Its settings, as JSON text"),
    Description: z.string().describe("Its description"),
    ...times,
    AttachedApiTotalCount: z.int().describe("How many APIs it is attached to"),
    AttachedApis: z.array(attachedApi).describe("The APIs"),
  })
  .meta({ id: "Plugin" });

export async function findPlugin({ store }: ActionContext, id: string): Promise<ApiObject<PluginContent>> {
  const found = await store.apiGateway.plugins.find(id);
  if (found !== null) return found;
  throw new ApiError("ResourceNotFound.InvalidPlugin", `There is no plugin ${JSON.stringify(id)}.`);
}

export async function attachedApisOf(id: string, context: ActionContext): Promise<z.input<typeof attachedApi>[]> {
  const bound = await context.store.apiGateway.bindings.ofObject("plugin", id);
  const all = await Promise.all(bound.map((binding) => attachedApiOf(binding, context)));
  return all.filter((one) => one !== null);
}

async function attachedApiOf(
  binding: BindingRecord,
  { store }: ActionContext,
): Promise<z.input<typeof attachedApi> | null> {
  const { services, apis } = store.apiGateway;
  const service = await services.find(binding.serviceId);
  const api = await apis.find(binding.serviceId, binding.apiId ?? "");
  if (service === null || api === null) return null;
  const description = api.given["ApiDesc"];
  return {
    ServiceId: service.serviceId,
    ServiceName: service.name,
    ServiceDesc: service.description,
    ApiId: api.apiId,
    ApiName: api.definition.name,
    ApiDesc: typeof description === "string" ? description : "",
    Environment: binding.environment,
    AttachedTime: formatTime(binding.boundAt),
  };
}

export async function pluginReply(
  found: ApiObject<PluginContent>,
  context: ActionContext,
): Promise<z.input<typeof plugin>> {
  const attached = await attachedApisOf(found.id, context);
  return {
    PluginId: found.id,
    PluginName: found.content.name,
    PluginType: found.content.type,
    PluginData: JSON.stringify(found.content.data),
    Description: found.content.description,
    ...timesOf(found),
    AttachedApiTotalCount: attached.length,
    AttachedApis: attached,
  };
}
