import { z } from "zod";
import { defaultNamespace, limits } from "../../../core/index.ts";
import type { FunctionFilter, FunctionRecord } from "../../../store/index.ts";
import { defineAction } from "../../action.ts";
import { limit, namespace, offset, oneOf, order, shortText } from "../fields.ts";
import { listFilters, type Filter } from "../filters.ts";
import { functionSummary, statusReason } from "../replies.ts";
import * as structures from "../structures.ts";
import { formatTime } from "../time.ts";
import { namespaceMissing } from "./function-record.ts";

/** Filters that the store knows; the others look at what was kept. */
const storeFilters = ["Status", "Runtime", "Type"];
const keptFilters: Readonly<Record<string, (record: FunctionRecord) => unknown>> = {
  VpcId: ({ spec }) => structures.vpcConfig.safeParse(spec.kept["VpcConfig"]).data?.VpcId,
  SubnetId: ({ spec }) => structures.vpcConfig.safeParse(spec.kept["VpcConfig"]).data?.SubnetId,
  ClsTopicId: ({ spec }) => spec.kept["ClsTopicId"],
  ClsLogsetId: ({ spec }) => spec.kept["ClsLogsetId"],
  Role: ({ spec }) => spec.role,
  // No function has file systems or fixed addresses yet, so that nothing has these values.
  CfsId: () => undefined,
  CfsMountInsId: () => undefined,
  Eip: () => undefined,
};
const tagPrefix = "tag-";
const sortKeys = { AddTime: "addTime", ModTime: "modTime", FunctionName: "name" } as const;

const input = z.object({
  Namespace: namespace,
  SearchKey: shortText("InvalidParameterValue.SearchKey").optional().describe("Part of the name"),
  Description: shortText("InvalidParameterValue.Description", limits.descriptionLength)
    .optional()
    .describe("Part of the description"),
  Filters: listFilters(
    (name) => storeFilters.includes(name) || Object.hasOwn(keptFilters, name) || name.startsWith(tagPrefix),
    `${[...Object.keys(keptFilters), ...storeFilters].join(", ")}, or tag-<key>`,
  ).optional(),
  Orderby: oneOf(["AddTime", "ModTime", "FunctionName"], "InvalidParameterValue.OrderBy")
    .prefault("AddTime")
    .describe("`AddTime`, `ModTime` or `FunctionName`"),
  Order: order("desc"),
  Offset: offset,
  Limit: limit(1_000),
});

export const listFunctions = defineAction({
  name: "ListFunctions",
  group: "Functions",
  summary: "Lists the functions of a namespace.",
  input,
  output: z.object({
    Functions: z.array(functionSummary).describe("The functions"),
    TotalCount: z.int().describe("How many there are without `Offset` and `Limit`"),
  }),
  permission: "scf:ListFunctions",
  errors: [
    "InvalidParameterValue.Namespace",
    "InvalidParameterValue.SearchKey",
    "InvalidParameterValue.Description",
    "InvalidParameterValue.Filters",
    "InvalidParameterValue.OrderBy",
    "InvalidParameterValue.Order",
    "InvalidParameterValue.Offset",
    "InvalidParameterValue.Limit",
    "ResourceNotFound.Namespace",
  ],
  async handle(given, { store }) {
    const isThere = given.Namespace === defaultNamespace || (await store.namespaces.find(given.Namespace)) !== null;
    if (!isThere) throw namespaceMissing(given.Namespace);
    const onKept = (given.Filters ?? []).filter(({ Name }) => Object.hasOwn(keptFilters, Name));
    const { total, functions } = await store.functions.list(storeFilter(given, onKept.length > 0));
    if (onKept.length === 0) return { Functions: functions.map(summaryOf), TotalCount: total };
    const fitting = functions.filter((record) => onKept.every((condition) => holds(condition, record)));
    const page = fitting.slice(given.Offset, given.Offset + given.Limit);
    return { Functions: page.map(summaryOf), TotalCount: fitting.length };
  },
});

/** With conditions on kept values a whole namespace is read, which is at most a few dozen functions. */
function storeFilter(given: z.output<typeof input>, whole: boolean): FunctionFilter {
  const filters = given.Filters ?? [];
  const values = (name: string) => filters.find(({ Name }) => Name === name)?.Values;
  const [status, runtime, type] = [values("Status"), values("Runtime"), values("Type")];
  const tags = filters
    .filter(({ Name }) => Name.startsWith(tagPrefix))
    .map(({ Name, Values }) => ({ key: Name.slice(tagPrefix.length), values: Values }));
  return {
    namespace: given.Namespace,
    ...(given.SearchKey === undefined ? {} : { nameContains: given.SearchKey }),
    ...(given.Description === undefined ? {} : { descriptionContains: given.Description }),
    ...(status === undefined ? {} : { status }),
    ...(runtime === undefined ? {} : { runtime }),
    ...(type === undefined ? {} : { type }),
    ...(tags.length === 0 ? {} : { tags }),
    orderBy: sortKeys[given.Orderby],
    order: given.Order,
    offset: whole ? 0 : given.Offset,
    limit: whole ? limits.functionsPerNamespace : given.Limit,
  };
}

function holds({ Name, Values }: Filter, record: FunctionRecord): boolean {
  const value = keptFilters[Name]?.(record);
  return typeof value === "string" && Values.includes(value);
}

function summaryOf(record: FunctionRecord): z.input<typeof functionSummary> {
  const { spec } = record;
  const reasons = record.statusReasons.map(statusReason);
  return {
    FunctionName: record.name,
    FunctionId: record.functionId,
    Namespace: record.namespace,
    Description: spec.description,
    Type: spec.type,
    Runtime: spec.runtime,
    Status: record.status,
    StatusDesc: reasons.map((reason) => reason.ErrorMessage).join("\n"),
    StatusReasons: reasons,
    AddTime: formatTime(record.addTime),
    ModTime: formatTime(record.modTime),
    Tags: structures.tags.safeParse(spec.kept["Tags"]).data ?? [],
    TotalProvisionedConcurrencyMem: 0,
    ReservedConcurrencyMem: 0,
    AsyncRunEnable: spec.kept["AsyncRunEnable"] === "TRUE" ? "TRUE" : "FALSE",
    TraceEnable: spec.kept["TraceEnable"] === "TRUE" ? "TRUE" : "FALSE",
  };
}
