import assert from "node:assert/strict";
import { Socket } from "node:net";
import { describe, it, mock } from "node:test";
import { chooseRuntime, type RuntimeTrial } from "./choose-runtime.ts";
import type { WaitStatus } from "./booter.ts";

type Trial = RuntimeTrial<AsyncDisposable>;

describe("a runtime", () => {
  it("is chosen when its box runs and ends", async () => {
    const chosen = await chooseRuntime(trialOf(Promise.resolve({ code: 0, signal: null })));
    assert.ok(typeof chosen !== "string");
    assert.equal(chosen.reason, "Containers are run by sh, as it was set.");
  });

  it("is followed by the next one when it fails and leaves what cannot be removed", async () => {
    const trial = trialOf(Promise.resolve({ code: 1, signal: null }), async () => Promise.reject(new Error("EBUSY")));
    const tried: (string | null)[] = [];
    const outcome = await chooseRuntime({
      ...trial,
      hybrid: "/hidden",
      start: async (runtime, hiddenMount) => {
        tried.push(hiddenMount);
        return trial.start(runtime, hiddenMount);
      },
    });
    assert.deepEqual(tried, [null, "/hidden"]);
    assert.ok(typeof outcome === "string");
    assert.match(outcome, /^sh failed: a box that does nothing ended with {"code":1,"signal":null}; EBUSY$/);
  });

  it("whose box does not end is given up", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const trial = trialOf(new Promise(() => undefined));
      const booted = Promise.withResolvers<void>();
      const choosing = chooseRuntime({
        ...trial,
        boot: async (...parameters) => {
          booted.resolve();
          return trial.boot(...parameters);
        },
      });
      await booted.promise;
      mock.timers.tick(10_000);
      const outcome = await choosing;
      assert.ok(typeof outcome === "string");
      assert.match(outcome, /^sh failed: it took longer than 10 s/);
    } finally {
      mock.timers.reset();
    }
  });
});

/** A trial of /bin/sh, whose boxes end so. */
function trialOf(ended: Promise<WaitStatus>, forget: Trial["forget"] = async () => undefined): Trial {
  return {
    wanted: "/bin/sh",
    hybrid: null,
    start: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
    boot: async () => ({
      pid: 1,
      startTicks: 1,
      ends: { channel: new Socket(), stdout: new Socket(), stderr: new Socket() },
      ended,
    }),
    forget,
  };
}
