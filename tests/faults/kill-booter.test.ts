import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { it } from "node:test";
import { withoutContainers } from "../containers.ts";
import { clientOf, deploy } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { assertNothingLeft, assertRecorded, until } from "./aftermath.ts";
import { eventFiles, httpFiles, httpType, serviceFiles } from "./programs.ts";
import { asynchronousTraffic, eventTraffic, httpTraffic } from "./traffic.ts";

it(
  "kill -9 of the booter of containers: what ran fails as the platform's loss, everything else is answered",
  { skip: withoutContainers, timeout: 120_000 },
  async () => {
    await using server = await startServer({ environment: { GUST_SANDBOX: "oci", GUST_POOL_SIZE: "4" } });
    await deploy(server, "steady", eventFiles);
    const web = await deploy(server, "web", httpFiles, httpType);
    const resident = await deploy(server, "resident", serviceFiles, { Type: "HTTP" });
    const calls = [eventTraffic(server, "steady"), httpTraffic(web), httpTraffic(resident)];
    const events = asynchronousTraffic(server, "steady");
    for (let kill = 0; kill < 3; kill++) {
      await Promise.all([...calls, events].map((traffic) => traffic.more(40)));
      process.kill(booterOf(server), "SIGKILL");
    }
    await Promise.all([...calls, events].map((traffic) => traffic.more(40)));
    for (const traffic of [...calls, events]) await traffic.stop();
    const [synchronous = [], http = [], service = []] = calls.map(({ failures }) => failures);
    for (const failure of synchronous) assert.match(failure, /The platform lost the sandbox/);
    for (const failure of http) assert.match(failure, /^503 405 /);
    for (const failure of service) assert.match(failure, /^50[234] /);
    // callers of each form × kills: a call that had not begun is nobody's failure
    for (const failures of [synchronous, http, service]) assert.ok(failures.length <= 12, failures.join("\n"));
    await assertRecorded(server, "steady", calls[0]?.acknowledged ?? []);
    assert.deepEqual(await usedRetries(server, events.acknowledged), []);
    await assertNothingLeft(server);
  },
);

/** Events that count as delivered again. */
async function usedRetries(server: RunningServer, ids: readonly string[]): Promise<string[]> {
  const used: string[] = [];
  for (const id of ids) {
    await until("the event has been tried", async () => {
      const { Data: data } = await clientOf(server).call("GetRequestStatus", {
        FunctionName: "steady",
        FunctionRequestId: id,
      });
      const [status] = data as { RetCode: number; RetryNum: number }[]; // wire type of GetRequestStatus
      if (status !== undefined && status.RetryNum > 0) used.push(id);
      return status !== undefined;
    });
  }
  return used;
}

/** The perl of this installation alone. */
function booterOf({ dataDirectory }: RunningServer): number {
  const run = path.join(realpathSync(dataDirectory), "run");
  const id = createHash("sha256").update(run).digest("hex").slice(0, 16);
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const [, program = "", socket = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      if (program.endsWith("booter.pl") && socket.includes(id)) return Number(pid);
    } catch {
      continue; // it has ended meanwhile
    }
  }
  throw new Error("no booter runs");
}
