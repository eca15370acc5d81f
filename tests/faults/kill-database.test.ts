import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientOf, deploy } from "../deployed-function.ts";
import { descendantsNamed } from "../performance/processes.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { assertNothingLeft, assertRecorded, until, untilAllRan } from "./aftermath.ts";
import { eventFiles, httpFiles, httpType, serviceFiles, slowEventFiles } from "./programs.ts";
import { asynchronousTraffic, eventTraffic, httpTraffic, type Traffic } from "./traffic.ts";

function untilWritesWork(server: RunningServer, name: string): Promise<void> {
  return until("a write succeeds", () =>
    clientOf(server)
      .call("UpdateFunctionConfiguration", { FunctionName: name, Description: "after" })
      .then(
        () => true,
        () => false,
      ),
  );
}

describe("kill -9 of PostgreSQL during calls of every form", () => {
  let server: RunningServer;
  let traffic: Readonly<Record<"steady" | "web" | "resident" | "later", Traffic>>;

  before(async () => {
    server = await startServer();
    await Promise.all([deploy(server, "steady", eventFiles), deploy(server, "later", slowEventFiles)]);
    traffic = {
      web: httpTraffic(await deploy(server, "web", httpFiles, httpType)),
      resident: httpTraffic(await deploy(server, "resident", serviceFiles, { Type: "HTTP" })),
      steady: eventTraffic(server, "steady"),
      later: asynchronousTraffic(server, "later"),
    };
    const all = Object.values(traffic);
    await Promise.all(all.map((calls) => calls.more(50)));
    const [postmaster] = descendantsNamed(server.pid, "postgres");
    assert.ok(postmaster);
    process.kill(postmaster, "SIGKILL");
    await Promise.all(all.map((calls) => calls.more(100)));
    await untilWritesWork(server, "steady");
    await Promise.all(all.map((calls) => calls.stop()));
  });

  after(() => server[Symbol.asyncDispose]());

  for (const name of ["web", "resident"] as const) {
    it(`no call of ${name} noticed, and all are recorded`, async () => {
      assert.deepEqual(traffic[name].failures, []);
      await assertRecorded(server, name, traffic[name].acknowledged);
    });
  }

  it("event functions went on, and every answered call is recorded", async () => {
    for (const failure of traffic.steady.failures) assert.match(failure, /database/i);
    await assertRecorded(server, "steady", traffic.steady.acknowledged);
  });

  it("events were accepted durably or refused with the reason, and every accepted one is run", async () => {
    for (const failure of traffic.later.failures) assert.match(failure, /database/i);
    await untilAllRan(server, "later", traffic.later.acknowledged);
  });

  it("nothing is left over", () => assertNothingLeft(server));
});

describe("the database hangs", () => {
  it("says so to writes while warm functions go on", async () => {
    await using server = await startServer();
    const { url } = await deploy(server, "warm", httpFiles, httpType);
    assert.equal((await fetch(url)).status, 200);
    const database = descendantsNamed(server.pid, "postgres");
    assert.notEqual(database.length, 0);
    for (const pid of database) process.kill(pid, "SIGSTOP");
    try {
      for (let call = 0; call < 20; call++) assert.equal((await fetch(url)).status, 200);
      await assert.rejects(
        clientOf(server).call("UpdateFunctionConfiguration", { FunctionName: "warm", Description: "never" }),
        /database/i,
      );
      assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
      assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    } finally {
      for (const pid of database) process.kill(pid, "SIGCONT");
    }
    await untilWritesWork(server, "warm");
  });
});
