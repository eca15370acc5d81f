import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { newSandboxId } from "../../core/index.ts";
import { spawnBox, spawnError } from "./spawn-box.ts";

describe("a process that is started as a box", () => {
  it("gets nothing of the host's environment, few descriptors and no core files", async (t) => {
    process.env["GUST_TEST_SECRET"] = "of the host";
    t.after(() => delete process.env["GUST_TEST_SECRET"]);
    const directory = await mkdtemp(path.join(os.tmpdir(), "gust-spawn-"));
    t.after(async () => rm(directory, { recursive: true, force: true }));
    const command = ["/bin/sh", "-c", "env; echo limits $(ulimit -n) $(ulimit -c); echo nice $(nice)"];
    const box = { id: newSandboxId(), program: { name: "shell", command } };
    const { child, channel, stdout, stderr } = await spawnBox(box, box.program.command, directory, "installation");
    const [text] = await Promise.all([stdout.setEncoding("utf8").toArray(), once(child, "exit")]);
    for (const stream of [channel, stderr]) stream.destroy();
    const lines = text.join("").trim().split("\n");
    const names = lines.filter((line) => line.includes("=")).map((line) => line.split("=")[0]);
    const expected = "GUST_CHANNEL_FD GUST_INSTALLATION GUST_SANDBOX HOME LANG PATH PWD TMPDIR TZ".split(" ");
    assert.deepEqual(new Set(names), new Set(expected));
    assert.ok(lines.includes("limits 1024 0"), text.join(""));
    assert.ok(lines.includes(`HOME=${directory}`));
  });

  it("fails with a sentence that says what the host is short of", () => {
    const box = { id: newSandboxId(), program: { name: "node", command: [] } };
    const of = (code: string) => spawnError(box, Object.assign(new Error(`spawn ${code}`), { code }));
    assert.deepEqual(
      ["EMFILE", "ENFILE", "EAGAIN", "ENOMEM", "ENOENT", "EACCES"].map((code) => of(code).code),
      [...Array.from({ length: 4 }, () => "InsufficientResources"), "InstanceStartFailed", "InstanceStartFailed"],
    );
    assert.match(of("EMFILE").message, /no free file descriptor/);
    assert.match(of("EAGAIN").message, /no room for another process/);
    assert.equal(of("EMFILE").details.setting, "ulimit -n");
  });
});
