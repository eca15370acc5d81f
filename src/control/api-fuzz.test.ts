import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import { z } from "zod";
import { randomName } from "../core/index.ts";
import type { Action } from "./action.ts";
import { errorCodes, everyActionsErrors } from "./error-codes.ts";
import { eventFunction, openControl, type OpenedControl } from "./opened-control.suite.ts";
import { shapeOf, type ValueShape } from "./request/flat-fields.ts";
import { scfActions } from "./scf/catalog.ts";

let opened: OpenedControl;
before(async () => {
  opened = await openControl();
  await opened.deploy("there");
});
after(() => opened[Symbol.asyncDispose]());

const strangeText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
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
);

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

/** One or two fields only: with the others good, the call gets as far as it can. */
function fewFieldsOf(shape: ValueShape): fc.Arbitrary<Record<string, unknown>> {
  const entries = Object.entries(shape.properties ?? {});
  if (entries.length === 0) return fc.constant({});
  return fc
    .uniqueArray(fc.constantFrom(...entries), { minLength: 1, maxLength: 2, selector: ([name]) => name })
    .chain((few) => fc.record(Object.fromEntries(few.map(([name, inner]) => [name, valueOf(inner, shape)]))));
}

/** Good values for what is looked up first, so that the fuzz gets behind it. */
async function mostlyGood(action: Action): Promise<Record<string, unknown>> {
  const good: Record<string, unknown> = {
    ...(action.name === "CreateFunction" ? await eventFunction(`fuzzed-${randomName(8)}`) : { FunctionName: "there" }),
    NewFunctionName: `copied-${randomName(8)}`,
    FunctionRequestId: "no such request",
    ZipFile: Object((await eventFunction("x"))["Code"]).ZipFile,
    Description: "fuzzed",
    Name: "$DEFAULT",
    FunctionVersion: "$LATEST",
    Qualifier: "$LATEST",
  };
  return Object.fromEntries(Object.entries(good).filter(([name]) => name in action.input.shape));
}

async function check(action: Action, fields: unknown): Promise<void> {
  const { Error: error, RequestId: _id, ...reply } = await opened.call(action.name, fields);
  if (error === undefined) {
    const parsed = z.safeParse(action.output, reply);
    assert.ok(parsed.success, `${action.name}: ${parsed.error?.message}`);
    return;
  }
  const declared: readonly string[] = [...action.errors, ...everyActionsErrors];
  assert.ok(declared.includes(error.Code), `${action.name} does not declare ${error.Code}: ${error.Message}`);
  assert.ok(error.Code in errorCodes);
  assert.ok(!error.Code.startsWith("InternalError"), `${action.name}: ${error.Message}\n${opened.errors.join("\n")}`);
  assert.ok(error.Message.length < 600, `${action.name}: a message of ${error.Message.length} characters`);
}

describe("the API under nonsense", () => {
  for (const action of scfActions) {
    it(`${action.name} answers with a code that it declares, never InternalError`, async () => {
      const shape = shapeOf(action.input);
      const nonsense = fc.asyncProperty(fieldsOf(shape, shape), (fields) => check(action, fields));
      await fc.assert(nonsense, { numRuns: 40 });
      const isDestructive = action.name === "DeleteFunction";
      const almostGood = fc.asyncProperty(fewFieldsOf(shape), async (fields) => {
        const good = await mostlyGood(action);
        await check(
          action,
          isDestructive ? { Qualifier: "7", ...fields, FunctionName: "nobody" } : { ...good, ...fields },
        );
      });
      await fc.assert(almostGood, { numRuns: 60 });
      assert.deepEqual(opened.errors, []);
    });
  }

  it("answers any body and any dotted names without a throw", async () => {
    const names = fc.array(
      fc.constantFrom("FunctionName", "Code", "ZipFile", "0", "Layers", "Filters", "Name", "Values"),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    const pairs = fc.array(
      fc.tuple(
        names.map((parts) => parts.join(".")),
        strangeText,
      ),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...scfActions),
        pairs,
        fc.uint8Array({ maxLength: 40 }),
        async (action, list, bytes) => {
          if (action.name === "DeleteFunction") return;
          await check(action, new Map(list));
          const raw = await opened.call(action.name, {}, { fields: { kind: "json", body: Buffer.from(bytes) } });
          assert.ok(!(raw.Error?.Code ?? "").startsWith("InternalError"));
        },
      ),
      { numRuns: 150 },
    );
    assert.deepEqual(opened.errors, []);
  });
});
