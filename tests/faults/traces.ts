import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";

/** What everything of the server on a data directory is named after. */
export function installationIn(dataDirectory: string): string {
  return createHash("sha256")
    .update(path.join(realpathSync(dataDirectory), "run"))
    .digest("hex")
    .slice(0, 16);
}

/** Control groups of an installation, whichever version and tree they are in. */
export function groupsOf(id: string): string[] {
  const roots = ["/sys/fs/cgroup", ...readdirSync("/sys/fs/cgroup").map((name) => `/sys/fs/cgroup/${name}`)];
  return roots
    .map((root) => `${root}/gust-${id}`)
    .filter((group) => existsSync(group))
    .flatMap((group) => [group, ...readdirSync(group, { recursive: true }).map((name) => `${group}/${String(name)}`)]);
}

/** Whatever of this host carries the installation's name. */
export function traces(id: string): string[] {
  const label = id.slice(0, 8);
  return [
    ...groupsOf(id),
    ...(existsSync(`/run/gust-${id}`) ? [`/run/gust-${id}`] : []),
    ...readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .filter((line) => line.includes(id)),
    ...readdirSync("/sys/class/net").filter((name) => name.startsWith(`g${label}`)),
    ...execFileSync("nft", ["list", "tables"], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes(label)),
    ...readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => environmentOf(pid).includes(`GUST_INSTALLATION=${id}`)),
  ];
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return ""; // it has ended meanwhile
  }
}
