import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import type { Action } from "./action.ts";
import { openControl, type OpenedControl } from "./opened-control.suite.ts";
import { scfActions } from "./scf/catalog.ts";
import { assertDeclared, fewStrangeFields, strangeFields, strangeText, withGoodFields } from "./strange-calls.suite.ts";

let opened: OpenedControl;
before(async () => {
  opened = await openControl();
  await opened.deploy("there");
});
after(() => opened[Symbol.asyncDispose]());

async function check(action: Action, fields: unknown): Promise<void> {
  assertDeclared(action, await opened.call(action.name, fields));
}

describe("the API under nonsense", () => {
  for (const action of scfActions) {
    it(`${action.name} answers with a code that it declares, never InternalError`, async () => {
      const nonsense = fc.asyncProperty(strangeFields(action), (fields) => check(action, fields));
      await fc.assert(nonsense, { numRuns: 40 });
      const almostGood = fc.asyncProperty(fewStrangeFields(action), async (few) =>
        check(action, await withGoodFields(action, few)),
      );
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
