import type { z } from "zod";
import { ApiError } from "../api-error.ts";
import { errorCodes, type ErrorCode } from "../error-codes.ts";
import { resolveShape, shapeOf, type ValueShape } from "./flat-fields.ts";

/** Options of a zod check whose failure is answered with `code`; the sentence goes on after the field's name. */
export function broken(
  code: ErrorCode,
  sentence: string | ((value: never) => string),
): { params: { code: ErrorCode }; error: (issue: { input?: unknown }) => string } {
  return {
    params: { code },
    // zod gives the checked value back, which is what the sentence is about.
    error: (issue) => (typeof sentence === "string" ? sentence : sentence(issue.input as never)),
  };
}

/** The fields as the action's schema makes them. Throws ApiError for the first thing that is wrong. */
export function validate<Schema extends z.ZodObject>(schema: Schema, fields: unknown): z.output<Schema> {
  const shape = shapeOf(schema);
  refuseUnknown(withoutCommon(fields, shape), shape, shape, "");
  const result = schema.safeParse(fields, { reportInput: true });
  if (result.success) return result.data;
  const issues = result.error.issues;
  const first = issues.find((issue) => isMissing(issue)) ?? issues[0];
  throw first === undefined ? new ApiError("InvalidParameter", "The fields are wrong.") : errorOf(first);
}

/** What every request has in its headers, or among its fields: some clients send both. */
const commonParameters: ReadonlySet<string> = new Set(
  "Action Version Region Timestamp Nonce SecretId Token Signature SignatureMethod RequestClient Language".split(" "),
);

function withoutCommon(fields: unknown, { properties = {} }: ValueShape): unknown {
  if (typeof fields !== "object" || fields === null) return fields;
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => !commonParameters.has(name) || Object.hasOwn(properties, name)),
  );
}

/** Clients send the fields they were told to: one that nobody knows is a slip, or asks for what is not here, at any depth. */
function refuseUnknown(value: unknown, given: ValueShape | undefined, root: ValueShape, path: string): void {
  const shape = resolveShape(given, root);
  if (shape === undefined || typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuseUnknown(item, shape.items, root, `${path}${index}.`);
    return;
  }
  const { properties } = shape;
  if (properties === undefined) return;
  for (const [name, inner] of Object.entries(value)) {
    if (!Object.hasOwn(properties, name)) throw unknownField(path, name, Object.keys(properties));
    refuseUnknown(inner, properties[name], root, `${path}${name}.`);
  }
}

const longestName = 80;

function unknownField(path: string, name: string, known: readonly string[]): ApiError {
  const whole = path + name;
  const cut = whole.length > longestName ? `${whole.slice(0, longestName)}…` : whole;
  const meant = known.find((other) => other.toLowerCase() === name.toLowerCase());
  const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
  return new ApiError("UnknownParameter", `The action has no field ${JSON.stringify(cut)}.${hint}`);
}

function errorOf(issue: z.core.$ZodIssue): ApiError {
  const name = issue.path.join(".");
  if (isMissing(issue)) return new ApiError("MissingParameter", `${name} is required.`);
  if (issue.code === "custom" && isErrorCode(issue.params?.["code"])) {
    return new ApiError(issue.params["code"], `${name} ${issue.message}${shown(issue.input)}.`);
  }
  const expected = issue.code === "invalid_type" ? typeNames[issue.expected] : undefined;
  return new ApiError(
    "InvalidParameter",
    `${name} must be ${expected ?? "of another type"}, not ${kindOf(issue.input)}.`,
  );
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  int: "an integer",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

function isMissing(issue: z.core.$ZodIssue): boolean {
  return issue.input === undefined && (issue.code === "invalid_type" || issue.code === "custom");
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(errorCodes, code);
}

/** The refused value, when it is short and simple enough to help. */
function shown(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return `; it is ${value}`;
  if (typeof value === "string" && value.length <= 64) return `; it is ${JSON.stringify(value)}`;
  if (typeof value === "string") return `; it has ${value.length} characters`;
  return "";
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return Number.isInteger(value) ? "a number of that size" : "a number with a fraction";
  return typeof value === "string" ? "text" : `a value of type ${typeof value}`;
}
