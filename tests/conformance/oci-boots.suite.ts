import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { newSandboxId } from "../../src/core/index.ts";
import { createOciDriver } from "../../src/sandbox/index.ts";
import { BoxMaker, eventually, keepingLogger, newToken, processesWith } from "./box-maker.ts";

type BoxNetworks = Awaited<ReturnType<NonNullable<Parameters<typeof createOciDriver>[0]["openNetworks"]>>>;
type BoxNetwork = Awaited<ReturnType<BoxNetworks["take"]>>;

/** Boots that go wrong, with an OCI runtime that can be told to. */
export function bootCases(): void {
  describe("a boot that goes wrong", { concurrency: false }, () => {
    const hanging = `1000.${newToken()}`;
    let directory: string;
    let maker: BoxMaker;
    before(async () => {
      directory = await mkdtemp(path.join(os.tmpdir(), "gust-boots-"));
      const runtime = path.join(directory, "runtime");
      await writeFile(runtime, runtimeScript(directory, hanging), { mode: 0o755 });
      const programDirectories = [path.join(import.meta.dirname, "fixtures")];
      maker = await BoxMaker.make(async (options) => createOciDriver({ ...options, runtime, programDirectories }));
    });
    after(async () => {
      await maker[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    });
    afterEach(async () => {
      for (const mishap of ["hangs", "fails"]) await rm(path.join(directory, mishap), { force: true });
      await using box = await maker.create(); // the next one is none the worse
      assert.equal(box.memory().currentBytes > 0, true);
    });
    const cause = async (mishap: "hangs" | "fails"): Promise<void> => writeFile(path.join(directory, mishap), "");

    it("ends the box that a failed runtime has left, and says why it failed", async () => {
      await cause("fails");
      await assert.rejects(maker.create(), /could not start a box \(exit code 1\).*half-way/);
      assert.deepEqual(processesWith(maker.token), []);
      assert.deepEqual(maker.complaints, []);
    });

    it("is given up with its signal, and its runtime killed", async () => {
      await cause("hangs");
      const stop = new AbortController();
      const boot = assert.rejects(maker.create({ signal: stop.signal }), /enough/);
      await eventually(
        () => processesWith(hanging).length === 1,
        () => "the runtime did not start",
      );
      stop.abort(new Error("enough"));
      await boot;
      assert.deepEqual(processesWith(hanging), []);
    });

    it("ends with the booter, and the runtime that it had started, too", async () => {
      await cause("hangs");
      const boot = assert.rejects(maker.create(), /The booter of sandboxes ended/);
      await eventually(
        () => processesWith(hanging).length === 1,
        () => "the runtime did not start",
      );
      const booters = processesWith(`${await sharedDirectoryOf(maker.runDirectory)}/private/boxes.sock`);
      assert.equal(booters.length, 1);
      process.kill(Number.parseInt(String(booters[0]), 10), "SIGKILL");
      await boot;
      await eventually(
        () => processesWith(hanging).length === 0,
        () => processesWith(hanging).join("\n"),
      );
    });
  });

  it("a boot that is later than the end of its host makes nothing and starts nobody", async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), "gust-boots-"));
    const runDirectory = path.join(directory, "run");
    const network = Promise.withResolvers<BoxNetwork>();
    const networks = {
      warnings: [],
      range: "10.0.0.0/24",
      take: async () => network.promise,
      resolvConf: () => "",
      apiAddress: "10.0.0.4",
      openApi: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    };
    const complaints: string[] = [];
    const logger = keepingLogger(complaints);
    const driver = await createOciDriver({ runDirectory, logger, openNetworks: async () => networks });
    const program = { name: "late", command: [process.execPath, "--version"] };
    const boot = driver.create({ id: newSandboxId(), program }, { signal: new AbortController().signal });
    const refused = assert.rejects(boot, /The server is stopping/);
    await driver[Symbol.asyncDispose](); // waits for the boot as long as it may
    network.resolve({
      namespacePath: "/proc/self/ns/net",
      address: "127.0.0.1",
      bytesOut: () => 0,
      cutPublic: () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    });
    await refused;
    assert.deepEqual(await readdir(runDirectory), ["programs"], "which nothing has been put into");
    assert.deepEqual(processesWith(`${await sharedDirectoryOf(runDirectory)}/private/boxes.sock`), []);
    await rm(directory, { recursive: true });
  });

  it("a host that cannot be left in order keeps no networks", async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), "gust-boots-"));
    const runDirectory = path.join(directory, "run");
    let areOpen = true;
    const networks = {
      range: "",
      warnings: [],
      take: async () => Promise.reject(new Error("no box is made")),
      resolvConf: () => "",
      apiAddress: "10.0.0.4",
      openApi: async () => undefined,
      [Symbol.asyncDispose]: async () => void (areOpen = false),
    };
    const driver = await createOciDriver({
      runDirectory,
      logger: keepingLogger([]),
      openNetworks: async () => networks,
    });
    const shared = await sharedDirectoryOf(runDirectory);
    const obstacle = path.join(shared, "no\nmount of ours");
    await mkdir(obstacle);
    execFileSync("mount", ["-t", "tmpfs", "none", obstacle]);
    try {
      await assert.rejects(async () => driver[Symbol.asyncDispose](), /a tab or a newline/);
      assert.equal(areOpen, false);
    } finally {
      execFileSync("umount", [obstacle]);
      const next = await createOciDriver({ runDirectory, logger: keepingLogger([]) }); // removes what is left
      await next[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    }
  });
}

/** Where an installation keeps what boxes share. */
async function sharedDirectoryOf(runDirectory: string): Promise<string> {
  const hash = createHash("sha256")
    .update(await realpath(runDirectory))
    .digest("hex");
  return `/run/gust-${hash.slice(0, 16)}`;
}

function runtimeScript(directory: string, hanging: string): string {
  return `#!/bin/sh
runtime=$(command -v crun || command -v runc)
if [ -e ${directory}/hangs ]; then exec sleep ${hanging}; fi
if [ ! -e ${directory}/fails ]; then exec "$runtime" "$@"; fi
"$runtime" "$@"
echo half-way >&2
exit 1
`;
}
