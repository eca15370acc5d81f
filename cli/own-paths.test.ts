import assert from "node:assert/strict";
import { it } from "node:test";
import { withOwnPaths } from "./own-paths.ts";

const root = `/var/lib/gust/code/${"0a".repeat(32)}/`;

it("files of a function go by their own names, and other files keep theirs", () => {
  const stack = [
    `${root}index.js:1`,
    `    at handler (${root}lib/a.js:2:7)`,
    `    at file://${root}index.mjs:3:1`,
    `Error: Cannot find module '${root}gone'`,
    "    at node:internal/modules (/opt/code/index.js:4:1)",
  ];
  assert.deepEqual(withOwnPaths(stack.join("\n")).split("\n"), [
    "index.js:1",
    "    at handler (lib/a.js:2:7)",
    "    at index.mjs:3:1",
    "Error: Cannot find module 'gone'",
    "    at node:internal/modules (/opt/code/index.js:4:1)",
  ]);
});
