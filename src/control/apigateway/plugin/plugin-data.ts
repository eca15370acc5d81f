import { z } from "zod";
import type { PluginContent } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { findTarget } from "../api/function-target.ts";
import { readRanges } from "../limit/address-ranges.ts";

/** Tencent's other plugins. */
const absentTypes = ["CustomReq", "Routing", "TrafficControlByParameter", "CircuitBreaker", "ProxyCache"];

const pluginTypes = ["IPControl", "TrafficControl", "Cors", "CustomAuth"] as const;

const list = z.union([z.array(z.string()), z.string()]).optional();
const flag = z.union([z.boolean(), z.enum(["true", "false", "TRUE", "FALSE"])]).optional();
const wholeNumber = (max: number) => z.coerce.number().int().min(0).max(max).optional();

/** What each type takes; anything else is a slip that would be found out by nobody. */
const shapes = {
  IPControl: z.strictObject({
    type: z.enum(["white_list", "black_list"]),
    blocks: z.union([z.string(), z.array(z.string())]).refine((blocks) => {
      const ranges = readRanges(typeof blocks === "string" ? blocks : blocks.join("\n"));
      return ranges !== null && ranges.length > 0;
    }, "must be addresses and ranges such as 10.0.0.0/8"),
  }),
  TrafficControl: z.strictObject({
    limit: z.coerce.number().positive().max(1e9),
    unit: z.enum(["second", "minute", "hour", "day"]).optional(),
  }),
  Cors: z.strictObject({
    allow_origin: list,
    allow_methods: list,
    allow_headers: list,
    expose_headers: list,
    allow_credentials: flag,
    max_age: wholeNumber(86_400),
  }),
  CustomAuth: z.strictObject({
    namespace: z.string().optional(),
    function_name: z.string(),
    function_qualifier: z.string().optional(),
    timeout: z.coerce.number().int().min(1).max(30).optional(),
    is_send_body: flag,
    header: list,
    query: list,
    cache_time: wholeNumber(3_600),
  }),
};

/** The type by its name. Throws for those that this server does not have. */
export function pluginTypeOf(text: string): PluginContent["type"] {
  const known = pluginTypes.find((type) => type === text);
  if (known !== undefined) return known;
  if (absentTypes.includes(text)) {
    throw new ApiError(
      "UnsupportedOperation",
      `Plugins of type ${text} are not available; there are ${pluginTypes.join(", ")}.`,
    );
  }
  throw new ApiError(
    "InvalidParameterValue.NotInOptions",
    `PluginType must be one of ${pluginTypes.join(", ")}; it is ${JSON.stringify(text.slice(0, 64))}.`,
  );
}

/** What PluginData says. Throws for what the type does not take. */
export async function readPluginData(
  type: PluginContent["type"],
  text: string,
  context: ActionContext,
): Promise<PluginContent["data"]> {
  const parsed = shapes[type].safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
    throw problem(`${at}${issue?.message ?? "it is wrong"}`);
  }
  const data: Readonly<Record<string, unknown>> = parsed.data;
  if (type === "CustomAuth") {
    const { function_name: functionName, namespace = "default", function_qualifier: qualifier = "$DEFAULT" } = data;
    const target = { functionName: String(functionName), namespace: String(namespace), qualifier: String(qualifier) };
    await findTarget(target, "event", context);
  }
  return data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw problem(`it is not JSON: ${error instanceof Error ? error.message : "?"}`);
  }
}

function problem(sentence: string): ApiError {
  return new ApiError(
    "InvalidParameterValue.InvalidPluginConfig",
    `PluginData is not what the plugin takes: ${sentence.slice(0, 300)}.`,
  );
}
