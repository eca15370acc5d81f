import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { newSandboxId } from "../../src/core/index.ts";
import { runtimePrograms, type Sandbox } from "../../src/sandbox/index.ts";
import { BoxMaker, soon, type MakeDriver } from "./box-maker.ts";
import { collect, initMessage, request } from "./channel-requests.ts";

/** The platform's own Node runtime in boxes of a driver. */
export function nodeFunctionCases(name: string, makeDriver: MakeDriver): void {
  describe(`the ${name} driver with the Node runtime`, () => {
    it("runs an event function", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const code = "exports.main_handler = async (event) => { console.log('seen'); return { got: event.key }; };";
      const { channel, ended } = await startFunction(maker, "event", code);
      const lines: string[] = [];
      channel.onLog = (requestId, { text }) => lines.push(`${requestId} ${text}`);
      const { receiver, answer, attach } = collect();
      attach(
        channel.open({ kind: "event", requestId: "r-1", deadlineMs: 3_000, pairs: [], body: '{"key":1}' }, receiver),
      );
      assert.deepEqual(JSON.parse((await answer).body.toString()), { got: 1 });
      assert.deepEqual(lines, ["r-1 seen"]);
      channel.stop(1_000);
      assert.deepEqual(await ended, { kind: "exited", code: 0, signal: null });
    });

    it("runs an HTTP function, many calls at a time", async () => {
      await using maker = await BoxMaker.make(makeDriver);
      const code = "exports.main_handler = async (request) => new Response(await request.text());";
      const { channel } = await startFunction(maker, "http", code);
      const bodies = Array.from({ length: 200 }, (_, index) => String(index).repeat(index * 20));
      const answers = await Promise.all(bodies.map(async (body) => request(channel, "/", body)));
      assert.deepEqual(
        answers.map(({ status, body }) => `${status} ${body.toString()}`),
        bodies.map((body) => `200 ${body}`),
      );
    });
  });
}

async function startFunction(maker: BoxMaker, form: "event" | "http", code: string): Promise<Sandbox> {
  const { codeDirectory } = maker;
  await writeFile(path.join(codeDirectory, "index.js"), code);
  const box = await maker.driver.create({ id: newSandboxId(), program: runtimePrograms.node26 }, { signal: soon() });
  const assignment = { codeDirectory, memoryMb: 128 };
  await box.assign(assignment, { signal: soon() });
  const { codeRoot } = box.paths(assignment);
  const message = { ...initMessage, form, codeRoot, handler: "index.main_handler" };
  const outcome = await box.channel.init(message, { signal: soon() });
  assert.equal(outcome.kind, "initialized", JSON.stringify(outcome));
  return box;
}
