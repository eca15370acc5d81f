import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { generate } from "./generate.ts";

describe("generated files", () => {
  it("are what the declarations of the API say (otherwise: node script/generate.ts)", async () => {
    const stale = (await generate()).filter(({ isStale }) => isStale).map(({ file }) => file);
    assert.deepEqual(stale, []);
  });
});
