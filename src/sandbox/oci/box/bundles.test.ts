import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { it } from "node:test";
import { newSandboxId } from "../../../core/index.ts";
import { Bundles } from "./bundles.ts";

it("is quiet once it is closed: what is being made is there, and nothing comes after", async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-bundles-"));
  try {
    const bundles = new Bundles(directory);
    const making = Array.from({ length: 50 }, async () => bundles.make(newSandboxId(), { root: {} }));
    await bundles[Symbol.asyncDispose]();
    await rm(directory, { recursive: true }); // as a whole: nobody makes anything in it meanwhile
    for (const bundle of await Promise.all(making)) assert.equal(path.dirname(bundle), directory);
    await assert.rejects(bundles.make(newSandboxId(), {}), { code: "InsufficientResources" });
    assert.ok(!existsSync(directory));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

it("holds the configuration of a box", async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-bundles-"));
  try {
    await using bundles = new Bundles(directory);
    const bundle = await bundles.make(newSandboxId(), { hostname: "box" });
    assert.equal(await readFile(path.join(bundle, "config.json"), "utf8"), '{"hostname":"box"}');
  } finally {
    await rm(directory, { recursive: true });
  }
});
