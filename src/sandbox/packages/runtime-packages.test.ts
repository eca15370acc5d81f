import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Logger } from "../../core/index.ts";
import { RuntimePackages, type RuntimePackage } from "./runtime-packages.ts";

const logger: Logger = { error() {}, warn() {}, info() {}, debug() {} };
const never = { signal: new AbortController().signal };

async function rootFor(t: TestContext): Promise<string> {
  const root = await mkdtemp(path.join(os.tmpdir(), "gust-packages-"));
  t.after(async () => rm(root, { recursive: true, force: true }));
  return root;
}

function snake(fetch: RuntimePackage["fetch"], version = "1.0.0"): RuntimePackage {
  return { name: "snake", version, title: `Snake ${version}`, origin: `registry: snake@${version}`, fetch };
}

const writes =
  (text: string): RuntimePackage["fetch"] =>
  ({ into }) =>
    writeFile(path.join(into, "program"), text);

const installed = (packages: RuntimePackages) => readFile(path.join(packages.directory, "snake/program"), "utf8");

describe("packages of the runtimes", () => {
  it("are fetched once for however many ask, and are nowhere to be seen before they are whole", async (t) => {
    const root = await rootFor(t);
    let fetches = 0;
    const halfway = Promise.withResolvers<void>();
    const rest = Promise.withResolvers<void>();
    const fetch: RuntimePackage["fetch"] = async ({ into }) => {
      fetches++;
      await writeFile(path.join(into, "program"), "half");
      halfway.resolve();
      await rest.promise;
      await writeFile(path.join(into, "program"), "whole");
    };
    await using packages = await RuntimePackages.open(root, [snake(fetch)], { logger });
    assert.equal(packages.list()[0]?.state, "absent");
    const both = Promise.all([packages.install("snake", never), packages.install("snake", never)]);
    await halfway.promise;
    assert.equal(packages.list()[0]?.state, "fetching");
    assert.deepEqual(await readdir(packages.directory), []);
    const impatient = packages.install("snake", { signal: AbortSignal.abort(new Error("gone")) });
    await assert.rejects(impatient, /gone/);
    rest.resolve();
    await both;
    assert.equal(await installed(packages), "whole");
    assert.equal(fetches, 1);
    assert.deepEqual(await readdir(path.join(root, "fetching")), []);
  });

  it("are there after a restart without being fetched, and what an interrupted fetch left is not", async (t) => {
    const root = await rootFor(t);
    {
      await using first = await RuntimePackages.open(root, [snake(writes("one"))], { logger });
      await first.install("snake", never);
    }
    await mkdir(path.join(root, "fetching/snake-abcdef"), { recursive: true });
    const refuse = (): never => assert.fail("must not be fetched");
    await using second = await RuntimePackages.open(root, [snake(refuse)], { logger });
    assert.ok(second.isInstalled("snake"));
    await second.install("snake", never);
    assert.deepEqual(await readdir(root), ["installed"]);
    // another version takes its place by name
    await using third = await RuntimePackages.open(root, [snake(writes("two"), "2.0.0")], { logger });
    assert.ok(!third.isInstalled("snake"));
    await third.install("snake", never);
    assert.equal(await installed(third), "two");
  });

  it("of two servers that fetch the same at a time, both have it", async (t) => {
    const root = await rootFor(t);
    const rest = Promise.withResolvers<void>();
    const late: RuntimePackage["fetch"] = async (places) => {
      await writes("late")(places);
      await rest.promise;
    };
    await using slow = await RuntimePackages.open(root, [snake(late)], { logger });
    const slowly = slow.install("snake", never);
    await mkdir(path.join(root, "installed/snake-1.0.0"));
    await writeFile(path.join(root, "installed/snake-1.0.0/program"), "of the other");
    rest.resolve();
    await slowly;
    assert.equal(await installed(slow), "of the other");
  });

  it("that cannot be fetched say why and what to do, and are tried again by whoever asks next", async (t) => {
    const root = await rootFor(t);
    let isBroken = true;
    const fetch: RuntimePackage["fetch"] = (places) =>
      isBroken ? Promise.reject(new Error("no registry")) : writes("mended")(places);
    await using packages = await RuntimePackages.open(root, [snake(fetch)], { logger });
    await assert.rejects(packages.install("snake", never), {
      name: "PlatformError",
      code: "InsufficientResources",
      message:
        "Snake 1.0.0 (registry: snake@1.0.0) could not be fetched: no registry. Once that is mended, run gust runtime install snake, or deploy again",
    });
    assert.partialDeepStrictEqual(packages.list(), [{ state: "absent", problem: "no registry" }]);
    assert.deepEqual(await readdir(path.join(root, "fetching")), []);
    isBroken = false;
    await packages.install("snake", never);
    assert.partialDeepStrictEqual(packages.list(), [{ state: "installed", problem: "" }]);
    assert.ok(!packages.begin("unknown"));
  });
});
