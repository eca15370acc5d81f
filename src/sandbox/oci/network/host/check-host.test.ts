import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { missingCapabilities } from "./check-host.ts";
import { programError } from "./run-program.ts";

describe("a host that cannot make networks", () => {
  it("is told which program is missing and the package that brings it", () => {
    const missing = Object.assign(new Error("spawn nft ENOENT"), { code: "ENOENT" });
    assert.match(programError("nft", missing).message, /the program nft, which is not installed: .*\bnftables$/);
    assert.match(programError("ip", missing).message, /which is not installed: .*\biproute2?$/);
  });

  it("is told which capabilities are missing", () => {
    assert.deepEqual(missingCapabilities("CapEff:\t000001ffffffffff\n"), []);
    assert.deepEqual(missingCapabilities("CapEff:\t00000000a80425fb\n"), ["NET_ADMIN", "SYS_ADMIN"]); // Docker's default
    assert.deepEqual(missingCapabilities("CapEff:\t0000000000001000\n"), ["SYS_ADMIN"]);
  });

  const skip = process.platform !== "linux" || process.getuid?.() !== 0 ? "needs Linux and root" : false;
  it("is told so in one sentence when the server is not root", { skip }, async () => {
    const program = `import { checkHost } from "${new URL("check-host.ts", import.meta.url).href}";
      checkHost().then(() => console.log("fine"), (error) => console.log(error.message));`;
    const drop = ["--bounding-set", "-net_admin", "--inh-caps", "-net_admin", process.execPath];
    const child = spawn("setpriv", [...drop, "--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const sentence = "Networks of sandboxes need root; this process lacks the capability NET_ADMIN\n";
    assert.equal(await text(child.stdout), sentence);
  });
});
