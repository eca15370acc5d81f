import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import { PlatformError } from "../../../core/index.ts";
import { neededControllers, readCgroupLayout, type CgroupLayout } from "../cgroups/cgroup-layout.ts";
import { installCommand } from "../../host-programs/host-packages.ts";
import { perl } from "../../host-programs/resident-perl.ts";
import { missingCapabilities } from "../network/host/check-host.ts";

/** What was found about one thing that containers need. */
export type Finding =
  | { readonly isFine: true; readonly found: string }
  /** `mend` is the command that helps; null: there is none. */
  | { readonly isFine: false; readonly found: string; readonly mend: string | null };

/** What containers need of a system before anything is tried, the most basic first. */
export const systemRequirements: Readonly<Record<string, () => Finding>> = {
  system: () =>
    process.platform === "linux"
      ? fine(`Linux ${os.release()} on ${process.arch}`)
      : lacking("containers need Linux", null),
  user: lookAtUser,
  "control groups": lookAtGroups,
  "user namespaces": lookAtUserNamespaces,
  perl: () => (existsSync(perl) ? fine(perl) : lacking(`${perl} is not there`, installCommand(["perl"]))),
};

/** Throws a PlatformError that says the first thing that this system lacks. */
export function checkSystem(): CgroupLayout {
  for (const look of Object.values(systemRequirements)) {
    const finding = look();
    if (!finding.isFine)
      throw unavailable(finding.mend === null ? finding.found : `${finding.found} (${finding.mend})`);
  }
  const layout = readLayout();
  if (typeof layout === "string") throw unavailable(layout);
  return layout;
}

export function unavailable(why: string): PlatformError {
  return new PlatformError("InsufficientResources", `Containers cannot be used on this host: ${why}`);
}

function lookAtUser(): Finding {
  const uid = process.getuid?.();
  if (uid !== 0) return lacking("containers need root", null);
  const missing = missingCapabilities(readFileSync("/proc/self/status", "utf8"));
  if (missing.length === 0) return fine("root");
  return lacking(`this root lacks the capability ${missing.join(" and ")}`, "docker run --privileged …");
}

function lookAtGroups(): Finding {
  const layout = readLayout();
  if (typeof layout === "string") {
    const isAbsent = layout.startsWith("no ");
    return lacking(layout, isAbsent ? "mount -t cgroup2 cgroup2 /sys/fs/cgroup" : null);
  }
  const controllers = neededControllers[layout.kind].join(", ");
  if (layout.kind === "v2") return fine(`version 2 with ${controllers}`);
  const beside = layout.hybrid === null ? "" : `; hybrid, with cgroup2 at ${layout.hybrid}`;
  return fine(`version 1 with ${controllers}${beside}`);
}

function readLayout(): CgroupLayout | string {
  const layout = readCgroupLayout(readFileSync("/proc/self/mountinfo", "utf8"));
  if (typeof layout === "string" || layout.kind === "v1") return layout;
  const offered = readFileSync(`${layout.root}/cgroup.controllers`, "utf8").trim().split(" ");
  const missing = neededControllers.v2.filter((name) => !offered.includes(name));
  return missing.length === 0 ? layout : `cgroup v2 without the controller ${missing.join(", ")}`;
}

function lookAtUserNamespaces(): Finding {
  if (!existsSync("/proc/self/ns/user")) return lacking("this kernel has no user namespaces", null);
  const limit = readFileSync("/proc/sys/user/max_user_namespaces", "utf8").trim();
  if (limit !== "0") return fine(`${limit} at most`);
  return lacking("user namespaces are switched off", "sysctl -w user.max_user_namespaces=15000");
}

function fine(found: string): Finding {
  return { isFine: true, found };
}

function lacking(found: string, mend: string | null): Finding {
  return { isFine: false, found, mend };
}
