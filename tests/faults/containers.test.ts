import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs/promises";
import path from "node:path";
import { it } from "node:test";
import { withoutContainers } from "../containers.ts";
import { clientOf, deploy } from "../deployed-function.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";
import { groupsOf, installationIn, traces } from "./traces.ts";

const boxes = 50;

it(
  `kill -9 of the platform with ${boxes} containers alive, one of them frozen: the next start leaves nothing of them`,
  { skip: withoutContainers, timeout: 120_000 },
  async () => {
    const dataDirectory = await makeDataDirectory();
    const id = installationIn(dataDirectory);
    const environment = { GUST_SANDBOX: "oci", GUST_POOL_SIZE: String(boxes) };
    try {
      await using before = await startServer({ dataDirectory, environment });
      await fullPool(before, boxes);
      await deploy(before, "frozen", { "index.js": "exports.main_handler = async () => 1;" });
      await clientOf(before).call("Invoke", { FunctionName: "frozen" });
      await frozenInstance(before);
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

/** Wire type of GetStatus, as far as it is looked at. */
interface Status {
  readonly pools: { readonly node26: { readonly ready: number } };
  readonly versions: readonly { readonly instances: { readonly frozen: number } }[];
}

async function fullPool(server: RunningServer, size: number): Promise<void> {
  await statusWith(server, ({ pools }) => pools.node26.ready >= size);
}

async function frozenInstance(server: RunningServer): Promise<void> {
  await statusWith(server, ({ versions }) => versions.some(({ instances }) => instances.frozen === 1));
}

/** Looks until the claim holds; the test's own limit ends it. */
async function statusWith(server: RunningServer, claim: (status: Status) => boolean): Promise<void> {
  const product = { service: "gust", version: "2026-11-24" };
  for (;;) {
    const { Status: status } = await clientOf(server).call("GetStatus", {}, { product });
    if (claim(status as Status)) return; // wire type
    await once(AbortSignal.timeout(20), "abort");
  }
}
