import { z } from "zod";
import type { FunctionRecord, RecordFilter } from "../../../store/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { broken } from "../../request/validate.ts";
import { functionName, limit, namespace, offset, oneOf, order, qualifier, shortText, time } from "../fields.ts";
import { findFunction, functionErrors } from "../function/function-record.ts";
import { flushRecords } from "./flush-records.ts";
import { functionLog, instanceEntry, invocationEntry, TextBudget, type FunctionLogEntry } from "./function-log.ts";

const maxEntries = 10_000;
const dayMs = 24 * 3_600_000;

const retCodes = ["not0", "is0", "TimeLimitExceeded", "ResourceLimitExceeded", "UserCodeException"] as const;

const filter = z
  .object({
    RetCode: oneOf(["", ...retCodes], "InvalidParameterValue.RetCode")
      .optional()
      .describe(
        "`is0`: went well; `not0`: failed; or a kind of failure: `TimeLimitExceeded`, `ResourceLimitExceeded`, `UserCodeException`",
      ),
  })
  .meta({ id: "LogFilter" });

const searchContext = z
  .object({
    Offset: shortText().describe("As given"),
    Limit: z.int().describe("As given"),
    Keyword: shortText()
      .refine(
        (text) => text === "",
        broken("UnsupportedOperation", "must be empty: searching in logs is not available yet"),
      )
      .optional()
      .describe("Searching in logs is not available yet"),
    Type: shortText().optional().describe("As given"),
  })
  .meta({ id: "LogSearchContext" });

const sortKeys = {
  function_name: "name",
  duration: "duration",
  mem_usage: "memoryBytes",
  start_time: "startTime",
} as const;

const input = z
  .object({
    FunctionName: functionName,
    Offset: offset,
    Limit: limit(maxEntries),
    Order: order("desc"),
    OrderBy: oneOf(["function_name", "duration", "mem_usage", "start_time"], "InvalidParameterValue.OrderBy")
      .prefault("start_time")
      .describe("`function_name`, `duration`, `mem_usage` or `start_time`"),
    Filter: filter.optional().describe("Which calls"),
    Namespace: namespace,
    Qualifier: qualifier.optional().describe("Calls of this version or alias alone"),
    FunctionRequestId: shortText("InvalidParameterValue.FunctionRequestId", 128).optional().describe("This call alone"),
    StartTime: time
      .optional()
      .describe("Earliest beginning, `YYYY-MM-DD HH:MM:SS` in Asia/Shanghai; one day before `EndTime` when absent"),
    EndTime: time.optional().describe("Latest beginning, at most one day after `StartTime`; now when absent"),
    SearchContext: searchContext.optional().describe("Retired by Tencent; comes back as given"),
  })
  .refine((given) => given.Offset + given.Limit <= maxEntries, {
    ...broken("InvalidParameterValue.Limit", `Offset and Limit must be at most ${maxEntries} together`),
  });

export const getFunctionLogs = defineAction({
  name: "GetFunctionLogs",
  group: "Runs",
  summary: "Lists calls that ended, with what they printed; and what instances printed between calls.",
  input,
  output: z.object({
    TotalCount: z.int().describe("How many calls there are without `Offset` and `Limit`"),
    Data: z.array(functionLog).describe("The calls"),
    SearchContext: searchContext.optional().describe("As given"),
  }),
  permission: "scf:GetFunctionLogs",
  errors: [
    ...functionErrors,
    "InvalidParameterValue.Offset",
    "InvalidParameterValue.Limit",
    "InvalidParameterValue.Order",
    "InvalidParameterValue.OrderBy",
    "InvalidParameterValue.RetCode",
    "InvalidParameterValue.Qualifier",
    "InvalidParameterValue.FunctionRequestId",
    "InvalidParameterValue.DateTime",
    "InvalidParameterValue.StartTimeOrEndTime",
    "UnsupportedOperation",
  ],
  async handle(given, context) {
    const window = windowOf(given, context);
    const record = await findFunction(context, given.Namespace, given.FunctionName);
    await flushRecords(context);
    const instances = await instanceEntries(given, window, record, context);
    const page = await readPage(given, window, record, instances, context);
    return {
      TotalCount: page.total,
      Data: page.entries,
      ...(given.SearchContext === undefined ? {} : { SearchContext: given.SearchContext }),
    };
  },
});

