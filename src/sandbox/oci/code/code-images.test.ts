import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, it } from "node:test";
import { CodeImages } from "./code-images.ts";

const quiet = { error() {}, warn() {}, info() {}, debug() {} };
/** Says that it runs, then waits for what it is to write. */
const builder = `#!/bin/sh
echo "$(basename "$3")" >> "$(dirname "$3")/begun"
cat "$3/gate" > "$2"
`;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "gust-images-"));
});
afterEach(async () => rm(directory, { recursive: true }));

it("builds two at a time: what calls wait for first, the rest with little weight", { timeout: 20_000 }, async () => {
  const program = path.join(directory, "builder");
  await writeFile(program, builder, { mode: 0o755 });
  const lowered = new Set<number>();
  const images = await CodeImages.open({
    directory: path.join(directory, "images"),
    builder: program,
    lowerWeight: (pid) => void lowered.add(pid),
    logger: quiet,
  });
  const names = ["first", "second", "third", "call"];
  for (const name of names) {
    await mkdir(path.join(directory, name));
    assert.equal(spawnSync("mkfifo", [path.join(directory, name, "gate")]).status, 0);
  }
  // `build` queues at once; `of` would look for a file first, and whose look ends first is not known
  const built = names.map((name) => images.build(path.join(directory, name), { isAhead: name !== "call" }));
  /** Resolves when its builder reads. */
  const release = async (name: string): Promise<void> => writeFile(path.join(directory, name, "gate"), name);
  await release("first");
  await built[0];
  await release("call"); // would wait for ever, were the third before it
  const begun = await readFile(path.join(directory, "begun"), "utf8");
  assert.deepEqual(begun.trim().split("\n").toSorted(), ["call", "first", "second"]);
  await Promise.all(["second", "third"].map(release));
  await Promise.all(built);
  for (const name of names) {
    const { file, isKept } = await images.of(path.join(directory, name), { isAhead: false });
    assert.equal(await readFile(file, "utf8"), name);
    assert.equal(isKept, true);
  }
  assert.equal(lowered.size, 3);
  await images[Symbol.asyncDispose]();
  assert.deepEqual(await readdir(path.join(directory, "images")), [], "none of them was named by a hash");
});
