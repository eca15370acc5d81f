import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { makeDirectory, removeDirectory } from "./box-directory.ts";

const complaints: string[] = [];
const keep = (_fields: object, message: string): void => void complaints.push(message);
const logger = { error: keep, warn: keep, info: keep, debug: keep };

describe("the directory of a box", () => {
  it("is private, and goes with everything in it, locked directories too", async () => {
    const directory = path.join(await mkdtemp(path.join(os.tmpdir(), "gust-directory-")), "box");
    await makeDirectory(directory);
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
    await mkdir(path.join(directory, "locked/inner"), { recursive: true });
    await writeFile(path.join(directory, "locked/inner/file"), "");
    await chmod(path.join(directory, "locked/inner"), 0o000);
    await chmod(path.join(directory, "locked"), 0o000);
    await removeDirectory(path.dirname(directory), logger);
    assert.equal(existsSync(directory), false);
    assert.deepEqual(complaints, []);
  });

  it("may be gone already", async () => {
    await removeDirectory("/nowhere/at all", logger);
    assert.deepEqual(complaints, []);
  });
});
