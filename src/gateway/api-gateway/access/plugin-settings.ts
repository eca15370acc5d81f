import { z } from "zod";
import { qualifiers, type ApiPlugin, type FunctionTarget, type IpRule } from "../../../core/index.ts";

/** A function that decides who may call an API. */
export interface CustomAuth {
  readonly target: FunctionTarget;
  readonly timeoutS: number;
  /** Whether it sees the body. */
  readonly sendsBody: boolean;
  /** Headers and query parameters without which nobody is let in, and by which an answer is remembered. */
  readonly headers: readonly string[];
  readonly queries: readonly string[];
  /** How long an answer is remembered; 0: not at all. */
  readonly cacheS: number;
}

const list = z.union([z.array(z.string()), z.string().transform((text) => text.split(/[\s,;]+/).filter(Boolean))]);

const flag = z.union([
  z.boolean(),
  z.enum(["true", "false", "TRUE", "FALSE"]).transform((text) => /^true$/i.test(text)),
]);

const ipControl = z.object({ type: z.enum(["white_list", "black_list"]), blocks: list });

/** `IPControl`: `{"type":"white_list","blocks":"192.0.2.1\n198.51.100.0/24"}`. */
export function ipControlOf(plugins: readonly ApiPlugin[]): readonly IpRule[] {
  return plugins
    .filter(({ type }) => type === "IPControl")
    .flatMap(({ data }) => ipControl.safeParse(data).data ?? [])
    .map(({ type, blocks }) => ({ kind: type === "white_list" ? "allow" : "deny", ranges: blocks }));
}

const trafficControl = z.object({ limit: z.coerce.number().positive(), unit: z.enum(unitNames()).default("second") });

function unitNames() {
  return ["second", "minute", "hour", "day"] as const;
}

const unitSeconds = { second: 1, minute: 60, hour: 3_600, day: 86_400 } as const;

/** Requests in a time. */
export interface TrafficLimit {
  readonly limit: number;
  readonly windowS: number;
}

/** `TrafficControl`: `{"limit":100,"unit":"second"}`. */
export function trafficControlsOf(plugins: readonly ApiPlugin[]): readonly TrafficLimit[] {
  return plugins
    .filter(({ type }) => type === "TrafficControl")
    .flatMap(({ data }) => trafficControl.safeParse(data).data ?? [])
    .map(({ limit, unit }) => ({ limit, windowS: unitSeconds[unit] }));
}

const cors = z.object({
  allow_origin: list.default(["*"]),
  allow_methods: list.default(["*"]),
  allow_headers: list.default(["*"]),
  expose_headers: list.default([]),
  allow_credentials: flag.default(false),
  max_age: z.coerce.number().int().nonnegative().default(0),
});

export type CorsPlugin = z.infer<typeof cors>;

/** `Cors`: what a page of another origin may. Null: there is none. */
export function corsPluginOf(plugins: readonly ApiPlugin[]): CorsPlugin | null {
  const plugin = plugins.find(({ type }) => type === "Cors");
  return plugin === undefined ? null : (cors.safeParse(plugin.data).data ?? null);
}

const customAuth = z.object({
  namespace: z.string().default("default"),
  function_name: z.string(),
  function_qualifier: z.string().default(qualifiers.default),
  timeout: z.coerce.number().positive().default(15),
  is_send_body: flag.default(false),
  header: list.default([]),
  query: list.default([]),
  cache_time: z.coerce.number().nonnegative().max(3_600).default(0),
});

/** `CustomAuth`: `{"namespace":…,"function_name":…,"function_qualifier":…}`. Null: there is none. */
export function customAuthOf(plugins: readonly ApiPlugin[]): CustomAuth | null {
  const plugin = plugins.find(({ type }) => type === "CustomAuth");
  if (plugin === undefined) return null;
  const { data } = customAuth.safeParse(plugin.data);
  if (data === undefined) return refusesAll;
  return {
    target: { namespace: data.namespace, functionName: data.function_name, qualifier: data.function_qualifier },
    timeoutS: data.timeout,
    sendsBody: data.is_send_body,
    headers: data.header,
    queries: data.query,
    cacheS: data.cache_time,
  };
}

/** Stands for a plugin that cannot be read: nobody gets in where somebody wanted to look. */
const refusesAll: CustomAuth = {
  target: { namespace: "", functionName: "", qualifier: "" },
  timeoutS: 1,
  sendsBody: false,
  headers: [],
  queries: [],
  cacheS: 0,
};
