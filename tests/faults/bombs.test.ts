import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { it } from "node:test";
import { withoutContainers } from "../containers.ts";
import { clientOf, deploy } from "../deployed-function.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";
import { assertNothingLeft } from "./aftermath.ts";
import { bombs, filesOf } from "./bombs.ts";
import { httpFiles, httpType } from "./programs.ts";
import { installationIn, traces } from "./traces.ts";

it(
  "functions that misbehave, all at once: each is told why, another one answers, and nothing of them stays on the host",
  { skip: withoutContainers, timeout: 120_000 },
  async () => {
    const dataDirectory = await makeDataDirectory();
    try {
      {
        await using server = await startServer({ dataDirectory, environment: { GUST_SANDBOX: "oci" } });
        const { url } = await deploy(server, "neighbour", httpFiles, httpType);
        await Promise.all(
          bombs.map((bomb) => deploy(server, bomb.name, filesOf(bomb), { Timeout: 3, MemorySize: 256 })),
        );
        let isOver = false;
        const neighbour = keepAsking(url, () => isOver);
        const answers = await Promise.all(bombs.map(({ name }) => outcomeOf(server, name)));
        isOver = true;
        bombs.forEach(({ name, answer }, index) => assert.match(answers[index] ?? "", answer, name));
        assert.deepEqual(
          (await neighbour).filter((status) => status !== 200),
          [],
        );
        assert.match(await logOf(server, "log-flood"), /\(\d+ more lines were not kept/);
        await assertNothingLeft(server);
      }
      assert.deepEqual(traces(installationIn(dataDirectory)), []);
    } finally {
      await rm(dataDirectory, { recursive: true, force: true });
    }
  },
);

/** What the caller of an event function hears. */
async function outcomeOf(server: RunningServer, name: string): Promise<string> {
  const { Result: result } = await clientOf(server).call("Invoke", { FunctionName: name });
  const { ErrMsg: message, RetMsg: answer } = result as { ErrMsg: string; RetMsg: string }; // wire type of Invoke
  return `${message} ${answer}`;
}

async function logOf(server: RunningServer, name: string): Promise<string> {
  const { Data: data } = await clientOf(server).call("GetFunctionLogs", { FunctionName: name });
  return (data as { Log: string }[]).map(({ Log: log }) => log).join("\n"); // wire type of GetFunctionLogs
}

async function keepAsking(url: string, isOver: () => boolean): Promise<number[]> {
  const statuses: number[] = [];
  while (!isOver()) {
    const response = await fetch(url);
    await response.arrayBuffer();
    statuses.push(response.status);
  }
  return statuses;
}
