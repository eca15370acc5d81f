import assert from "node:assert/strict";
import { test } from "node:test";
import { warmUp } from "./warm-up.js";

test("runs all of what first calls need, and leaves nothing behind that user code sees", async () => {
  const { Request } = globalThis;
  const directory = process.cwd();
  let asked = 0;
  await warmUp(() => {
    asked += 1;
    return false;
  });
  assert.ok(asked >= 8, `only ${asked} steps`);
  assert.deepEqual([globalThis.Request, process.cwd()], [Request, directory]);
});

test("stops when a function has come", async () => {
  let asked = 0;
  await warmUp(() => {
    asked += 1;
    return asked > 1;
  });
  assert.equal(asked, 2);
});
