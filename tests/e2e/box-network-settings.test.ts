import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { it } from "node:test";
import { withoutContainers } from "../containers.ts";
import { startServer } from "../running-server.ts";

it(
  "the settings of container networks reach the packet rules and the containers' resolv.conf",
  { skip: withoutContainers, timeout: 60_000 },
  async () => {
    await using server = await startServer({
      environment: {
        GUST_SANDBOX: "oci",
        GUST_BOX_RANGE: "10.233.77.0/24",
        GUST_BOX_ALLOW: "10.1.2.3, 10.8.0.0/24",
        GUST_BOX_RESOLVERS: "198.51.100.53",
      },
    });
    const run = path.join(realpathSync(server.dataDirectory), "run");
    const id = createHash("sha256").update(run).digest("hex").slice(0, 16);
    const tables = execFileSync("nft", ["list", "tables"], { encoding: "utf8" });
    const [, family = "", name = ""] = new RegExp(`table (\\S+) (\\S*${id.slice(0, 8)}\\S*)`).exec(tables) ?? [];
    const rules = execFileSync("nft", ["list", "table", family, name], { encoding: "utf8" });
    for (const wanted of ["10.233.77.0/24", "10.1.2.3", "10.8.0.0/24", "198.51.100.53"]) {
      assert.ok(rules.includes(wanted), `${wanted} in\n${rules}`);
    }
    const resolvConf = await readFile(`/run/gust-${id}/root/etc/resolv.conf`, "utf8");
    assert.match(resolvConf, /^nameserver 10\.233\.77\./m);
  },
);
