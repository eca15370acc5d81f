import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { describe, it } from "node:test";
import { fakeServices } from "../../testing/published-service.ts";
import { PlanUses } from "./plan-uses.ts";

const silent = { error() {}, warn() {}, info() {}, debug() {} };

describe("what usage plans have used", () => {
  it("is read each second by a process that has no requests", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const { apiGateway, uses } = fakeServices();
    const reads = new EventEmitter();
    const loadUse = () => {
      process.nextTick(() => reads.emit("read"));
      return apiGateway.published.loadUse();
    };
    await using counted = new PlanUses({ ...apiGateway.published, loadUse }, silent, () => true);
    await counted.open();
    for (const requests of [1, 5]) {
      uses.splice(0, 1, { planId: "p", secretId: "s", requests });
      const read = once(reads, "read");
      context.mock.timers.tick(1_000);
      await read;
      await new Promise(setImmediate); // what was read is taken in
      assert.equal(counted.used("p", "s"), requests);
    }
  });
});
