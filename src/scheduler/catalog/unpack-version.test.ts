import assert from "node:assert/strict";
import { it } from "node:test";
import type { FunctionVersion, Sha256 } from "../../core/index.ts";
import { spec, version } from "../testing/fakes.ts";
import { unpackVersion } from "./unpack-version.ts";

const sha = (digit: string): Sha256 => digit.repeat(64) as Sha256; // brand: a made-up one

it("runs a version without what was laid over it when that is gone, says so, and fails when its own package is", async () => {
  const lost = new Set([sha("b")]);
  const warnings: string[] = [];
  const forgotten: FunctionVersion[] = [];
  const parts = {
    artifacts: {
      merge: async (packages: readonly Sha256[]): Promise<string> => {
        const missing = packages.find((sha256) => lost.has(sha256));
        if (missing !== undefined) throw new Error(`Code package ${missing} is missing`);
        return `/code/${packages.map(([digit]) => digit).join("+")}`;
      },
    },
    builds: {
      packagesOf: () => [sha("a"), sha("b")],
      forgetLost: async (one: FunctionVersion): Promise<void> => void forgotten.push(one),
    },
    logger: { error() {}, warn: (_: unknown, text: string) => void warnings.push(text), info() {}, debug() {} },
  };
  const { signal } = new AbortController();
  const layers = [{ name: "l", version: 1, sha256: sha("c"), unpackedBytes: 1 }];
  const one = version("event", { spec: spec("event", { layers }) });
  const unpacked = { codeDirectory: "/code/a", isOverlaid: false, layersDirectory: "/code/c" };
  assert.deepEqual(await unpackVersion(one, parts, { signal }), unpacked);
  assert.match(warnings.join(), /runs without/);
  assert.deepEqual(forgotten, [one]);
  lost.clear();
  const overlaid = { ...unpacked, codeDirectory: "/code/a+b", isOverlaid: true };
  assert.deepEqual(await unpackVersion(one, parts, { signal }), overlaid);
  lost.add(sha("a"));
  await assert.rejects(unpackVersion(one, parts, { signal }), /Code package a+ is missing/);
});
