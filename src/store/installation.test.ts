import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { it } from "node:test";
import { openInstallation } from "./installation.ts";
import { temporaryDirectory } from "./store-under-test.ts";

it("has one owner at a time, however many take over the lock of a dead process at once", async () => {
  await using directory = await temporaryDirectory();
  await fs.mkdir(path.join(directory.path, "run"));
  for (let round = 0; round < 20; round++) {
    await fs.writeFile(path.join(directory.path, "run/lock"), "2 1\n"); // pid 2 did not start at tick 1
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => openInstallation(directory.path)));
    const [owner, ...others] = outcomes.filter((outcome) => outcome.status === "fulfilled");
    assert.ok(owner !== undefined);
    assert.equal(others.length, 0);
    for (const outcome of outcomes)
      if (outcome.status === "rejected")
        assert.match(String(outcome.reason), /is in use by another Gust \(process \d+\)/);
    await owner.value[Symbol.asyncDispose]();
  }
  assert.deepEqual(await fs.readdir(path.join(directory.path, "run")), []);
});
