import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";
import { hasProcfs } from "./host-processes.ts";
import { MemoryWatch } from "./memory-watch.ts";

const eater =
  "const eaten = Buffer.alloc(100e6, 1); process.stdout.write('full'); setInterval(() => eaten.length, 1e6)";

describe("the memory watch", { skip: !hasProcfs }, () => {
  it("counts every process of a session, and tells once one is over its limit", async (t) => {
    const command = `"$0" -e "$1" & wait`;
    const shell = spawn("/bin/sh", ["-c", command, process.execPath, eater], {
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const { pid } = shell;
    assert.ok(pid !== undefined);
    t.after(() => process.kill(-pid, "SIGKILL"));
    await new Promise((resolve) => shell.stdout.once("data", resolve));
    const watch = new MemoryWatch();
    const keepAlive = setInterval(() => undefined, 1_000); // the watch's own timer lets a process end
    const memory = await new Promise<{ peakBytes: number }>((resolve) => {
      const watched = watch.watch(pid, 90e6, () => resolve(watched));
      t.after(() => watched.stop());
    });
    clearInterval(keepAlive);
    assert.ok(memory.peakBytes > 100e6 && memory.peakBytes < 250e6, `${memory.peakBytes} bytes`);
  });

  it("knows nothing of a process that is gone", () => {
    const watched = new MemoryWatch().watch(2 ** 22 + 5, 1, () => assert.fail("it has no memory"));
    assert.equal(watched.peakBytes, 0);
    watched.stop();
  });
});
