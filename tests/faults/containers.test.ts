import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { it } from "node:test";
import { withoutContainers } from "../containers.ts";
import { clientOf } from "../deployed-function.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";

const boxes = 50;

it(
  `kill -9 of the platform with ${boxes} containers alive: the next start leaves nothing of them`,
  { skip: withoutContainers, timeout: 120_000 },
  async () => {
    const dataDirectory = await makeDataDirectory();
    const id = createHash("sha256")
      .update(path.join(realpathSync(dataDirectory), "run"))
      .digest("hex")
      .slice(0, 16);
    const environment = { GUST_SANDBOX: "oci", GUST_POOL_SIZE: String(boxes) };
    try {
      await using before = await startServer({ dataDirectory, environment });
      await fullPool(before, boxes);
      const groups = groupsOf(id);
      assert.ok(groups.filter((group) => /\/box-/.test(group)).length >= boxes, groups.join("\n"));
      await before.crash();
      {
        await using after = await startServer({ dataDirectory, environment: { ...environment, GUST_POOL_SIZE: "1" } });
        await fullPool(after, 1);
        const old = new Set(groups.filter((group) => /\/box-/.test(group)));
        assert.deepEqual(
          groupsOf(id).filter((group) => old.has(group)),
          [],
        );
      }
      assert.deepEqual(traces(id), []);
      assert.deepEqual(await fs.readdir(path.join(dataDirectory, "run")), []);
    } finally {
      await fs.rm(dataDirectory, { recursive: true, force: true });
    }
  },
);

async function fullPool(server: RunningServer, size: number): Promise<void> {
  const product = { service: "gust", version: "2026-11-24" };
  for (;;) {
    const { Status: status } = await clientOf(server).call("GetStatus", {}, { product });
    if ((status as { pools: { node26: { ready: number } } }).pools.node26.ready >= size) return; // wire type of GetStatus
    await once(AbortSignal.timeout(20), "abort");
  }
}

/** Control groups of an installation, whichever version and tree they are in. */
function groupsOf(id: string): string[] {
  const roots = ["/sys/fs/cgroup", ...readdirSync("/sys/fs/cgroup").map((name) => `/sys/fs/cgroup/${name}`)];
  return roots
    .map((root) => `${root}/gust-${id}`)
    .filter((group) => existsSync(group))
    .flatMap((group) => [group, ...readdirSync(group).map((name) => `${group}/${name}`)]);
}

/** Whatever of this host carries the installation's name. */
function traces(id: string): string[] {
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
