import { z } from "zod";
import type { Alias, MatchedVersion, WeightedVersion } from "../../../core/index.ts";
import { ApiError } from "../../api-error.ts";
import { broken } from "../../request/validate.ts";
import { shortText, versionName } from "../fields.ts";

const weights = z
  .array(
    z
      .object({
        Version: versionName.describe("The additional version"),
        Weight: z
          .number()
          .refine(
            (weight) => weight >= 0 && weight <= 1,
            broken("InvalidParameterValue.AdditionalVersionWeights", "must be between 0 and 1"),
          )
          .describe("Its share of the calls, 0–1"),
      })
      .meta({ id: "VersionWeight" }),
  )
  .refine(
    (list) => list.length <= 1,
    broken("InvalidParameterValue.AdditionalVersionWeights", "must be at most one additional version"),
  );

const keyPattern = /^invoke\.headers\.[A-Za-z0-9_-]{1,64}$/;

const match = z
  .object({
    Version: versionName.describe("The additional version"),
    Key: z
      .string()
      .refine(
        (key) => keyPattern.test(key),
        broken(
          "InvalidParameterValue.RoutingConfig",
          "must be invoke.headers.<name>, where <name> is a key of RoutingKey",
        ),
      )
      .describe("`invoke.headers.<name>`: `<name>` is looked up in the call's `RoutingKey`"),
    Method: z
      .string()
      .refine(
        (method) => method === "exact" || method === "range",
        broken("InvalidParameterValue.RoutingConfig", "must be exact or range"),
      )
      .transform((method): "exact" | "range" => (method === "exact" ? "exact" : "range"))
      .describe("`exact` or `range`"),
    Expression: shortText("InvalidParameterValue.RoutingConfig").describe(
      "The value for `exact`; `(a,b)` or `[a,b]` of integers for `range`",
    ),
  })
  .refine(({ Method, Expression }) => Method === "exact" || isRange(Expression), {
    ...broken(
      "InvalidParameterValue.RoutingConfig",
      "must have an Expression (a,b) or [a,b] of integers, a ≤ b, for range",
    ),
  })
  .meta({ id: "VersionMatch" });

function isRange(expression: string): boolean {
  const found = /^(?:\((-?\d{1,15}),\s*(-?\d{1,15})\)|\[(-?\d{1,15}),\s*(-?\d{1,15})\])$/.exec(expression);
  if (found === null) return false;
  return Number(found[1] ?? found[3]) <= Number(found[2] ?? found[4]);
}

const matches = z
  .array(match)
  .refine(
    (list) => list.length <= 1,
    broken("InvalidParameterValue.RoutingConfig", "must be at most one additional version"),
  );

/** `AddtionVersionMatchs` is Tencent's own spelling. */
export const routingConfig = z
  .object({
    AdditionalVersionWeights: weights.optional().describe("A version that takes a share of the calls; at most one"),
    AddtionVersionMatchs: matches.optional().describe("A version that takes the calls that match; at most one"),
  })
  .meta({ id: "RoutingConfig" });

type RoutingConfig = z.output<typeof routingConfig>;

/** The routing in our words. Throws when the additional version is the main one, or when there are two. */
export function routingOf(
  given: RoutingConfig | undefined,
  mainVersion: string,
): { readonly weighted: WeightedVersion[]; readonly matched: MatchedVersion[] } {
  const weighted = (given?.AdditionalVersionWeights ?? []).map(({ Version, Weight }) => ({
    version: Version,
    weight: Weight,
  }));
  const matched = (given?.AddtionVersionMatchs ?? []).map((it) => ({
    version: it.Version,
    key: it.Key,
    method: it.Method,
    expression: it.Expression,
  }));
  const additional = [...weighted, ...matched];
  if (additional.length > 1) {
    throw new ApiError(
      "InvalidParameterValue.RoutingConfig",
      "An alias has at most one additional version: give AdditionalVersionWeights or AddtionVersionMatchs.",
    );
  }
  if (additional.some(({ version }) => version === mainVersion)) {
    throw new ApiError(
      "InvalidParameterValue.RoutingConfig",
      `The additional version must be another than the main version ${mainVersion}.`,
    );
  }
  return { weighted, matched };
}

/** The routing in the API's words. */
export function routingReply({ weighted, matched }: Alias): z.input<typeof routingConfig> {
  return {
    AdditionalVersionWeights: weighted.map(({ version, weight }) => ({ Version: version, Weight: weight })),
    AddtionVersionMatchs: matched.map((it) => ({
      Version: it.version,
      Key: it.key,
      Method: it.method,
      Expression: it.expression,
    })),
  };
}
