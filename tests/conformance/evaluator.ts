import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { newSandboxId } from "../../src/core/index.ts";
import { runtimePrograms, type Assignment, type Sandbox } from "../../src/sandbox/index.ts";
import { soon, type BoxMaker } from "./box-maker.ts";
import { collect, initMessage } from "./channel-requests.ts";

const program = `
const fs = require("node:fs");
const childProcess = require("node:child_process");
exports.main_handler = async (event) => ({ value: await eval(event.code) });
`;

/** A claimed box with the Node runtime that evaluates what it is sent. */
export async function startEvaluator(
  maker: BoxMaker,
  memoryMb: number,
  changes: Partial<Assignment> = {},
): Promise<Sandbox> {
  const { codeDirectory } = maker;
  await writeFile(path.join(codeDirectory, "index.js"), program);
  const box = await maker.driver.create({ id: newSandboxId(), program: runtimePrograms.node26 }, { signal: soon() });
  const assignment = { codeDirectory, memoryMb, ...changes };
  await box.assign(assignment, { signal: soon() });
  const { codeRoot } = box.paths(assignment);
  const environment = { PATH: "/run/gust/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
  const message = { ...initMessage, form: "event", codeRoot, handler: "index.main_handler", environment } as const;
  const outcome = await box.channel.init(message, { signal: soon() });
  assert.equal(outcome.kind, "initialized", JSON.stringify(outcome));
  return box;
}

/** The value of an expression inside the box. */
export async function evaluate(box: Sandbox, code: string): Promise<unknown> {
  const { receiver, answer, attach } = collect();
  const body = JSON.stringify({ code });
  attach(box.channel.open({ kind: "event", requestId: "r", deadlineMs: 20_000, pairs: [], body }, receiver));
  const { value } = JSON.parse((await answer).body.toString()) as { value: unknown }; // the evaluator's answer
  return value;
}
