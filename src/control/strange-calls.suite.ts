import assert from "node:assert/strict";
import * as fc from "fast-check";
import { z } from "zod";
import { anyCharacter } from "../../tests/any-character.ts";
import { randomName } from "../core/index.ts";
import type { Action } from "./action.ts";
import { errorCodes, everyActionsErrors } from "./error-codes.ts";
import { eventFunction, type Reply } from "./opened-control.suite.ts";
import { shapeOf, type ValueShape } from "./request/flat-fields.ts";

// Nonsense for the API, and what every answer to it has to be: the same for a control in this process and over the wire.

export const strangeText = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 20 }),
  fc.constantFrom(
    "",
    "$LATEST",
    "$DEFAULT",
    "1",
    "there",
    "default",
    "TRUE",
    "0x1F",
    "\u0000",
    "\ud800",
    "__proto__",
    "'; drop table functions; --",
  ),
  fc.constantFrom("x".repeat(5_000), "９".repeat(300)),
);

const strangeValue: fc.Arbitrary<unknown> = fc.oneof(
  strangeText,
  fc.double(),
  fc.constantFrom(0, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), true, false, null, [], {}, [[]], { a: { b: {} } }),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    nested(200, (inner) => [inner]),
    nested(200, (inner) => ({ Name: inner })),
    "x".repeat(200_000),
  ),
);

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = wrap(value);
  return value;
}

/** Values of roughly the right shape, with something strange in any place. */
function valueOf(shape: ValueShape, root: ValueShape): fc.Arbitrary<unknown> {
  const resolved = shape.$ref === undefined ? shape : (root.$defs?.[shape.$ref.slice("#/$defs/".length)] ?? {});
  return fc.oneof({ weight: 3, arbitrary: fittingValue(resolved, root) }, { weight: 1, arbitrary: strangeValue });
}

function fittingValue(shape: ValueShape, root: ValueShape): fc.Arbitrary<unknown> {
  if (shape.properties !== undefined) return fieldsOf(shape, root);
  if (shape.type === "array") return fc.array(valueOf(shape.items ?? {}, root), { maxLength: 3 });
  if (shape.type === "integer") return fc.integer({ min: -5, max: 4_000 });
  if (shape.type === "number") return fc.double({ min: -2, max: 2, noNaN: true });
  if (shape.type === "boolean") return fc.boolean();
  return strangeText;
}

function fieldsOf(shape: ValueShape, root: ValueShape): fc.Arbitrary<Record<string, unknown>> {
  const entries = Object.entries(shape.properties ?? {}).map(([name, inner]) => [name, valueOf(inner, root)] as const);
  return fc.record(Object.fromEntries(entries), { requiredKeys: [] });
}

/** Fields of an action with anything in them, or missing. */
export function strangeFields(action: Action): fc.Arbitrary<Record<string, unknown>> {
  const shape = shapeOf(action.input);
  return fieldsOf(shape, shape).map((fields) => sparing(action, fields));
}

/** One or two fields only, for `withGoodFields`. */
export function fewStrangeFields(action: Action): fc.Arbitrary<Record<string, unknown>> {
  const shape = shapeOf(action.input);
  const entries = Object.entries(shape.properties ?? {});
  if (entries.length === 0) return fc.constant({});
  return fc
    .uniqueArray(fc.constantFrom(...entries), { minLength: 1, maxLength: 2, selector: ([name]) => name })
    .chain((few) => fc.record(Object.fromEntries(few.map(([name, inner]) => [name, valueOf(inner, shape)]))));
}

/** With the others good, a call gets as far as it can. */
export async function withGoodFields(action: Action, few: Readonly<Record<string, unknown>>) {
  return sparing(action, { ...(await goodFields(action)), ...few });
}

/** Good values for what is looked up first. The function `there` is made by the test. */
async function goodFields(action: Action): Promise<Record<string, unknown>> {
  const good: Record<string, unknown> = {
    ...(action.name === "CreateFunction" ? await eventFunction(`fuzzed-${randomName(8)}`) : { FunctionName: "there" }),
    NewFunctionName: `copied-${randomName(8)}`,
    FunctionRequestId: "no such request",
    ZipFile: Object((await eventFunction("x"))["Code"]).ZipFile,
    Description: "fuzzed",
    Name: "$DEFAULT",
    FunctionVersion: "$LATEST",
    Qualifier: action.name === "DeleteFunction" ? "7" : "$LATEST",
  };
  return Object.fromEntries(Object.entries(good).filter(([name]) => name in action.input.shape));
}

/** Nothing deletes the function that the other calls are about. */
function sparing(action: Action, fields: Record<string, unknown>): Record<string, unknown> {
  const deletesIt = action.name === "DeleteFunction" && fields["FunctionName"] === "there";
  return deletesIt ? { ...fields, FunctionName: "nobody" } : fields;
}

/** The reply fits its declaration, or is an error that the action declares: never the platform's own fault. */
export function assertDeclared(action: Action, { Error: error, RequestId: _id, ...reply }: Reply): void {
  if (error === undefined) {
    const parsed = z.safeParse(action.output, reply);
    assert.ok(parsed.success, `${action.name}: ${parsed.error?.message}`);
    return;
  }
  const declared: readonly string[] = [...action.errors, ...everyActionsErrors];
  assert.ok(declared.includes(error.Code), `${action.name} does not declare ${error.Code}: ${error.Message}`);
  assertKnownError(error);
}

/** An error that a caller can understand and mend. */
export function assertKnownError({ Code: code, Message: message }: NonNullable<Reply["Error"]>): void {
  assert.ok(code in errorCodes, `${code} is not documented`);
  assert.ok(!code.startsWith("InternalError"), message);
  assert.ok(message.length < 600, `a message of ${message.length} characters`);
}
