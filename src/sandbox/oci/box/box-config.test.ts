import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { newSandboxId } from "../../../core/index.ts";
import { boxConfig, type BoxSettings } from "./box-config.ts";

const settings: BoxSettings = {
  id: newSandboxId(),
  installation: "0123456789abcdef",
  command: ["/run/gust/bin/node", "main.js"],
  rootDirectory: "/run/gust-1/root",
  cgroup: "/gust-1/box",
  layout: { kind: "v2", root: "/sys/fs/cgroup" },
  hostId: 0x7000_0000,
  userNamespace: "/run/gust-1/boxes/box/user-namespace",
  hasNetwork: false,
};

interface Linux {
  readonly namespaces: readonly { readonly type: string; readonly path?: string }[];
  readonly resources: { readonly unified?: object };
}

function linuxOf(overrides: Partial<BoxSettings>): Linux {
  return (boxConfig({ ...settings, ...overrides }) as { linux: Linux }).linux; // the part of the specification that is looked at here
}

describe("the configuration of a box", () => {
  it("separates everything, and stays in a ready network where there is one", () => {
    const types = linuxOf({}).namespaces.map(({ type }) => type);
    assert.deepEqual(types.toSorted(), ["cgroup", "ipc", "mount", "network", "pid", "user", "uts"]);
    const joined = linuxOf({ hasNetwork: true }).namespaces;
    assert.equal(
      joined.some(({ type }) => type === "network"),
      false,
    );
    assert.equal(joined.find(({ type }) => type === "user")?.path, settings.userNamespace);
  });

  it("ends the whole box for want of memory where the kernel can", () => {
    assert.deepEqual(linuxOf({}).resources.unified, { "memory.oom.group": "1" });
    const v1 = { kind: "v1", controllers: {}, roots: [], hybrid: null } as const;
    assert.equal(linuxOf({ layout: v1 }).resources.unified, undefined);
  });
});
