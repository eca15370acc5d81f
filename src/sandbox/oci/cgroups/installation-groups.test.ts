import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import type { CgroupLayout } from "./cgroup-layout.ts";
import { installationGroupsOf, makeInstallationGroups } from "./installation-groups.ts";
import { isFree, leavePlatformGroup } from "./platform-group.ts";
import { taskBoundOf } from "./task-bound.ts";

const processors = os.availableParallelism();
const groups = installationGroupsOf("0123abcd");

describe("the groups of an installation", () => {
  for (const [kind, file, ordinary] of [
    ["v1", "/cpu.shares", 1_024],
    ["v2", "/cpu.weight", 100],
  ] as const) {
    it(`let the platform come before all boxes, and bound their tasks (${kind})`, () => {
      using tree = makeTree(kind);
      const join = (): boolean => mkdirSync(tree.root + groups.platform) === undefined;
      makeInstallationGroups(tree.layout, groups, join);
      const weights = [groups.all, groups.platform, groups.boxes].map((group) => tree.read(group + file));
      assert.deepEqual(
        weights,
        [2, 1, 0.5].map((part) => part * ordinary * processors),
      );
      assert.ok(tree.read(`${groups.boxes}/pids.max`) > 1_000);
    });

    it(`give boxes as little where the platform cannot be among them (${kind})`, () => {
      using tree = makeTree(kind);
      makeInstallationGroups(tree.layout, groups, () => false);
      assert.equal(tree.read(groups.all + file), (ordinary / 2) * processors);
    });
  }

  it("take no process of version 2 from where somebody has put it", () => {
    const memberships = ["/", "/init", "/gust-00ff/platform", "/system.slice/gust.service", "/user.slice"];
    assert.deepEqual(
      memberships.map((group) => isFree(`0::${group}\n`)),
      [true, true, true, false, false],
    );
  });

  it("let the platform go where processes are that nobody has put anywhere", () => {
    using tree = makeTree("v2");
    for (const group of [groups.platform, "/init"]) mkdirSync(tree.root + group, { recursive: true });
    writeFileSync(`${tree.root}${groups.platform}/cgroup.procs`, "7\n");
    leavePlatformGroup(tree.layout, groups.platform);
    assert.equal(tree.read("/init/cgroup.procs"), 7);
  });

  it("bound tasks by what is scarcest", () => {
    assert.equal(taskBoundOf(["32768\n", "192729\n", "max\n"]), 24_576);
    assert.equal(taskBoundOf(["4194304\n", "192729\n", "1000\n"]), 750);
  });
});

/** A directory in the place of the kernel's. */
function makeTree(
  kind: "v1" | "v2",
): Disposable & { readonly root: string; readonly layout: CgroupLayout; readonly read: (file: string) => number } {
  const root = mkdtempSync(path.join(os.tmpdir(), "gust-cgroup-"));
  return {
    root,
    layout:
      kind === "v2" ? { kind, root } : { kind, controllers: { cpu: root, pids: root }, roots: [root], hybrid: null },
    read: (file) => Number(readFileSync(root + file, "utf8")),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}
