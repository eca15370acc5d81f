import assert from "node:assert/strict";
import fs from "node:fs/promises";
import { describe, it } from "node:test";
import { clientOf, deploy } from "../deployed-function.ts";
import { gust } from "../gust-command.ts";
import { descendantsNamed } from "../performance/processes.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";
import { assertNothingLeft, assertRecorded, until } from "./aftermath.ts";
import { busyInstances } from "./boxes.ts";
import { eventFiles, hangingFiles } from "./programs.ts";

const drainS = 6;

describe("a stop with an event that hangs", () => {
  it("takes the drain time once, and the event runs again after the next start", async () => {
    const dataDirectory = await makeDataDirectory();
    try {
      {
        await using server = await startServer({
          dataDirectory,
          environment: { GUST_DRAIN_TIMEOUT_S: String(drainS) },
        });
        await deploy(server, "later", hangingFiles, { Timeout: 300 });
        await clientOf(server).call("Invoke", { FunctionName: "later", InvocationType: "Event" });
        await untilBusy(server);
        const startedAt = performance.now();
        assert.equal(await server.stop(), 0);
        const tookMs = performance.now() - startedAt;
        assert.ok(tookMs >= drainS * 1_000, `it had its time: ${tookMs} ms`);
        assert.ok(tookMs < (drainS + 5) * 1_000, `nobody waited for it twice: ${tookMs} ms`);
      }
      await using again = await startServer({ dataDirectory, environment: { GUST_DRAIN_TIMEOUT_S: "1" } });
      await untilBusy(again);
    } finally {
      await fs.rm(dataDirectory, { recursive: true, force: true });
    }
  });
});

describe("a stop while the database is frozen", () => {
  it("ends it too, and the next start has everything", async () => {
    const dataDirectory = await makeDataDirectory();
    try {
      const frozen = await startServer({ dataDirectory });
      await deploy(frozen, "warm", eventFiles);
      const database = descendantsNamed(frozen.pid, "postgres");
      assert.notEqual(database.length, 0);
      for (const pid of database) process.kill(pid, "SIGSTOP");
      try {
        const reply = await clientOf(frozen).call("Invoke", { FunctionName: "warm" });
        const startedAt = performance.now();
        await assertNothingLeft(frozen);
        assert.ok(performance.now() - startedAt < 25_000, "every step was bounded");
        await using again = await startServer({ dataDirectory });
        await assertRecorded(again, "warm", [String(reply["RequestId"])]);
      } finally {
        for (const pid of database) killIfThere(pid);
      }
    } finally {
      await fs.rm(dataDirectory, { recursive: true, force: true });
    }
  });
});

describe("calls while the database is frozen", () => {
  it("event functions answer by API and command line at once; leaving an event fails within seconds and names the database", async () => {
    await using server = await startServer();
    await deploy(server, "warm", eventFiles);
    await clientOf(server).call("Invoke", { FunctionName: "warm" });
    const database = descendantsNamed(server.pid, "postgres");
    assert.notEqual(database.length, 0);
    for (const pid of database) process.kill(pid, "SIGSTOP");
    try {
      const startedAt = performance.now();
      for (const action of ["Invoke", "InvokeFunction"]) {
        const { Result: result } = await clientOf(server).call(action, { FunctionName: "warm" });
        assert.equal((result as { InvokeResult: number }).InvokeResult, 0); // wire type of Invoke
      }
      const told = await gust(["invoke", "warm", "--data", server.dataDirectory]);
      assert.equal(told.code, 0, told.stderr);
      await assert.rejects(
        clientOf(server).call("Invoke", { FunctionName: "warm", InvocationType: "Event" }),
        /database did not confirm the event/,
      );
      assert.ok(performance.now() - startedAt < 10_000, "a statement to a silent database takes 12 s");
    } finally {
      for (const pid of database) process.kill(pid, "SIGCONT");
    }
  });
});

function untilBusy(server: RunningServer): Promise<void> {
  return until("the event runs", async () => (await busyInstances(server, "later")) === 1);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
