import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import {
  clientOf,
  deploy,
  waitUntilActive,
  zipOf,
  type DeployedFunction,
  type PackageFiles,
} from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { assertNothingLeft, assertRecorded, until } from "./aftermath.ts";
import { busyInstances, processesRunning, processIn, type BoxProcess } from "./boxes.ts";
import { eventFiles, httpFiles, httpType, serviceFiles } from "./programs.ts";
import { eventTraffic, httpTraffic } from "./traffic.ts";

const nodeRuntime = "runtimes/node/main.js";
const serviceRuntime = "runtimes/service/main.js";

/** What a program of these tests tells: the sandbox that it runs in, and more. */
async function ask({ url }: DeployedFunction): Promise<readonly string[]> {
  const answer = await fetch(url);
  assert.equal(answer.status, 200);
  return (await answer.text()).split(" ");
}

async function serverOf(service: DeployedFunction): Promise<BoxProcess> {
  const [sandbox = ""] = await ask(service);
  return processIn(sandbox, "server.js");
}

async function killRuntime(sandbox: string): Promise<void> {
  await until("the runtime is killed", async () => {
    try {
      return process.kill((await processIn(sandbox, nodeRuntime)).pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // what Node's process functions throw
      return false; // a process that looked like it has ended: it is looked for again
    }
  });
}

describe("kill -9 of a sandbox", () => {
  let server: RunningServer;

  before(async () => {
    server = await startServer();
  });
  after(() => server[Symbol.asyncDispose]());

  async function invoke(name: string, event: object, kind = "RequestResponse"): Promise<Record<string, unknown>> {
    const fields = { FunctionName: name, InvocationType: kind, ClientContext: JSON.stringify(event) };
    const { Result: result } = await clientOf(server).call("Invoke", fields);
    return result as Record<string, unknown>; // wire type of Invoke
  }

  async function sandboxOf(name: string): Promise<string> {
    const { RetMsg: answer } = await invoke(name, {});
    return String(JSON.parse(String(answer)));
  }

  it("during event calls: those under way fail with 439, the next ones work, all have records", async () => {
    await deploy(server, "steady", eventFiles);
    const sandbox = await sandboxOf("steady");
    const calls = eventTraffic(server, "steady");
    await calls.more(20);
    await killRuntime(sandbox);
    await calls.more(50);
    await calls.stop();
    for (const failure of calls.failures) assert.match(failure, /process.*(?:exited|ended|killed)/i);
    await assertRecorded(server, "steady", calls.acknowledged);
  });

  it("during calls of an HTTP function: those under way fail with 502 and 439, the next ones work", async () => {
    const web = await deploy(server, "web", httpFiles, httpType);
    const [sandbox = ""] = await ask(web);
    const calls = httpTraffic(web);
    await calls.more(50);
    await killRuntime(sandbox);
    await calls.more(50);
    await calls.stop();
    for (const failure of calls.failures) assert.match(failure, /^502 439 /);
    assert.notEqual((await ask(web))[0], sandbox);
    await assertRecorded(server, "web", calls.acknowledged);
  });

  it("during one call that hangs: it is that call that fails", async () => {
    const hangs = await deploy(server, "hangs", httpFiles, httpType);
    const [sandbox = ""] = await ask(hangs);
    const hanging = fetch(`${hangs.url}hang`);
    await until("the call is under way", async () => (await ask(hangs))[1] === "1");
    await killRuntime(sandbox);
    const failed = await hanging;
    assert.equal(failed.status, 502);
    assert.equal(failed.headers.get("x-scf-status"), "439");
    await failed.arrayBuffer();
    assert.notEqual((await ask(hangs))[0], sandbox);
  });

  for (const [what, script] of [
    ["server", "server.js"],
    ["runtime", serviceRuntime],
  ] as const) {
    it(`of the ${what} of a service during its calls: it is started again without a person`, async () => {
      const resident = await deploy(server, `killed-${what}`, serviceFiles, { Type: "HTTP" });
      const first = await serverOf(resident);
      const calls = httpTraffic(resident);
      await calls.more(50);
      process.kill((await processIn(first.sandbox, script)).pid, "SIGKILL");
      await calls.more(50);
      await calls.stop();
      for (const failure of calls.failures) assert.match(failure, /^50[234] /);
      assert.notEqual((await serverOf(resident)).pid, first.pid);
      await until("the old server is gone", () => !existsSync(`/proc/${first.pid}`));
    });
  }

  it("during an accepted event: it is kept, and counted as to be tried again", async () => {
    await deploy(server, "later", eventFiles, { Timeout: 60 });
    const sandbox = await sandboxOf("later");
    const { FunctionRequestId: id } = await invoke("later", { hang: true }, "Event");
    await until("the event is under way", async () => (await busyInstances(server, "later")) === 1);
    await killRuntime(sandbox);
    await until("the event waits for its first retry", async () => {
      const fields = { FunctionName: "later", FunctionRequestId: id };
      const { Data: data } = await clientOf(server).call("GetRequestStatus", fields);
      const [status] = data as { RetCode: number; RetryNum: number }[]; // wire type of GetRequestStatus
      return status?.RetCode === 1 && status.RetryNum === 1;
    });
  });

  it("of new code while it is brought up: the old code goes on, and the next upload works", async () => {
    const resident = await deploy(server, "brought-up", serviceFiles, { Type: "HTTP" });
    const old = await serverOf(resident);
    const update = async (files: PackageFiles): Promise<void> => {
      const code = await zipOf({ ...serviceFiles, ...files });
      await clientOf(server).call("UpdateFunctionCode", { FunctionName: "brought-up", Code: { ZipFile: code } });
    };
    await update({
      "silent.js": "setInterval(() => {}, 1e6);",
      scf_bootstrap: { text: "#!/bin/sh\nexec node silent.js\n", mode: 0o755 },
    });
    let silent: BoxProcess | undefined;
    await until("the new code runs", async () => {
      silent = (await processesRunning("silent.js")).find(({ installation }) => installation === old.installation);
      return silent !== undefined;
    });
    process.kill(silent?.pid ?? 0, "SIGKILL");
    await assert.rejects(waitUntilActive(server, "brought-up"), /UpdateFailed.*SIGKILL/);
    assert.equal((await serverOf(resident)).pid, old.pid);
    await update({ "other.txt": "changed" });
    await waitUntilActive(server, "brought-up");
    assert.notEqual((await serverOf(resident)).pid, old.pid);
  });

  it("leaves nothing over", () => assertNothingLeft(server));
});
