import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { z } from "zod";
import { ApiError } from "../api-error.ts";
import { fieldsFromPairs, shapeOf } from "./flat-fields.ts";

const shape = shapeOf(
  z.object({
    Name: z.string(),
    MemorySize: z.int().optional(),
    Weight: z.number().optional(),
    Override: z.boolean().default(false),
    Values: z.array(z.string()).optional(),
    Code: z.object({ ZipFile: z.string().optional() }).meta({ id: "FlatCode" }).optional(),
    Layers: z.array(z.object({ LayerName: z.string(), LayerVersion: z.int() }).meta({ id: "FlatLayer" })).optional(),
  }),
);

const read = (pairs: Record<string, string>) => fieldsFromPairs(new Map(Object.entries(pairs)), shape);

describe("dotted fields", () => {
  it("become the nested and typed fields of a JSON body", () => {
    const fields = read({
      Name: "12",
      MemorySize: "256",
      Weight: "0.25",
      Override: "True",
      "Values.1": "b",
      "Values.0": "a",
      "Code.ZipFile": "UEs=",
      "Layers.0.LayerName": "l",
      "Layers.0.LayerVersion": "3",
      Unknown: "x",
    });
    assert.deepEqual(fields, {
      Name: "12",
      MemorySize: 256,
      Weight: 0.25,
      Override: true,
      Values: ["a", "b"],
      Code: { ZipFile: "UEs=" },
      Layers: [{ LayerName: "l", LayerVersion: 3 }],
      Unknown: "x",
    });
  });

  it("may be written with the Python SDK's underscores", () => {
    assert.deepEqual(read({ Layers_10_LayerName: "b", Layers_9_LayerName: "a" }), {
      Layers: [{ LayerName: "a" }, { LayerName: "b" }],
    });
  });

  it("stay text where they cannot be converted, so that the schema refuses them by name", () => {
    assert.deepEqual(read({ MemorySize: "much", Override: "maybe" }), { MemorySize: "much", Override: "maybe" });
  });

  it("never do more than refuse, whatever their names are", () => {
    const names = fc.string({
      unit: fc.constantFrom("A", "0", ".", "_", "Code", "Layers", "__proto__"),
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.dictionary(names, fc.string()), (pairs) => {
        try {
          read(pairs);
        } catch (error) {
          assert.ok(error instanceof ApiError);
        }
        assert.equal(Object("x").ZipFile, undefined);
      }),
    );
  });
});
