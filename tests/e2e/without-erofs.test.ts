import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { execFile } from "node:child_process";
import path from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { withoutContainers } from "../containers.ts";
import { makeInstallation } from "../gust-command.ts";
import { startServer } from "../running-server.ts";

const builder = ["/usr/bin/mkfs.erofs", "/usr/sbin/mkfs.erofs"].find((file) => existsSync(file));
const main = path.resolve(import.meta.dirname, "../../cli/main.ts");
/** A view of this machine without the program that makes images. */
const view = `mount -t tmpfs none /mnt && mkdir /mnt/upper /mnt/work
mount -t overlay -o lowerdir=${path.dirname(builder ?? "")},upperdir=/mnt/upper,workdir=/mnt/work none ${path.dirname(builder ?? "")}
rm ${builder} && exec "$@"`;
const prefix = ["unshare", "--mount", "sh", "-c", view, "view"] as const;
const skip =
  withoutContainers === false ? (builder === undefined ? "mkfs.erofs is missing anyway" : false) : withoutContainers;

describe("a host without mkfs.erofs", { skip }, () => {
  it("has containers nevertheless, and doctor and server say how code is mounted", { timeout: 60_000 }, async () => {
    await using data = await makeInstallation();
    const [program, ...rest] = prefix;
    const command = [
      process.execPath,
      "--disable-warning=ExperimentalWarning",
      main,
      "doctor",
      "--json",
      "--data",
      data.path,
    ];
    const { stdout } = await promisify(execFile)(program, [...rest, ...command]);
    const report: { driver: string; checks: { name: string; outcome: string; found: string; mend: string | null }[] } =
      JSON.parse(stdout);
    assert.equal(report.driver, "oci");
    const check = report.checks.find(({ name }) => name === "code images");
    assert.equal(check?.outcome, "missing");
    assert.match(check.found, /not installed; directories are mounted below read-only overlays instead/);
    assert.match(check.mend ?? "", /erofs-utils/);
    await using server = await startServer({ prefix, environment: { GUST_SANDBOX: "oci", GUST_POOL_SIZE: "0" } });
    assert.match(server.output(), /Code directories are mounted below read-only overlays, because mkfs\.erofs/);
  });
});
