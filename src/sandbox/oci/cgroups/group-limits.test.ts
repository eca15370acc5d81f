import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CgroupLayout } from "./cgroup-layout.ts";
import {
  backgroundLimitsOf,
  freezeWrite,
  limitsOf,
  limitWrites,
  memoryFiles,
  readOomKills,
  weightOf,
} from "./group-limits.ts";

const v2: CgroupLayout = { kind: "v2", root: "/c" };
const v1: CgroupLayout = {
  kind: "v1",
  controllers: { memory: "/m", cpu: "/p", freezer: "/f", pids: "/t" },
  roots: ["/m", "/p", "/f", "/t"],
  hybrid: null,
};

function written(layout: CgroupLayout, memoryMb: number): string[] {
  return limitWrites(layout, "/g", limitsOf(memoryMb, 48)).map(({ file, text }) => `${file}=${text}`);
}

describe("the limits of a box", () => {
  it("give processor time in proportion to memory, and never less than one whole processor when it is free", () => {
    assert.deepEqual(limitsOf(128, 48), { memoryBytes: 176 * 1024 * 1024, cpuShares: 128, cpus: 1 });
    assert.deepEqual(limitsOf(3_072, 48), { memoryBytes: 3_120 * 1024 * 1024, cpuShares: 3_072, cpus: 3 });
  });

  it("of one in the background weigh less than the smallest function's", () => {
    const { cpuShares, ...rest } = backgroundLimitsOf(2_048, 48);
    assert.ok(cpuShares * 4 <= limitsOf(64, 48).cpuShares);
    assert.deepEqual({ ...rest, cpuShares: 2_048 }, limitsOf(2_048, 48));
  });

  it("are written as version 2 has them", () => {
    assert.deepEqual(written(v2, 1_024), [
      "/c/g/memory.max=1124073472",
      "/c/g/memory.swap.max=0",
      "/c/g/cpu.weight=100",
      "/c/g/cpu.max=100000 100000",
    ]);
  });

  it("are written as version 1 has them, memory and swap together before and after", () => {
    assert.deepEqual(written(v1, 2_048), [
      "/m/g/memory.memsw.limit_in_bytes=2197815296",
      "/m/g/memory.limit_in_bytes=2197815296",
      "/m/g/memory.memsw.limit_in_bytes=2197815296",
      "/m/g/memory.kmem.tcp.limit_in_bytes=549453824",
      "/p/g/cpu.shares=2048",
      "/p/g/cpu.cfs_quota_us=200000",
    ]);
  });

  it("convert shares to weights so that an ordinary process is the same in both", () => {
    assert.deepEqual([2, 128, 1_024, 262_144].map(weightOf), [1, 13, 100, 10_000]);
  });
});

describe("the state of a box", () => {
  it("is frozen in its own words in each version", () => {
    assert.deepEqual(freezeWrite(v2, "/g", true), { file: "/c/g/cgroup.freeze", text: "1", isOptional: false });
    assert.deepEqual(freezeWrite(v1, "/g", false), { file: "/f/g/freezer.state", text: "THAWED", isOptional: false });
  });

  it("tells memory and the kills for want of it", () => {
    assert.equal(memoryFiles(v2, "/g").peak, "/c/g/memory.peak");
    assert.equal(memoryFiles(v1, "/g").peak, "/m/g/memory.max_usage_in_bytes");
    assert.equal(readOomKills("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"), 3);
    assert.equal(readOomKills("low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\noom_group_kill 1\n"), 1);
    assert.equal(readOomKills(""), 0);
  });
});
