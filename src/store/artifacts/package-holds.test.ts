import assert from "node:assert/strict";
import { it } from "node:test";
import { openTemporary, signal } from "./testing/opened-artifacts.ts";
import { rawZip } from "./testing/raw-zip.ts";

const zip = rawZip([{ name: "index.js", content: "1" }]);

it("removes a package that nobody used, once the last one who looks at it lets go", async () => {
  await using opened = await openTemporary();
  const { artifacts } = opened;
  const [first, second] = await Promise.all([artifacts.put(zip, { signal }), artifacts.put(zip, { signal })]);
  assert.ok(first.kind === "stored" && second.kind === "stored");
  await first.hold[Symbol.asyncDispose]();
  assert.ok(await artifacts.has(first.sha256), "the second one may still use it");
  await second.hold[Symbol.asyncDispose]();
  assert.equal(await artifacts.has(first.sha256), false);
});

it("keeps a package that was used, and one that was there before", async () => {
  await using opened = await openTemporary();
  const { artifacts } = opened;
  const used = await artifacts.put(zip, { signal });
  assert.ok(used.kind === "stored");
  used.hold.markUsed();
  await used.hold[Symbol.asyncDispose]();
  const again = await artifacts.put(zip, { signal });
  assert.ok(again.kind === "stored");
  await again.hold[Symbol.asyncDispose]();
  assert.ok(await artifacts.has(used.sha256));
});
