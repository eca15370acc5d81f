import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { describe, it } from "node:test";
import { NotBundled } from "./bundle-code.js";
import { checkBundle } from "./check-bundle.js";

/** Compares two texts as a file and its bundle. */
async function check(original: string, bundle: string, limitMs?: number): Promise<void> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-check-bundle-"));
  try {
    const codeRoot = path.join(directory, "code");
    const made = path.join(directory, "made/.gust");
    await Promise.all([codeRoot, made].map((folder) => mkdir(folder, { recursive: true })));
    const [before, after] = [path.join(codeRoot, "index.cjs"), path.join(made, "index.cjs")];
    await Promise.all([writeFile(before, original), writeFile(after, bundle)]);
    const output = { follow: (source: Readable) => void source.resume() };
    const limit = limitMs === undefined ? {} : { limitMs };
    await checkBundle(before, after, { codeRoot, cache: path.join(made, "cache"), output, ...limit });
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe("a bundle is compared with its files", () => {
  it("and is what they are where it exports the same", async () => {
    await check("exports.a = 1;", "exports.a = 1;");
  });

  it("and is not where it exports something else", async () => {
    await assert.rejects(check("exports.a = 1;", "exports.b = 1;"), NotBundled);
  });

  const silent: readonly (readonly [string, string, RegExp, number?])[] = [
    ["ends its process", "process.exit(3);", /nothing can be compared: .*exit code 3/],
    ["ends it as if all was well", "process.exit();", /nothing can be compared: .*exit code 0/],
    ["fails without its settings", `throw new Error("no settings");`, /nothing can be compared: .*no settings/],
    ["never finishes", "for (;;);", /nothing can be compared: .*SIGKILL/, 300],
  ];
  for (const [name, code, reason, limitMs] of silent) {
    it(`and is not where code that is loaded ${name}`, async () => {
      await assert.rejects(check(code, code, limitMs), (error) => {
        assert.ok(error instanceof NotBundled);
        assert.match(error.message, reason);
        return true;
      });
    });
  }
});
