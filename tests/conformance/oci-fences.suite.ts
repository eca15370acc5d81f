import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type { Sandbox } from "../../src/sandbox/index.ts";
import { BoxMaker, soon, type MakeDriver } from "./box-maker.ts";
import { evaluate, startEvaluator } from "./evaluator.ts";

/** What a container promises beyond what every driver does: tried from inside, with the Node runtime. What it keeps out: `tests/security/`. */
export function fenceCases(makeDriver: MakeDriver): void {
  describe("a container", { concurrency: false }, () => {
    let maker: BoxMaker;
    let box: Sandbox;
    before(async () => {
      maker = await BoxMaker.make(makeDriver);
      box = await startEvaluator(maker, 128);
    });
    after(async () => maker[Symbol.asyncDispose]());

    it("can be frozen, and says that it is", () => {
      const { canFreeze, notes } = maker.driver.capabilities();
      assert.equal(canFreeze, true);
      assert.match(notes.join(" "), /Event and HTTP functions stand still between calls/);
    });

    it("has 1,024 descriptors and 1,024 tasks", async () => {
      const roomy = await startEvaluator(maker, 1_024); // a task takes some 100 KB of the kernel's memory, which counts
      const opened = await evaluate(
        roomy,
        `(() => { const all = []; try { for (;;) all.push(fs.openSync("/dev/null")); } catch (error) { return [error.code, all.length > 900]; } finally { all.forEach((fd) => fs.closeSync(fd)); } })()`,
      );
      assert.deepEqual(opened, ["EMFILE", true]);
      const script = "i=0; while [ $i -lt 1100 ]; do sleep 5 & i=$((i+1)); done";
      const { status, stderr } = (await evaluate(
        roomy,
        `(({ status, stderr }) => ({ status, stderr: stderr.toString().slice(-200) }))(childProcess.spawnSync("sh", ["-c", ${JSON.stringify(script)}]))`,
      )) as { status: number; stderr: string }; // what the line above gives
      assert.notEqual(status, 0);
      assert.match(stderr, /Cannot fork|Resource temporarily unavailable/);
    });

    it("has 512 MB of /tmp, which count as its memory", async () => {
      await using other = await BoxMaker.make(makeDriver);
      const large = await startEvaluator(other, 1_024);
      assert.deepEqual(await evaluate(large, fillTemporary), ["ENOSPC", 512]);
      await new Promise((resolve) => setTimeout(resolve, 150)); // memory is looked at ten times a second
      assert.ok(large.memory().currentBytes > 512 * 1024 * 1024);
    });

    it("has no more /tmp than memory, and says ENOSPC before it dies of it", async () => {
      const small = await startEvaluator(maker, 128);
      assert.deepEqual(await evaluate(small, fillTemporary), ["ENOSPC", 128]);
      assert.equal(await evaluate(small, `"still here"`), "still here");
      await small.kill();
    });

    it("stands still while it is frozen, and dies frozen", async () => {
      await evaluate(box, `void (globalThis.ticks = 0, setInterval(() => globalThis.ticks++, 5))`);
      box.freeze();
      await assert.rejects(box.channel.ping({ signal: AbortSignal.timeout(200) }));
      box.thaw();
      await box.channel.ping({ signal: soon() });
      const frozen = await startEvaluator(maker, 128);
      frozen.freeze();
      assert.equal((await frozen.kill()).kind, "killed");
    });

    it("tells the most memory it held since it was assigned", async () => {
      const peaked = await startEvaluator(maker, 512);
      await evaluate(peaked, `void Buffer.alloc(200 << 20, 1)`);
      await new Promise((resolve) => setTimeout(resolve, 150)); // memory is looked at ten times a second
      assert.ok(peaked.memory().peakBytes > 200 * 1024 * 1024);
      await peaked.kill();
    });

    it("forgets the peak of the call before", { skip: !existsSync("/sys/fs/cgroup/memory") }, async () => {
      const peaked = await startEvaluator(maker, 512);
      await evaluate(
        peaked,
        `void require("node:child_process").execFileSync(process.execPath, ["-e", "Buffer.alloc(200 << 20, 1)"])`,
      );
      assert.ok(peaked.memory({ isFresh: true }).peakBytes > 200 * 1024 * 1024);
      await new Promise((resolve) => setTimeout(resolve, 150)); // calls within a tenth of a second share a peak
      peaked.forgetPeak();
      await evaluate(peaked, `"nothing"`);
      assert.ok(peaked.memory().peakBytes < 150 * 1024 * 1024);
      await peaked.kill();
    });

    it("leaves nothing on the host", async () => {
      await using other = await BoxMaker.make(makeDriver);
      const temporary = await startEvaluator(other, 128);
      const id = String(await evaluate(temporary, "process.env.GUST_INSTALLATION"));
      assert.ok(existsSync(`/run/gust-${id}`));
      assert.match(readFileSync("/proc/self/cgroup", "utf8"), new RegExp(`/gust-${id}/platform$`, "m"));
      await other.driver[Symbol.asyncDispose]();
      const roots = [
        "/sys/fs/cgroup",
        ...readdirSync("/sys/fs/cgroup").map((name) => `/sys/fs/cgroup/${name}`),
        "/run",
      ];
      for (const root of roots) assert.equal(existsSync(`${root}/gust-${id}`), false, root);
    });

    it("is not started when all boxes together have the tasks that they may", async () => {
      const id = String(await evaluate(box, "process.env.GUST_INSTALLATION"));
      const [bound = ""] = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"]
        .map((root) => `${root}/gust-${id}/boxes/pids.max`)
        .filter((file) => existsSync(file));
      const usual = readFileSync(bound, "utf8");
      assert.match(usual, /^\d+\n$/);
      writeFileSync(bound, "45");
      const words = /functions of this host have \d+ processes and threads, and all of them together may have 45,/;
      await assert.rejects(maker.create(), { code: "InsufficientResources", message: words });
      writeFileSync(bound, usual);
    });
  });
}

/** Writes until it may not; the error and the megabytes that there were. */
const fillTemporary = `(() => { const piece = Buffer.alloc(1 << 20); const fd = fs.openSync("/tmp/fill", "w"); let mb = 0; try { for (;; mb++) fs.writeSync(fd, piece); } catch (error) { return [error.code, mb]; } })()`;
