import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { describe, it } from "node:test";
import { resolveShape, shapeOf, type ValueShape } from "../../src/control/request/flat-fields.ts";
import { products } from "../../src/control/products.ts";

const requests = readRequests("tencentcloud-sdk-nodejs-scf", "scf/v20180416/scf_models.d.ts");
const gatewayRequests = readRequests("tencentcloud-sdk-nodejs", "apigateway/v20180808/apigateway_models.d.ts");

type Structures = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Fields of every structure of the official Node SDK, with their types. */
function readRequests(library: string, models: string): Structures {
  const sdk = path.dirname(createRequire(import.meta.url).resolve(`${library}/package.json`));
  const text = readFileSync(path.join(sdk, "tencentcloud/services", models), "utf8");
  const found = new Map<string, ReadonlyMap<string, string>>();
  for (const [, name = ""] of text.matchAll(/export type (\w+Request) = null/g)) found.set(name, new Map());
  for (const [, name = "", body = ""] of text.matchAll(/export interface (\w+) \{([^]*?)\n\}/g)) {
    const lines = body.replaceAll(/\/\*[^]*?\*\//g, "").matchAll(/^\s*(\w+)\??: (.*?);/gm);
    found.set(name, new Map(Array.from(lines, ([, field = "", type = ""]) => [field, type])));
  }
  return found;
}

/** Fields of an official structure that the shape does not have, at any depth. */
function missing(
  known: Structures,
  type: string,
  given: ValueShape | undefined,
  root: ValueShape,
  at: string,
): string[] {
  const shape = resolveShape(given, root);
  return [...(known.get(type) ?? [])].flatMap(([field, fieldType]) => {
    const inner = resolveShape(shape?.properties?.[field], root);
    if (inner === undefined) return [at + field];
    const [, structure = ""] = /^(?:Array<)?(\w+)>?$/.exec(fieldType) ?? [];
    return known.has(structure) ? missing(known, structure, inner.items ?? inner, root, `${at}${field}.`) : [];
  });
}

describe("fields of the official SDK", () => {
  for (const [product, known] of [
    [products.scf, requests],
    [products.apigateway, gatewayRequests],
  ] as const) {
    for (const action of product.actions.values()) {
      it(`${action.name} knows all of them: it refuses as unknown only what Tencent would`, () => {
        assert.ok(known.has(`${action.name}Request`));
        const shape = shapeOf(action.input);
        assert.deepEqual(missing(known, `${action.name}Request`, shape, shape, ""), []);
      });
    }
  }
});
