import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { it } from "node:test";
import { Mounter } from "./mounter.ts";

it("replaces a helper that hangs, which costs what was asked of it and nothing after", async () => {
  const errors: string[] = [];
  const logger = { error: (_: unknown, text: string) => void errors.push(text), warn() {}, info() {}, debug() {} };
  await using mounter = new Mounter(logger, { answerBoundMs: 200 });
  await assert.rejects(mounter.unmount("/no/such/place"), /A mount failed/);
  const [helper] = childrenNamed("mounter.pl");
  assert.ok(helper !== undefined);
  process.kill(helper, "SIGSTOP");
  await assert.rejects(mounter.unmount("/no/such/place"), /did not answer/);
  assert.match(errors.join(), /another one takes its place/);
  await assert.rejects(mounter.unmount("/no/such/place"), /A mount failed/);
  assert.notEqual(childrenNamed("mounter.pl")[0], helper);
});

function childrenNamed(program: string): number[] {
  const children = readdirSync("/proc/self/task").flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number),
  );
  return children.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(program));
}
