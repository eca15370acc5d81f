import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withPackage } from "../testing/with-package.ts";

const files = {
  "index.js": `exports.main_handler = () => "the file";`,
  ".gust/index.cjs": `exports.main_handler = () => "the bundle";`,
};

describe("a folder that is called as the platform's", () => {
  for (const [isOverlaid, expected] of [
    [true, "the bundle"],
    [false, "the file"],
    [undefined, "the file"],
  ] as const) {
    it(`gives ${expected} where INIT says ${isOverlaid}`, async () => {
      const options = isOverlaid === undefined ? {} : { isOverlaid };
      await withPackage(files, { handler: "index.main_handler", ...options }, async (client) => {
        const { body } = await client.invoke({}).answer;
        assert.equal(JSON.parse(body.toString()), expected);
      });
    });
  }
});
