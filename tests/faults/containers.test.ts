import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs/promises";
import path from "node:path";
import { it } from "node:test";
import { withoutContainers } from "../containers.ts";
import { clientOf } from "../deployed-function.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";
import { groupsOf, installationIn, traces } from "./traces.ts";

const boxes = 50;

it(
  `kill -9 of the platform with ${boxes} containers alive: the next start leaves nothing of them`,
  { skip: withoutContainers, timeout: 120_000 },
  async () => {
    const dataDirectory = await makeDataDirectory();
    const id = installationIn(dataDirectory);
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
