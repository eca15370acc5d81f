import { z } from "zod";
import { limits, randomName } from "../../../core/index.ts";
import { ApiError } from "../../api-error.ts";
import { broken } from "../../request/validate.ts";
import { filters, fitsAll, listOf, pageOf, paging, tagFilters, tags, tagValues, text } from "../fields.ts";
import { announceBound } from "../plan/plan-record.ts";
import { defineResultAction, done } from "../result-action.ts";
import { pluginTypeOf, readPluginData } from "./plugin-data.ts";
import { findPlugin, plugin, pluginId, pluginReply } from "./plugin-record.ts";

const group = "Plugins";

const pluginName = z
  .string()
  .refine(
    (name) => /^[A-Za-z]\w{0,48}[A-Za-z0-9]$/.test(name),
    broken(
      "InvalidParameterValue",
      "must be 2–50 letters, digits and _, begin with a letter and end in a letter or digit",
    ),
  )
  .describe("Name of the plugin: 2–50 letters, digits and `_`");

const pluginData = text("Its settings, as JSON text; the guide has those of each type", 64 * 1024);
const description = text("Description", 200).optional();
const dataErrors = ["InvalidParameterValue.InvalidPluginConfig", "InvalidParameterValue.InvalidScfConfig"] as const;

export const createPlugin = defineResultAction({
  name: "CreatePlugin",
  group,
  summary: "Makes a plugin: something that acts on the requests of the APIs that it is attached to.",
  input: z.object({
    PluginName: pluginName,
    PluginType: z.string().describe("`IPControl`, `TrafficControl`, `Cors` or `CustomAuth`"),
    PluginData: pluginData,
    Description: description,
    Tags: tags.optional(),
  }),
  result: plugin.describe("The plugin"),
  errors: [...dataErrors, "UnsupportedOperation", "ResourceNotFound.InvalidPlugin", "LimitExceeded"],
  async handle(given, context) {
    const type = pluginTypeOf(given.PluginType);
    const id = `plugin-${randomName(8)}`;
    const content = {
      name: given.PluginName,
      type,
      data: await readPluginData(type, given.PluginData, context),
      description: given.Description ?? "",
      tags: given.Tags ?? [],
    };
    const limit = limits.apiGateway.objects;
    if ((await context.store.apiGateway.plugins.create(id, content, limit)) !== "created") {
      throw new ApiError("LimitExceeded", `There are ${limit} plugins, as many as there may be.`);
    }
    return pluginReply(await findPlugin(context, id), context);
  },
});

export const modifyPlugin = defineResultAction({
  name: "ModifyPlugin",
  group,
  summary: "Changes what is given of a plugin, at once wherever it is attached.",
  input: z.object({
    PluginId: pluginId,
    PluginName: pluginName.optional(),
    Description: description,
    PluginData: pluginData.optional(),
  }),
  result: done,
  errors: [...dataErrors, "ResourceNotFound.InvalidPlugin"],
  async handle(given, context) {
    const { content } = await findPlugin(context, given.PluginId);
    const data =
      given.PluginData === undefined ? content.data : await readPluginData(content.type, given.PluginData, context);
    const { plugins, bindings } = context.store.apiGateway;
    const wasThere = await plugins.update(given.PluginId, {
      data,
      ...(given.PluginName === undefined ? {} : { name: given.PluginName }),
      ...(given.Description === undefined ? {} : { description: given.Description }),
    });
    await announceBound(await bindings.ofObject("plugin", given.PluginId), context);
    return wasThere;
  },
});

export const deletePlugin = defineResultAction({
  name: "DeletePlugin",
  group,
  summary: "Deletes a plugin that is attached to nothing.",
  input: z.object({ PluginId: pluginId }),
  result: done,
  errors: ["ResourceNotFound.InvalidPlugin", "UnsupportedOperation.ResourceAssociated"],
  async handle(given, context) {
    await findPlugin(context, given.PluginId);
    const { plugins, bindings } = context.store.apiGateway;
    if ((await bindings.ofObject("plugin", given.PluginId)).length > 0) {
      throw new ApiError(
        "UnsupportedOperation.ResourceAssociated",
        `${given.PluginId} is attached to APIs; take it off with DetachPlugin first.`,
      );
    }
    return plugins.delete(given.PluginId);
  },
});

export const describePlugin = defineResultAction({
  name: "DescribePlugin",
  group,
  summary: "Tells about a plugin and the APIs that it is attached to.",
  input: z.object({ PluginId: pluginId, ...paging }),
  result: plugin.describe("The plugin"),
  errors: ["ResourceNotFound.InvalidPlugin"],
  async handle(given, context) {
    const reply = await pluginReply(await findPlugin(context, given.PluginId), context);
    return { ...reply, AttachedApis: [...pageOf(reply.AttachedApis, given)] };
  },
});

export const describePlugins = defineResultAction({
  name: "DescribePlugins",
  group,
  summary: "Lists the plugins, the newest first.",
  input: z.object({
    PluginIds: z.array(pluginId).optional().describe("Ids of the plugins; all of them when absent"),
    PluginName: text("Their name").optional(),
    PluginType: text("Their type").optional(),
    ...paging,
    Filters: filters(["PluginId", "PluginName", "PluginType", ...tagFilters]),
  }),
  result: listOf("PluginSummary", "The plugins", "PluginSet", plugin),
  errors: ["InvalidParameterValue.InvalidFilterNotSupportedName"],
  async handle(given, context) {
    const { PluginIds: ids = [], PluginName: name = "", PluginType: type = "" } = given;
    const fitting = (await context.store.apiGateway.plugins.list()).filter(({ id, content }) => {
      const told: Readonly<Record<string, string>> = {
        PluginId: id,
        PluginName: content.name,
        PluginType: content.type,
      };
      return (
        (ids.length === 0 || ids.includes(id)) &&
        (name === "" || content.name === name) &&
        (type === "" || content.type === type) &&
        fitsAll(given.Filters, (key) => tagValues(key, content.tags) ?? told[key] ?? [])
      );
    });
    const page = await Promise.all(pageOf(fitting, given).map((one) => pluginReply(one, context)));
    return { TotalCount: fitting.length, PluginSet: page };
  },
});
