import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { newSandboxId } from "../../core/index.ts";
import { forgetProcess, killRecorded, recordProcess } from "./leftovers.ts";

const quiet = { error() {}, warn() {}, info() {}, debug() {} };

describe("records of processes, for systems without /proc", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), "gust-records-"));
  });
  afterEach(async () => rm(directory, { recursive: true, force: true }));

  it("find and kill what an earlier server left", async () => {
    const child = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
    await once(child, "spawn");
    const { pid } = child;
    assert.ok(pid !== undefined);
    await recordProcess(directory, newSandboxId(), pid);
    await killRecorded(directory);
    assert.deepEqual(await once(child, "exit"), [null, "SIGKILL"]);
  });

  it("leave a process alone that only got the same number", async () => {
    const child = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
    await once(child, "spawn");
    const record = JSON.stringify({ pid: child.pid, startedAt: Date.now() - 60_000 });
    await writeFile(path.join(directory, "box-other.process.json"), record);
    await killRecorded(directory);
    assert.equal(child.kill("SIGTERM"), true);
    assert.deepEqual(await once(child, "exit"), [null, "SIGTERM"]);
  });

  it("are skipped when a crash cut them short, and go when their box ends", async () => {
    await writeFile(path.join(directory, "box-short.process.json"), '{"pid": 12');
    await killRecorded(directory);
    const id = newSandboxId();
    await recordProcess(directory, id, 999_999);
    await forgetProcess(directory, id, quiet);
    assert.deepEqual(await readdir(directory), ["box-short.process.json"]);
    await killRecorded(path.join(directory, "never made"));
  });
});
