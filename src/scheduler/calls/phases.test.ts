import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InvocationResult, UsageRecord } from "../../core/index.ts";
import type { CatalogEntry } from "../../store/index.ts";
import { entry, eventTo, FakeReceiver, requestTo, settle, spec, version } from "../testing/fakes.ts";
import { acquire, answered, realTurns } from "../testing/service-app.ts";
import { startScheduler, type TestScheduler } from "../testing/start-scheduler.ts";

function invoke(test: TestScheduler): Promise<InvocationResult> {
  return test.scheduler.invoker.invoke(eventTo("hello"), { signal: new AbortController().signal });
}

function phasesOf({ queueUs, claimUs, mountUs, initUs, thawUs, runUs, durationUs }: UsageRecord): object {
  return { queueUs, claimUs, mountUs, initUs, thawUs, runUs, durationUs };
}

describe("the phases of a call", () => {
  /** Every step takes its own time; calls take 16 ms. */
  async function startSlow(): Promise<TestScheduler> {
    const test = await startScheduler([entry([version("event")])], { maxInstances: 1 });
    const take = (ms: number): void => {
      test.clock.ms += ms;
    };
    const { driver } = test;
    const { onInit } = driver;
    driver.boot = async () => take(1);
    driver.onAssign = () => take(2);
    driver.onInit = (...init) => (take(4), onInit(...init));
    driver.onThaw = () => take(8);
    driver.onCall = (call) => setImmediate(() => (take(16), call.result("1")));
    return test;
  }

  it("are claim, mount, init and run on a cold call, all of them billed", async () => {
    await using test = await startSlow();
    const { record } = await invoke(test);
    const expected = { queueUs: 0, claimUs: 1_000, mountUs: 2_000, initUs: 4_000, thawUs: 0, runUs: 16_000 };
    assert.deepEqual(phasesOf(record), { ...expected, durationUs: 23_000 });
  });

  it("count code that is unpacked first as mount, and end the sandbox that was taken meanwhile when it cannot be", async () => {
    await using test = await startSlow();
    test.store.onUnpack = async () => {
      await realTurns();
      test.clock.ms += 32;
    };
    const { record } = await invoke(test);
    const { claimUs, mountUs, initUs } = record;
    assert.deepEqual({ claimUs, mountUs, initUs }, { claimUs: 1_000, mountUs: 34_000, initUs: 4_000 });
    await using failing = await startSlow();
    failing.store.onUnpack = async () => {
      await realTurns();
      throw new Error("the package is missing");
    };
    const refused = await invoke(failing);
    assert.match(refused.errorMessage, /the package is missing/);
    await realTurns();
    assert.deepEqual(failing.driver.assigned, []);
    assert.equal(failing.driver.created - failing.driver.running.size, 1);
  });

  it("are run alone on a warm call, and thaw and run when the instance stood still", async () => {
    await using test = await startSlow();
    await invoke(test);
    const warm = { queueUs: 0, claimUs: 0, mountUs: 0, initUs: 0, thawUs: 0, runUs: 16_000, durationUs: 16_000 };
    assert.deepEqual(phasesOf((await invoke(test)).record), warm);
    await test.pass(100);
    const thawed = { ...warm, thawUs: 8_000, durationUs: 24_000 };
    assert.deepEqual(phasesOf((await invoke(test)).record), thawed);
  });

  it("count what a call waited for another one as queue, which is not billed", async () => {
    await using test = await startSlow();
    await invoke(test);
    const [, second] = await Promise.all([invoke(test), invoke(test)]);
    const { queueUs, runUs, durationUs } = second.record;
    assert.deepEqual({ runUs, durationUs }, { runUs: 16_000, durationUs: 16_000 });
    assert.ok(queueUs >= 16_000, `${queueUs}`);
  });
});

describe("Server-Timing", () => {
  const asking = (form: "event" | "http" | "service", value: string): CatalogEntry =>
    entry([
      version(form, {
        name: form === "service" ? "app" : "hello",
        spec: spec(form, { environment: [{ key: "GUST_SERVER_TIMING", value }] }),
      }),
    ]);

  async function answer(value: string): Promise<FakeReceiver> {
    await using test = await startScheduler([asking("http", value)]);
    const receiver = new FakeReceiver();
    test.driver.onAssign = () => void (test.clock.ms += 2);
    test.driver.onCall = (call) => void setImmediate(() => ((test.clock.ms += 16), call.respond(200, "x")));
    test.scheduler.invoker.startHttp(requestTo("hello"), receiver);
    await settle(20);
    return receiver;
  }

  it("is added to the answers of a function whose owner asks for it, and to no others", async () => {
    const timing = ["server-timing", "queue;dur=0, mount;dur=2, run;dur=16"];
    assert.deepEqual((await answer("1")).pairs, ["content-type", "text/plain", ...timing]);
    assert.deepEqual((await answer("0")).pairs, ["content-type", "text/plain"]);
  });

  it("comes with the result of an event function, for the answer that its URL makes of it", async () => {
    const timed = async (value: string): Promise<string | undefined> => {
      await using test = await startScheduler([asking("event", value)]);
      test.driver.onAssign = () => void (test.clock.ms += 2);
      test.driver.onCall = (call) => void setImmediate(() => ((test.clock.ms += 16), call.result("1")));
      return (await invoke(test)).serverTiming;
    };
    assert.equal(await timed("1"), "queue;dur=0, mount;dur=2, run;dur=16");
    assert.equal(await timed("0"), undefined);
  });

  it("stands beside what a server says itself", async () => {
    await using test = await startScheduler([asking("service", "true")]);
    await realTurns();
    const slot = await acquire(test);
    test.clock.ms += 3;
    const own = ["server-timing", "db;dur=5"];
    assert.deepEqual(slot.shownHeaders(own), [...own, "server-timing", "queue;dur=0, run;dur=3"]);
    slot.release(answered);
  });
});
