import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock, type FunctionId, type Logger, type RequestId } from "../core/index.ts";
import { EncodedLines, type LogRow } from "../store/index.ts";
import { createFunctionLogs } from "./function-logs.ts";
import type { InvocationLog } from "./telemetry.ts";

const functionId = "lam-hello" as FunctionId;
const never = { signal: new AbortController().signal };

function lines(...texts: string[]) {
  return texts.map((text) => ({ at: 1, stream: "stdout" as const, text }));
}

function invocation(id: string, ...texts: string[]): InvocationLog {
  const requestId = id as RequestId;
  return {
    requestId,
    functionId,
    startedAt: 1,
    lines: EncodedLines.of(lines(...texts)),
    droppedLines: 0,
    returnMessage: "ok",
  };
}

function start(bounds?: { rows: number; bytes: number }) {
  const stored: LogRow[] = [];
  const warnings: object[] = [];
  const logger: Logger = { error() {}, info() {}, debug() {}, warn: (fields) => void warnings.push(fields) };
  const store = { isAway: false, batches: 0 };
  const records = {
    async insertLogs(rows: readonly LogRow[]) {
      store.batches++;
      if (store.isAway) throw new Error("the database is away");
      stored.push(...rows);
    },
  };
  const logs = createFunctionLogs({ records, logger, clock: systemClock, ...(bounds ? { bounds } : {}) });
  return { logs, stored, store, warnings };
}

describe("function logs", () => {
  it("are written in one batch within 200 ms", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const { logs, stored, store } = start();
    logs.recordInvocation(invocation("a", "one"));
    logs.recordInvocation(invocation("b", "two"));
    assert.equal(store.batches, 0);
    context.mock.timers.tick(200);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([store.batches, stored.map(({ requestId }) => requestId)], [1, ["a", "b"]]);
    assert.equal(stored[0]?.lines.json(), JSON.stringify(lines("one")));
  });

  it("put the lines of one instance into one row", async () => {
    const { logs, stored } = start();
    await using _ = logs;
    for (const text of ["one", "two"]) {
      logs.recordInstance({ functionId, version: "$LATEST", instanceId: "box-1", lines: lines(text) });
    }
    logs.recordInstance({ functionId, version: "$LATEST", instanceId: "box-2", lines: lines("three") });
    await logs.flush(never);
    assert.deepEqual(
      stored.map(({ instanceId, lines: kept }) => [instanceId, kept.count]),
      [
        ["box-1", 2],
        ["box-2", 1],
      ],
    );
  });

  it("are dropped and counted beyond the bounds, and the drop is said", async () => {
    const { logs, stored, warnings } = start({ rows: 2, bytes: 1_000_000 });
    for (const id of ["a", "b", "c"]) logs.recordInvocation(invocation(id));
    assert.equal(logs.dropped, 1);
    await logs[Symbol.asyncDispose]();
    assert.equal(stored.length, 2);
    assert.deepEqual(warnings, [{ dropped: 1 }]);
  });

  it("stay within their bytes too", () => {
    const { logs } = start({ rows: 100, bytes: 1_000 });
    logs.recordInvocation(invocation("a", "x".repeat(2_000)));
    assert.equal(logs.dropped, 1);
  });

  it("wait for a store that is away, and arrive when it is back", async () => {
    const { logs, stored, store } = start();
    await using _ = logs;
    store.isAway = true;
    logs.recordInvocation(invocation("a"));
    const flushed = logs.flush(never);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(stored.length, 0);
    store.isAway = false;
    await flushed;
    assert.equal(stored.length, 1);
    assert.equal(logs.dropped, 0);
  });
});
