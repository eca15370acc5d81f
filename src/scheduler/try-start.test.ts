import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failureOf } from "./testing/fake-driver.ts";
import { entry, settle, version } from "./testing/fakes.ts";
import { startScheduler } from "./testing/start-scheduler.ts";

const target = { namespace: "default", name: "hello", qualifier: "$LATEST" };
const options = { signal: new AbortController().signal };

describe("a start on trial", () => {
  it("loads the handler as a call would, ends the instance, and leaves nothing counted", async () => {
    await using test = await startScheduler([entry([version("event", { name: "hello" })])]);
    assert.deepEqual(await test.scheduler.tryStart(target, options), { kind: "started" });
    assert.equal(test.driver.created, 1);
    assert.equal(test.driver.running.size, 0);
    const { instances, concurrency } = test.scheduler.status();
    assert.deepEqual([instances.used, concurrency.usedMb], [0, 0]);
  });

  it("tells what keeps the function from starting, and holds no later start back", async () => {
    await using test = await startScheduler([entry([version("event", { name: "hello" })])]);
    const init = test.driver.onInit;
    test.driver.onInit = async () => ({ kind: "failed", failure: failureOf("code", "no module x") });
    const tried = await test.scheduler.tryStart(target, options);
    assert.equal(tried.kind === "failed" && tried.error.code, "UserCodeError");
    test.driver.onInit = init;
    assert.deepEqual(await test.scheduler.tryStart(target, options), { kind: "started" });
    assert.equal(test.scheduler.status().instances.used, 0);
  });

  it("says nothing of a function that could not be tried", async () => {
    await using test = await startScheduler([entry([version("event", { name: "hello" })])], { maxInstances: 0 });
    assert.partialDeepStrictEqual(await test.scheduler.tryStart(target, options), { kind: "untried" });
    assert.partialDeepStrictEqual(await test.scheduler.tryStart({ ...target, name: "nowhere" }, options), {
      kind: "untried",
    });
    assert.equal(test.driver.created, 0);
  });

  it("ends with whoever asked for it", async () => {
    await using test = await startScheduler([entry([version("event", { name: "hello" })])]);
    test.driver.onInit = (_sandbox, _message, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const asking = new AbortController();
    const tried = test.scheduler.tryStart(target, { signal: asking.signal });
    await settle();
    assert.equal(test.driver.running.size, 1);
    asking.abort();
    assert.partialDeepStrictEqual(await tried, { kind: "untried" });
    assert.equal(test.driver.running.size, 0);
  });
});