interface Window {
  readonly from: number;
  readonly to: number;
}

type Given = z.output<typeof input>;

/** The wire has whole seconds: the last one counts whole. */
function windowOf(given: Given, context: ActionContext): Window {
  const end = given.EndTime ?? (given.StartTime === undefined ? context.clock.now() : given.StartTime + dayMs);
  const from = given.StartTime ?? end - dayMs;
  if (from <= end && end - from <= dayMs) return { from, to: end + 1_000 };
  throw new ApiError(
    "InvalidParameterValue.StartTimeOrEndTime",
    "EndTime must not be before StartTime, and at most one day after it.",
  );
}

interface Timed {
  readonly at: number;
  readonly entry: FunctionLogEntry;
}

/** Lines that belong to no call, where the filters leave room for such. */
async function instanceEntries(
  given: Given,
  window: Window,
  { functionId, name }: FunctionRecord,
  context: ActionContext,
): Promise<readonly Timed[]> {
  const isAboutCalls =
    (given.FunctionRequestId ?? "") !== "" || (given.Filter?.RetCode ?? "") !== "" || given.OrderBy !== "start_time";
  if (isAboutCalls) return [];
  const count = given.Offset + given.Limit;
  const rows = await context.store.records.instanceLogs(functionId, window.from, window.to, count, given.Order);
  const budget = new TextBudget();
  return rows
    .filter((row) => given.Qualifier === undefined || given.Qualifier === row.version)
    .map((row) => ({ at: row.lines[0]?.at ?? window.from, entry: instanceEntry(row, name, budget) }));
}

/** Pages are read in portions, so that a reply of many calls with long logs never has to be in memory whole. */
const portion = 50;

async function readPage(
  given: Given,
  window: Window,
  { functionId }: FunctionRecord,
  instances: readonly Timed[],
  { store }: ActionContext,
): Promise<{ total: number; entries: FunctionLogEntry[] }> {
  // Calls and lines of instances are one list by time: with both, it is merged from its beginning.
  const skip = instances.length === 0 ? given.Offset : 0;
  const end = given.Offset + given.Limit;
  const entries: Timed[] = [];
  const budget = new TextBudget();
  let total = 0;
  for (let at = skip; at < end; at += portion) {
    const { total: found, records } = await store.records.query({
      ...recordFilter(given, window),
      functionId,
      offset: at,
      limit: Math.min(portion, end - at),
    });
    total = found;
    for (const record of records) entries.push({ at: record.startedAt, entry: invocationEntry(record, budget) });
    if (records.length < portion) break;
  }
  if (instances.length === 0) return { total, entries: entries.map((it) => it.entry) };
  const sign = given.Order === "asc" ? 1 : -1;
  const merged = [...entries, ...instances].toSorted((a, b) => sign * (a.at - b.at));
  return { total: total + instances.length, entries: merged.slice(given.Offset, end).map((it) => it.entry) };
}

function recordFilter(given: Given, window: Window): Omit<RecordFilter, "functionId" | "offset" | "limit"> {
  const retCode = given.Filter?.RetCode ?? "";
  const requestId = given.FunctionRequestId ?? "";
  return {
    ...window,
    ...(given.Qualifier === undefined ? {} : { qualifier: given.Qualifier }),
    ...(requestId === "" ? {} : { requestId }),
    ...(retCode === "" ? {} : { retCode }),
    orderBy: sortKeys[given.OrderBy],
    order: given.Order,
  };
}
