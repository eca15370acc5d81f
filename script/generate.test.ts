import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { products } from "../src/control/index.ts";
import { generate } from "./generate.ts";
import { readDeclarations } from "./generate/declarations.ts";

describe("generated files", () => {
  it("are what the declarations of the API say (otherwise: node script/generate.ts)", async () => {
    const stale = (await generate()).filter(({ isStale }) => isStale).map(({ file }) => file);
    assert.deepEqual(stale, []);
  });

  it("have a sentence for every field", () => {
    const declarations = Object.values(products).map((product) => readDeclarations(product));
    const actions = declarations.flatMap((product) => product.actions);
    const structures = declarations.flatMap((product) => product.structures);
    const all = [
      ...actions.flatMap(({ name, request, reply }) => [...request, ...reply].map((field) => ({ name, field }))),
      ...structures.flatMap(({ name, fields }) => fields.map((field) => ({ name, field }))),
    ];
    const silent = all
      .filter(({ field }) => field.description === "")
      .map(({ name, field }) => `${name}.${field.name}`);
    assert.deepEqual(silent, []);
  });
});
