import { z } from "zod";
import { defaultNamespace, limits, qualifiers } from "../../core/index.ts";
import { broken } from "../request/validate.ts";
import { parseTime } from "./time.ts";
import type { ErrorCode } from "../error-codes.ts";

/** Fields that several actions have. Each refuses with its own code; what it must be stands in the sentence. */

export const functionName = z
  .string()
  .refine(
    (name) =>
      name.length >= limits.functionName.minLength &&
      name.length <= limits.functionName.maxLength &&
      limits.functionName.pattern.test(name),
    broken(
      "InvalidParameterValue.FunctionName",
      `must be ${limits.functionName.minLength}–${limits.functionName.maxLength} letters, digits, "-" and "_", begin with a letter and not end in "-" or "_"`,
    ),
  )
  .describe(
    "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
  );

const namespaceName = z
  .string()
  .refine(
    (name) => name.length <= limits.namespaceName.maxLength && limits.namespaceName.pattern.test(name),
    broken(
      "InvalidParameterValue.Namespace",
      `must be 1–${limits.namespaceName.maxLength} letters, digits, "-" and "_", begin with a letter and not end in "-" or "_"`,
    ),
  );

export const requiredNamespace = namespaceName.describe(
  "Name of the namespace: 1–30 letters, digits, `-` and `_`; begins with a letter",
);

export const namespace = namespaceName.default(defaultNamespace).describe("Namespace of the function");

export const description = z
  .string()
  .refine(
    (text) => text.length <= limits.descriptionLength,
    broken("InvalidParameterValue.Description", `must be at most ${limits.descriptionLength} characters`),
  )
  .describe("Free text of at most 1000 characters");

const versionPattern = /^[1-9][0-9]{0,8}$/;

/** A version, an alias, `$LATEST` or `$DEFAULT`. */
export const qualifier = z
  .string()
  .refine(
    (name) => name === qualifiers.latest || versionPattern.test(name) || isAliasName(name),
    broken("InvalidParameterValue.Qualifier", "must be a version, an alias, $LATEST or $DEFAULT"),
  );

/** A published version, or `$LATEST`. */
export const versionName = z
  .string()
  .refine(
    (name) => name === qualifiers.latest || versionPattern.test(name),
    broken("InvalidParameterValue.Qualifier", "must be the number of a version, or $LATEST"),
  );

function isAliasName(name: string): boolean {
  return (
    name === qualifiers.default || (name.length <= limits.aliasName.maxLength && limits.aliasName.pattern.test(name))
  );
}

export const aliasName = z
  .string()
  .refine(
    isAliasName,
    broken(
      "InvalidParameterValue.Alias",
      `must be 1–${limits.aliasName.maxLength} letters, digits, "-" and "_" and begin with a letter`,
    ),
  )
  .describe(
    "Name of the alias: 1–64 letters, digits, `-` and `_`; begins with a letter; `$DEFAULT` is there from the start",
  );

/** Short text that is kept as it is. */
export function shortText(code: ErrorCode = "InvalidParameterValue", maxLength = 256): z.ZodString {
  return z.string().refine((text) => text.length <= maxLength, broken(code, `must be at most ${maxLength} characters`));
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[], code: ErrorCode): z.ZodType<Word, string> {
  return z
    .string()
    .refine((text) => words.some((word) => word === text), broken(code, `must be one of ${words.join(", ")}`))
    .transform((text) => text as Word); // checked the line above
}

/** `TRUE` or `FALSE`, as SCF writes booleans. */
export function flag(code: ErrorCode = "InvalidParameterValue"): z.ZodType<"TRUE" | "FALSE", string> {
  return oneOf(["TRUE", "FALSE"], code);
}

/** A time like `2026-11-24 08:00:00` (Asia/Shanghai), as milliseconds since 1970. */
export const time = z
  .string()
  .refine(
    (text) => parseTime(text) !== null,
    broken("InvalidParameterValue.DateTime", "must be a time written YYYY-MM-DD HH:MM:SS"),
  )
  .transform((text) => parseTime(text) ?? 0);

export const layerName = z
  .string()
  .refine(
    (name) => name.length <= limits.layerName.maxLength && limits.layerName.pattern.test(name),
    broken(
      "InvalidParameterValue.LayerName",
      `must be 1–${limits.layerName.maxLength} letters, digits, "-" and "_", begin with a letter and not end in "-" or "_"`,
    ),
  )
  .describe("Name of the layer: 1–64 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`");

const maxLayerVersion = 2 ** 31 - 1;

export const layerVersion = z
  .int()
  .refine(
    (version) => version >= 1 && version <= maxLayerVersion,
    broken("InvalidParameterValue", `must be 1–${maxLayerVersion}`),
  )
  .describe("Version of the layer");

const maxOffset = 2 ** 31 - 1;

export const offset = z
  .int()
  .refine((value) => value >= 0 && value <= maxOffset, broken("InvalidParameterValue.Offset", `must be 0–${maxOffset}`))
  .default(0)
  .describe("How many entries to skip");

export function limit(max: number): z.ZodDefault<z.ZodInt> {
  return z
    .int()
    .refine((value) => value >= 1 && value <= max, broken("InvalidParameterValue.Limit", `must be 1–${max}`))
    .default(20)
    .describe(`How many entries to return at most, 1–${max}`);
}

/** `ASC` or `DESC` in either case, as `asc` or `desc`. */
export function order(preset: "asc" | "desc") {
  return z
    .string()
    .refine((text) => /^(asc|desc)$/i.test(text), broken("InvalidParameterValue.Order", "must be ASC or DESC"))
    .transform((text): "asc" | "desc" => (text.toLowerCase() === "asc" ? "asc" : "desc"))
    .prefault(preset.toUpperCase())
    .describe("`ASC` or `DESC`");
}
