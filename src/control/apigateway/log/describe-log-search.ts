import { z } from "zod";
import { limits } from "../../../core/index.ts";
import type { ApiLogPlace } from "../../../store/index.ts";
import { defineAction } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { broken } from "../../request/validate.ts";
import { flushRecords } from "../../scf/run/flush-records.ts";
import { parseTime } from "../../scf/time.ts";
import { filters, integer, oneOf, serviceId, text } from "../fields.ts";
import { fieldErrors, permissionOf } from "../result-action.ts";
import { findService } from "../service/service-record.ts";
import { conditionsOf, filterNames, logQuery } from "./log-conditions.ts";
import { logLine } from "./log-line.ts";

const time = (sentence: string) =>
  z
    .string()
    .refine((given) => !Number.isNaN(timeOf(given)), broken("InvalidParameterValue", "must be a time"))
    .transform(timeOf)
    .describe(`${sentence}: \`2026-11-24 08:00:00\` (UTC+8) or \`2026-11-24T00:00:00Z\``);

function timeOf(given: string): number {
  return parseTime(given) ?? (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(given) ? Date.parse(given) : Number.NaN);
}

const input = z.object({
  ServiceId: serviceId,
  StartTime: time("From when on"),
  EndTime: time("Until when"),
  Limit: integer(1, limits.apiGateway.page)
    .default(20)
    .describe(`How many to return at most, 1–${limits.apiGateway.page}`),
  ConText: text("As the last reply gave it, for what follows").default(""),
  Sort: oneOf(["desc", "asc"]).default("desc").describe("`desc`, the newest first, or `asc`"),
  LogQuerys: z
    .array(logQuery)
    .refine((list) => list.length <= 20, broken("InvalidParameterValue.RangeExceeded", "must be at most 20 conditions"))
    .default([])
    .describe(
      "Conditions that all have to hold: `req_id`, `api_id` and `cip` with `=`; `uip` and `err_msg` with `:` (contains); " +
        "`rsp_st` with `=`, `!=`, `:`, `>` and `<`; `req_t` (seconds) with `>=` and `<=`",
    ),
  Filters: filters(filterNames),
  Query: text("Kept for clients that send it; nothing looks at it").optional(),
});

export const describeLogSearch = defineAction({
  name: "DescribeLogSearch",
  group: "Logs",
  summary: "Searches what a service answered, the newest first; kept for 30 days.",
  input,
  output: z.object({
    ConText: z.string().describe("For the next page; empty: there is none"),
    LogSet: z
      .array(z.string())
      .describe(
        "`[app_id][env_name][service_id][http_host][api_id][uri][scheme][rsp_st:…][ups_st:…][cip:…][uip:…][vip:…][rsp_len:…][req_len:…]" +
          "[req_t:…][ups_rsp_t:…][ups_conn_t:…][ups_head_t:…][err_msg:…][tcp_rtt:…][pid][time_local][req_id:…][method:…][key_id:…]`; " +
          "times are seconds, `-` is what there was not",
      ),
    TotalCount: z.int().describe("How many this reply has"),
  }),
  permission: permissionOf("DescribeLogSearch"),
  errors: [...fieldErrors, "ResourceNotFound.InvalidService"],
  async handle(given, context) {
    const { StartTime: from, EndTime: to, Limit: limit, Sort: order } = given;
    if (from > to) throw new ApiError("InvalidParameterValue.RangeExceeded", "EndTime must not be before StartTime.");
    await findService(context, given.ServiceId);
    const conditions = conditionsOf(given.LogQuerys, given.Filters ?? []);
    const place = given.ConText === "" ? null : readPlace(given.ConText);
    const seen = place?.seen ?? 0;
    const count = Math.min(limit, limits.apiGateway.logsPerSearch - seen);
    await flushRecords(context);
    const search = { serviceId: given.ServiceId, from, to, order, after: place, limit: count + 1, conditions };
    const found = await context.store.apiGateway.logs.search(search);
    const page = found.slice(0, count);
    const last = page.at(-1);
    const hasMore = found.length > count && last !== undefined && seen + count < limits.apiGateway.logsPerSearch;
    return {
      ConText: hasMore ? writePlace({ at: last.at, requestId: last.requestId, seen: seen + count }) : "",
      LogSet: page.map((log) => logLine(log, context.account.appId)),
      TotalCount: page.length,
    };
  },
});

interface Place extends ApiLogPlace {
  /** How many stand before it. */
  readonly seen: number;
}

function writePlace({ at, requestId, seen }: Place): string {
  return Buffer.from(`${at} ${requestId} ${seen}`).toString("base64url");
}

function readPlace(given: string): Place {
  const [, at, requestId, seen] =
    /^(\d{1,15}) ([\w-]{1,64}) (\d{1,5})$/.exec(Buffer.from(given, "base64url").toString()) ?? [];
  if (at === undefined || requestId === undefined || Number(seen) >= limits.apiGateway.logsPerSearch) {
    throw new ApiError("InvalidParameterValue", "ConText is none that this action gave.");
  }
  return { at: Number(at), requestId, seen: Number(seen) };
}
