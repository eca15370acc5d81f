import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, it } from "node:test";
import { fromBufferPromise } from "yauzl";
import { copyTree } from "./copy-tree.js";
import { zipTree } from "./zip-tree.js";

const limits = { zipBytes: 1024 * 1024, unpackedBytes: 1024 * 1024, entries: 10 };

async function withTree(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-zip-"));
  try {
    await mkdir(path.join(directory, "tree/中文"), { recursive: true });
    await mkdir(path.join(directory, "tree/empty"));
    await writeFile(path.join(directory, "tree/中文/a.txt"), "text".repeat(1_000));
    await writeFile(path.join(directory, "tree/nothing"), "");
    await writeFile(path.join(directory, "tree/program"), "#!/bin/sh\n", { mode: 0o555 });
    await symlink("中文/a.txt", path.join(directory, "tree/link"));
    await test(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe("the zip of a tree", () => {
  it("has its files, links and directories, with their modes", async () => {
    await withTree(async (directory) => {
      const seen: Record<string, string> = {};
      const zip = await fromBufferPromise(zipTree(path.join(directory, "tree"), limits));
      for await (const entry of zip.eachEntry()) {
        const mode = (entry.externalFileAttributes >>> 16).toString(8);
        const content = await buffer(await zip.openReadStreamPromise(entry)); // checks size and checksum
        seen[entry.fileName] = `${mode} ${content.length}`;
      }
      assert.deepEqual(seen, {
        "empty/": "40755 0",
        link: "120777 12",
        nothing: "100644 0",
        program: "100755 10",
        "中文/": "40755 0",
        "中文/a.txt": "100644 4000",
      });
    });
  });

  it("is the same for a copy, which can be changed", async () => {
    await withTree(async (directory) => {
      const [from, to] = [path.join(directory, "tree"), path.join(directory, "copy")];
      await chmod(path.join(from, "nothing"), 0o444);
      copyTree(from, to);
      assert.deepEqual(zipTree(to, limits), zipTree(from, limits));
      await writeFile(path.join(to, "nothing"), "changed");
      assert.notDeepEqual(zipTree(to, limits), zipTree(from, limits));
    });
  });

  it("is refused beyond each limit", async () => {
    await withTree(async (directory) => {
      const tree = path.join(directory, "tree");
      assert.throws(() => zipTree(tree, { ...limits, entries: 5 }), /more than 5 files/);
      assert.throws(() => zipTree(tree, { ...limits, unpackedBytes: 4_000 }), /MB unpacked/);
      assert.throws(() => zipTree(tree, { ...limits, zipBytes: 200 }), /MB as a zip/);
    });
  });
});
