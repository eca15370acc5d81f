import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { it } from "node:test";
import type { FunctionLog, Result } from "../../sdk/src/index.ts";
import { startNetworkServer } from "../../src/store/network-server-under-test.ts";
import { until } from "../faults/aftermath.ts";
import { gust, makeDirectory, makeInstallation } from "../gust-command.ts";

it("the whole platform on a PostgreSQL of somebody else's: over TCP, with a password, and all is there after a restart", async () => {
  await using database = await startNetworkServer();
  await using data = await makeInstallation();
  await using code = await makeDirectory({
    "index.js":
      "exports.main_handler = async ({ name }) => { console.log(`greets ${name}`); return `Hello, ${name}!`; };",
  });
  const json = async <Reply = unknown>(...args: string[]): Promise<Reply> => {
    const options = { environment: { DATABASE_URL: database.url } };
    const ended = await gust([...args, "--data", data.path, "--json"], options);
    assert.equal(ended.code, 0, `gust ${args.join(" ")}: ${ended.stderr}${ended.stdout}`);
    return JSON.parse(ended.stdout);
  };
  const up = (): Promise<unknown> => json("up", "--detach", "--port", "0", "--no-examples");
  const invoke = (name: string, ...args: string[]): Promise<Result> =>
    json("invoke", "greeter", "-d", JSON.stringify({ name }), ...args);
  const callsOf = async (id: string): Promise<readonly FunctionLog[]> => {
    const fields = JSON.stringify({ FunctionName: "greeter", FunctionRequestId: id });
    return (await json<{ Data: FunctionLog[] }>("api", "GetFunctionLogs", fields)).Data;
  };

  await up();
  await json("deploy", code.path, "--name", "greeter");
  const waited = await invoke("Ada");
  assert.equal(waited.RetMsg, '"Hello, Ada!"');
  const left = await invoke("Grace", "--async");
  await until("the event has run", async () => (await callsOf(left.FunctionRequestId)).length === 1);
  const key = await secretIdOf(data.path);
  await json("down");

  await up();
  assert.equal(await secretIdOf(data.path), key);
  const { functions } = await json<{ functions: { FunctionName: string }[] }>("list");
  assert.deepEqual(
    functions.map(({ FunctionName: name }) => name),
    ["greeter"],
  );
  for (const [id, name] of [
    [waited.FunctionRequestId, "Ada"],
    [left.FunctionRequestId, "Grace"],
  ] as const) {
    const [call] = await callsOf(id);
    assert.equal(call?.RetCode, 0);
    assert.match(call?.Log ?? "", new RegExp(`greets ${name}`));
  }
  assert.equal((await invoke("Alan")).RetMsg, '"Hello, Alan!"');
  const names = await fs.readdir(data.path);
  assert.ok(!names.includes("postgres"), `no database of its own: ${names.join(", ")}`);
});

async function secretIdOf(dataDirectory: string): Promise<string> {
  const credentials: { secretId: string } = JSON.parse(
    await fs.readFile(path.join(dataDirectory, "credentials.json"), "utf8"),
  );
  return credentials.secretId;
}
