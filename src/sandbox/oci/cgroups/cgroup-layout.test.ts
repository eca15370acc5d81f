import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { groupDirectories, groupDirectory, readCgroupLayout } from "./cgroup-layout.ts";

const root = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw";
const v2 = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate";
const v1 = ["memory", "cpu,cpuacct", "pids", "freezer"].map(
  (name, index) => `${40 + index} 31 0:${40 + index} / /sys/fs/cgroup/${name} rw - cgroup cgroup rw,${name}`,
);
const named = "50 31 0:50 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd";
const unified = "51 31 0:51 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";

describe("the layout of control groups", () => {
  it("is version 2 when that alone is mounted", () => {
    const layout = readCgroupLayout([root, v2, ""].join("\n"));
    assert.deepEqual(layout, { kind: "v2", root: "/sys/fs/cgroup" });
    assert.deepEqual(groupDirectories(layout, "/gust-1/box-2"), ["/sys/fs/cgroup/gust-1/box-2"]);
    assert.equal(groupDirectory(layout, "memory", "/gust-1"), "/sys/fs/cgroup/gust-1");
  });

  it("is version 1 with a tree for each controller, two of which may share one", () => {
    const layout = readCgroupLayout([root, ...v1, named, unified].join("\n"));
    assert.ok(typeof layout !== "string" && layout.kind === "v1");
    assert.equal(layout.hybrid, "/sys/fs/cgroup/unified");
    assert.equal(groupDirectory(layout, "cpu", "/g"), "/sys/fs/cgroup/cpu,cpuacct/g");
    assert.equal(groupDirectory(layout, "cpuacct", "/g"), "/sys/fs/cgroup/cpu,cpuacct/g");
    assert.ok(groupDirectories(layout, "/g").includes("/sys/fs/cgroup/systemd/g"));
    assert.equal(groupDirectories(layout, "/g").length, 6);
  });

  it("says what is missing", () => {
    assert.equal(readCgroupLayout(root), "no cgroup file system is mounted");
    const incomplete = readCgroupLayout([root, ...v1.slice(1, 3)].join("\n"));
    assert.equal(incomplete, "cgroup v1 without the controller memory, freezer");
  });

  it("reads mount points with blanks", () => {
    const layout = readCgroupLayout(v2.replace("/sys/fs/cgroup ", "/a\\040b "));
    assert.deepEqual(layout, { kind: "v2", root: "/a b" });
  });
});
