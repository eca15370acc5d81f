import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { newSandboxId } from "../../../core/index.ts";
import { boxConfig, type BoxSettings } from "./box-config.ts";
import { seccompProfile } from "./seccomp-profile.ts";

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

describe("the list of system calls", () => {
  const { syscalls } = seccompProfile as { syscalls: { names: string[]; action: string; args?: object[] }[] }; // as the file builds it
  const allowed = syscalls.filter(({ action }) => action === "SCMP_ACT_ALLOW");

  it("allows none of those that lead out", () => {
    const dangerous =
      "mount umount2 move_mount open_tree fsopen pivot_root chroot setns unshare clone3 ptrace process_vm_readv process_vm_writev bpf " +
      "perf_event_open userfaultfd io_uring_setup keyctl add_key request_key open_by_handle_at kexec_load init_module finit_module " +
      "delete_module reboot swapon settimeofday clock_settime sethostname syslog iopl ioperm modify_ldt sync";
    const names = new Set(allowed.flatMap((rule) => rule.names));
    assert.deepEqual(
      dangerous.split(" ").filter((name) => names.has(name)),
      [],
    );
    assert.ok(names.has("openat") && names.has("execve"));
  });

  it("names no call twice without looking at its arguments", () => {
    const plain = allowed.filter(({ args }) => args === undefined).flatMap((rule) => rule.names);
    assert.equal(new Set(plain).size, plain.length);
    const limited = ["clone", "socket", "socketpair", "mknod", "mknodat", "personality"];
    assert.deepEqual(
      limited.filter((name) => plain.includes(name)),
      [],
    );
  });
});
