import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type { Sandbox } from "../../src/sandbox/index.ts";
import { BoxMaker, type MakeDriver } from "./box-maker.ts";
import { evaluate, startEvaluator } from "./evaluator.ts";

const isVersion1 = existsSync("/sys/fs/cgroup/cpu");

/** Files of the kernel that tell of the host, and those that programs may read and nobody write. */
const masked =
  "acpi asound cmdline config.gz diskstats interrupts kallsyms kcore keys kmsg kpagecount kpageflags " +
  "latency_stats locks modules partitions sched_debug scsi timer_list timer_stats";
const readOnly = "bus fs irq sys sysrq-trigger".split(" ");

/** What a container's configuration says, as the kernel has it: read from inside, and from its control groups. */
export function boundCases(makeDriver: MakeDriver): void {
  describe("what bounds a container", { concurrency: false }, () => {
    let maker: BoxMaker;
    let box: Sandbox;
    before(async () => {
      maker = await BoxMaker.make(makeDriver);
      box = await startEvaluator(maker, 128);
    });
    after(async () => maker[Symbol.asyncDispose]());
    const read = async (file: string): Promise<string> =>
      String(await evaluate(box, `fs.readFileSync(${JSON.stringify(file)}, "utf8")`));

    it("is a root that nobody writes, and few other mounts, none of which can do more than it must", async () => {
      const mounts = new Map((await read("/proc/self/mountinfo")).trim().split("\n").map(mountOf));
      assert.deepEqual(mounts.get("/")?.flags, "ro");
      assert.deepEqual(mounts.get("/proc")?.flags, "nosuid nodev noexec");
      assert.deepEqual(mounts.get("/dev")?.flags, "nosuid noexec");
      assert.deepEqual(mounts.get("/dev/shm"), { flags: "nosuid nodev noexec", size: "65536k" });
      assert.deepEqual(mounts.get("/tmp"), { flags: "nosuid nodev", size: "131072k" }); // as much as its memory
      const others = [...mounts].filter(([place]) => place !== "/" && !/^\/(?:proc|dev|tmp)\b/.test(place));
      assert.ok(others.some(([place]) => place === "/var/user") && others.some(([place]) => place === "/usr"));
      for (const [place, { flags }] of others) assert.equal(flags, "ro nosuid nodev", place);
      for (const name of readOnly.filter(isHere))
        assert.equal(mounts.get(`/proc/${name}`)?.flags.split(" ")[0], "ro", name);
    });

    it("hides what tells of the host", async () => {
      for (const name of masked.split(" ").filter(isHere)) {
        const look = `((it) => fs.statSync(it).isDirectory() ? fs.readdirSync(it).join() : fs.readFileSync(it, "latin1"))("/proc/${name}")`;
        assert.equal(await evaluate(box, look), "", name);
      }
    });

    it("knows of the host what programs ask", async () => {
      const asked = `((os) => [os.uptime(), os.totalmem(), os.freemem(), os.loadavg().length, os.cpus()[0].times.user])(require("node:os"))`;
      const answers = await evaluate(box, asked);
      assert.ok(
        Array.isArray(answers) && answers.length === 5 && answers.every((value) => Number(value) > 0),
        String(answers),
      );
    });

    it("leaves no core behind", async () => {
      assert.match(await read("/proc/self/limits"), /^Max core file size +0 +0 /m);
    });

    it("is a share of the processor: next to none until it is claimed, then that of its memory or of the background", async () => {
      const id = String(await evaluate(box, "process.env.GUST_INSTALLATION"));
      const unclaimed = await maker.create();
      const large = await startEvaluator(maker, 2_048);
      const background = await startEvaluator(maker, 2_048, { isBackground: true });
      const seen = ["booter", unclaimed.id, box.id, large.id, background.id].map((name) =>
        processorOf(`gust-${id}/boxes/${name}`),
      );
      const [none, one, two] = [null, 1, 2];
      const expected = [
        { weight: [2, 1], processors: none },
        { weight: [2, 1], processors: one },
        { weight: [128, 13], processors: one },
        { weight: [2_048, 200], processors: two },
        { weight: [4, 1], processors: two },
      ].map(({ weight, processors }) => ({ weight: weight[isVersion1 ? 0 : 1], processors }));
      assert.deepEqual(seen, expected);
    });
  });
}

function isHere(name: string): boolean {
  return existsSync(`/proc/${name}`);
}

/** Where a line of mountinfo mounts, with which fences, and how much of it there is. */
function mountOf(line: string): [string, { flags: string; size?: string }] {
  const [own = "", ofFileSystem = ""] = line.split(" - ");
  const [, , , , place = "", options = ""] = own.split(" ");
  const given = options.split(",");
  const flags = ["ro", "nosuid", "nodev", "noexec"].filter((flag) => given.includes(flag)).join(" ");
  const size = /^tmpfs .*\bsize=(\w+)/.exec(ofFileSystem)?.[1];
  return [place, size === undefined ? { flags } : { flags, size }];
}

/** Null: no limit. */
function processorOf(group: string): { weight: number; processors: number | null } {
  const directory = isVersion1 ? `/sys/fs/cgroup/cpu/${group}` : `/sys/fs/cgroup/${group}`;
  const file = (name: string): string => readFileSync(`${directory}/${name}`, "utf8").trim();
  const weight = Number(file(isVersion1 ? "cpu.shares" : "cpu.weight"));
  const [quota, period] = isVersion1
    ? [file("cpu.cfs_quota_us"), file("cpu.cfs_period_us")]
    : (file("cpu.max").split(" ") as [string, string]); // "QUOTA PERIOD"
  return { weight, processors: ["-1", "max"].includes(quota) ? null : Number(quota) / Number(period) };
}
