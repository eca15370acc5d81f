import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { BoxCgroup } from "./box-cgroup.ts";
import type { CgroupLayout } from "./cgroup-layout.ts";
import { limitsOf } from "./group-limits.ts";

const untouched = "";

test("a claim writes only the limits that its box was not made with", () => {
  const root = mkdtempSync(path.join(os.tmpdir(), "gust-cgroup-"));
  try {
    const layout: CgroupLayout = { kind: "v2", root };
    const group = path.join(root, "g");
    mkdirSync(group);
    const names = ["memory.max", "memory.swap.max", "cpu.weight", "cpu.max"];
    for (const name of names) writeFileSync(path.join(group, name), untouched);
    const said = (): string[] => names.map((name) => readFileSync(path.join(group, name), "utf8"));
    const cgroup = new BoxCgroup(layout, "/g", { ...limitsOf(128, 48), cpuShares: 2 });
    cgroup.limit(limitsOf(128, 48));
    assert.deepEqual(said(), [untouched, "0", "13", untouched], "its weight, and no swap");
    cgroup.limit(limitsOf(2_048, 48));
    assert.deepEqual(said(), ["2197815296", "0", "200", "200000 100000"]);
    assert.equal(existsSync(path.join(group, "memory.peak")), false);
  } finally {
    rmSync(root, { recursive: true });
  }
});
