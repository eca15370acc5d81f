import { z } from "zod";
import { qualifiers } from "../../../core/index.ts";
import type { AliasRecord, FunctionRecord } from "../../../store/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import type { ErrorCode } from "../../error-codes.ts";
import { broken } from "../../request/validate.ts";
import { aliasName, description, functionName, namespace, versionName } from "../fields.ts";
import { findAlias, findFunction, functionErrors, requireVersion } from "../function/function-record.ts";
import { formatTime } from "../time.ts";
import { routingConfig, routingOf, routingReply } from "./routing.ts";

const group = "Aliases";

const writeErrors = [
  ...functionErrors,
  "InvalidParameterValue.Alias",
  "InvalidParameterValue.Description",
  "InvalidParameterValue.Qualifier",
  "InvalidParameterValue.AdditionalVersionWeights",
  "InvalidParameterValue.RoutingConfig",
  "ResourceNotFound.FunctionVersion",
] as const satisfies readonly ErrorCode[];

const routing = routingConfig.optional();
const mainVersion = versionName.describe("Main version: a number, or `$LATEST`");

export const createAlias = defineAction({
  name: "CreateAlias",
  group,
  summary: "Gives a version a name; a further version can take a share of the calls, or those that match.",
  input: z.object({
    FunctionName: functionName,
    Name: aliasName,
    FunctionVersion: mainVersion,
    Namespace: namespace,
    RoutingConfig: routing.describe("The additional version"),
    Description: description.optional().describe("Description of the alias"),
  }),
  output: z.object({}),
  permission: "scf:CreateAlias",
  errors: [...writeErrors, "ResourceInUse.Alias"],
  async handle(given, context) {
    if (given.Name === qualifiers.default) {
      throw new ApiError(
        "InvalidParameterValue.Alias",
        "$DEFAULT is there from the start; change it with UpdateAlias.",
      );
    }
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    const route = await checkedRoute(given.FunctionVersion, given.RoutingConfig, record, context);
    const alias = { name: given.Name, ...route, description: given.Description ?? "" };
    if ((await context.store.aliases.create(record.functionId, alias)) === "exists") {
      throw new ApiError("ResourceInUse.Alias", `${record.name} has an alias ${given.Name} already.`);
    }
    await context.store.changes.announce("function", record.functionId);
    return {};
  },
});

export const updateAlias = defineAction({
  name: "UpdateAlias",
  group,
  summary: "Points an alias to another version. Its routing is replaced: without `RoutingConfig` it has none.",
  input: z.object({
    FunctionName: functionName,
    Name: aliasName,
    FunctionVersion: mainVersion,
    Namespace: namespace,
    RoutingConfig: routing.describe("The additional version; none when absent"),
    Description: description.optional().describe("Description of the alias; stays when absent"),
  }),
  output: z.object({}),
  permission: "scf:UpdateAlias",
  errors: [...writeErrors, "ResourceNotFound.Alias"],
  async handle(given, context) {
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    await findAlias(context, record, given.Name);
    const route = await checkedRoute(given.FunctionVersion, given.RoutingConfig, record, context);
    await context.store.aliases.update(record.functionId, {
      name: given.Name,
      ...route,
      ...(given.Description === undefined ? {} : { description: given.Description }),
    });
    await context.store.changes.announce("function", record.functionId);
    return {};
  },
});

async function checkedRoute(
  version: string,
  given: z.output<typeof routing>,
  record: FunctionRecord,
  context: ActionContext,
) {
  const route = routingOf(given, version);
  for (const used of [version, ...[...route.weighted, ...route.matched].map((it) => it.version)]) {
    await requireVersion(context, record, used);
  }
  return { version, ...route };
}

const aliasFields = {
  Name: z.string().describe("Name of the alias"),
  FunctionVersion: z.string().describe("Main version"),
  RoutingConfig: routingConfig.describe("The additional version"),
  Description: z.string().describe("Description of the alias"),
  AddTime: z.string().describe("When it was made, Asia/Shanghai"),
  ModTime: z.string().describe("When it was changed last, Asia/Shanghai"),
};

function aliasReply(alias: AliasRecord) {
  return {
    Name: alias.name,
    FunctionVersion: alias.version,
    RoutingConfig: routingReply(alias),
    Description: alias.description,
    AddTime: formatTime(alias.addTime),
    ModTime: formatTime(alias.modTime),
  };
}

export const getAlias = defineAction({
  name: "GetAlias",
  group,
  summary: "Tells what an alias points to.",
  input: z.object({ FunctionName: functionName, Name: aliasName, Namespace: namespace }),
  output: z.object(aliasFields),
  permission: "scf:GetAlias",
  errors: [...functionErrors, "InvalidParameterValue.Alias", "ResourceNotFound.Alias"],
  async handle(given, context) {
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    return aliasReply(await findAlias(context, record, given.Name));
  },
});

/** These two are texts on the wire. */
function numberText(code: ErrorCode, preset: string, max: number) {
  return z
    .string()
    .refine(
      (text) => /^\d{1,10}$/.test(text) && Number(text) <= max,
      broken(code, `must be the text of a number up to ${max}`),
    )
    .transform(Number)
    .prefault(preset);
}

export const listAliases = defineAction({
  name: "ListAliases",
  group,
  summary: "Lists the aliases of a function, `$DEFAULT` included.",
  input: z.object({
    FunctionName: functionName,
    Namespace: namespace,
    FunctionVersion: versionName.optional().describe("Only aliases whose main version this is"),
    Offset: numberText("InvalidParameterValue.Offset", "0", 2 ** 31 - 1).describe("How many entries to skip, as text"),
    Limit: numberText("InvalidParameterValue.Limit", "20", 1_000).describe(
      "How many entries to return at most, as text",
    ),
  }),
  output: z.object({
    Aliases: z.array(z.object(aliasFields).meta({ id: "Alias" })).describe("The aliases"),
    TotalCount: z.int().describe("How many there are without `Offset` and `Limit`"),
  }),
  permission: "scf:ListAliases",
  errors: [
    ...functionErrors,
    "InvalidParameterValue.Qualifier",
    "InvalidParameterValue.Offset",
    "InvalidParameterValue.Limit",
  ],
  async handle(given, context) {
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    const all = await context.store.aliases.list(record.functionId);
    const fitting = all.filter(({ version }) => (given.FunctionVersion ?? version) === version);
    const page = fitting.slice(given.Offset, given.Offset + given.Limit);
    return { Aliases: page.map(aliasReply), TotalCount: fitting.length };
  },
});

export const deleteAlias = defineAction({
  name: "DeleteAlias",
  group,
  summary: "Deletes an alias. `$DEFAULT` stays.",
  input: z.object({ FunctionName: functionName, Name: aliasName, Namespace: namespace }),
  output: z.object({}),
  permission: "scf:DeleteAlias",
  errors: [...functionErrors, "InvalidParameterValue.Alias", "ResourceNotFound.Alias", "FailedOperation.DeleteAlias"],
  async handle(given, context) {
    if (given.Name === qualifiers.default) {
      throw new ApiError(
        "FailedOperation.DeleteAlias",
        "$DEFAULT cannot be deleted; point it elsewhere with UpdateAlias.",
      );
    }
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    await findAlias(context, record, given.Name);
    await context.store.aliases.delete(record.functionId, given.Name);
    await context.store.changes.announce("function", record.functionId);
    return {};
  },
});
