import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readHostMemory } from "../../sandbox/index.ts";
import { entry, eventTo, settle, spec, version } from "../testing/fakes.ts";
import { startScheduler, type TestScheduler } from "../testing/start-scheduler.ts";
import { chooseIdle, missingBytes } from "./memory-pressure.ts";

const MiB = 1024 * 1024;

describe("what is stopped when memory is short", () => {
  it("is nothing while more is available than the reserve, and as much as is missing below it", () => {
    assert.equal(missingBytes({ availableBytes: 600 * MiB, stalledPercent: 0 }, 512 * MiB), 0);
    assert.equal(missingBytes({ availableBytes: 500 * MiB, stalledPercent: null }, 512 * MiB), 12 * MiB);
  });

  it("is something, whatever is available, when the host does nothing but wait for memory", () => {
    assert.ok(missingBytes({ availableBytes: 9_000 * MiB, stalledPercent: 10 }, 512 * MiB) > 0);
    assert.equal(missingBytes({ availableBytes: 9_000 * MiB, stalledPercent: 9.9 }, 512 * MiB), 0);
  });

  it("was used longest ago, and is no more than it takes", () => {
    const idle = [30, 10, 20].map((idleSince) => ({ idleSince, bytes: 20 * MiB }));
    const chosen = (bytes: number): number[] => chooseIdle(idle, bytes).map(({ idleSince }) => idleSince);
    assert.deepEqual([chosen(0), chosen(1), chosen(20 * MiB)], [[], [10], [10]]);
    assert.deepEqual(
      [chosen(21 * MiB), chosen(1_000 * MiB)],
      [
        [10, 20],
        [10, 20, 30],
      ],
    );
  });

  it("counts a little where a sandbox does not say what it holds", () => {
    const silent = Array.from({ length: 9 }, (_, idleSince) => ({ idleSince, bytes: 0 }));
    assert.equal(chooseIdle(silent, 16 * MiB).length, 2);
  });
});

describe("a host that is short of memory", () => {
  const names = ["first", "second", "third", "busy"];
  const invoke = (test: TestScheduler, name: string) =>
    test.scheduler.invoker.invoke(eventTo(name, { payload: name }), { signal: new AbortController().signal });

  /** Three functions that were called one after the other, one that runs, and a pool of three. */
  async function startIdle(): Promise<TestScheduler> {
    const entries = names.map((name) => entry([version("event", { name, spec: spec("event", { timeoutS: 900 }) })]));
    const config = { memoryReserveMb: 512, poolSize: 3 };
    const test = await startScheduler(entries, config, ({ driver }) => {
      driver.onCall = (call) => {
        if (call.head.body !== "busy") setImmediate(() => call.result("1"));
      };
    });
    for (const name of names.slice(0, 3)) {
      await invoke(test, name);
      await test.pass(200);
    }
    void invoke(test, "busy");
    await test.pass(4_000);
    return test;
  }

  const running = (test: TestScheduler): string[] => test.scheduler.status().versions.map(({ name }) => name);
  const ready = (test: TestScheduler): number =>
    Object.values(test.scheduler.status().pools).reduce((sum, pool) => sum + pool.ready, 0);

  it("stops the instance that was used longest ago, then more, and never one with a call", async () => {
    await using test = await startIdle();
    assert.deepEqual(running(test), names);
    test.setMemory({ availableBytes: 511 * MiB, stalledPercent: null });
    await test.pass(2_000);
    assert.deepEqual(running(test), names.slice(1));
    test.setMemory({ availableBytes: 600 * MiB, stalledPercent: null });
    await test.pass(10_000);
    assert.deepEqual(running(test), names.slice(1));
    test.setMemory({ availableBytes: 0, stalledPercent: null });
    await test.pass(2_000);
    assert.deepEqual(running(test), ["busy"]);
  });

  it("stops spare runtimes when that is not enough, keeps one, and fills pools again when it has memory", async () => {
    await using test = await startIdle();
    assert.equal(ready(test), 3);
    test.setMemory({ availableBytes: 511 * MiB, stalledPercent: null });
    await test.pass(2_000);
    assert.equal(ready(test), 3, "an idle instance was enough");
    test.setMemory({ availableBytes: 0, stalledPercent: null });
    await test.pass(10_000);
    assert.equal(ready(test), 1);
    test.setMemory({ availableBytes: 600 * MiB, stalledPercent: null });
    await test.pass(4_000);
    await settle();
    assert.equal(ready(test), 3);
  });

  it("is asked for what it has", () => {
    for (const inOwnGroup of [true, false]) {
      const { availableBytes } = readHostMemory({ inOwnGroup });
      assert.ok(availableBytes > 0 && Number.isFinite(availableBytes));
    }
  });
});
