import assert from "node:assert/strict";
import { lstat, readdir, readFile, readlink, rm } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import type { Sha256 } from "../../core/index.ts";
import { mergedName } from "./artifact-paths.ts";
import type { Artifacts } from "./artifacts.ts";
import { openTemporary, putStored, signal } from "./testing/opened-artifacts.ts";
import { rawZip } from "./testing/raw-zip.ts";

const link = (name: string, target: string) => ({ name, content: target, mode: 0o120777 });

async function merged(artifacts: Artifacts, ...packages: Parameters<typeof rawZip>[0][]) {
  const hashes: Sha256[] = [];
  for (const entries of packages) hashes.push((await putStored(artifacts, rawZip(entries))).sha256);
  const directory = await artifacts.merge(hashes, { signal });
  return { hashes, directory, names: (await readdir(directory, { recursive: true })).toSorted() };
}

describe("packages laid over each other", () => {
  it("are unpacked and merged again when all that was unpacked is removed while the server runs", async () => {
    await using opened = await openTemporary();
    const packages = [[{ name: "a", content: "1" }], [{ name: "b", content: "2" }]] as const;
    const { hashes, names } = await merged(opened.artifacts, ...packages);
    const trees = path.join(opened.directory, "code");
    await rm(trees, { recursive: true });
    assert.equal(await opened.artifacts.collect(new Set([...hashes, mergedName(hashes)]), { signal }), 0);
    assert.deepEqual(await readdir(await opened.artifacts.merge(hashes, { signal })), names);
    await rm(trees, { recursive: true });
    const [first] = hashes;
    assert.ok(first !== undefined);
    assert.deepEqual(await readdir(await opened.artifacts.unpack(first, { signal })), ["a"]);
  });

  it("unite directories; of anything else the later one is there", async () => {
    await using opened = await openTemporary();
    const { directory, names } = await merged(
      opened.artifacts,
      [
        { name: "both/a", content: "first" },
        { name: "both/c", content: "first", mode: 0o100755 },
        { name: "turns/file", content: "1" },
      ],
      [
        { name: "both/a", content: "second" },
        { name: "both/b", content: "second" },
        { name: "turns", content: "a file now" },
      ],
    );
    assert.deepEqual(names, ["both", "both/a", "both/b", "both/c", "turns"]);
    const read = (name: string): Promise<string> => readFile(path.join(directory, name), "utf8");
    assert.deepEqual([await read("both/a"), await read("turns")], ["second", "a file now"]);
    const modes = await Promise.all(["both", "both/a", "both/c"].map((name) => lstat(path.join(directory, name))));
    assert.deepEqual(
      modes.map(({ mode }) => mode & 0o777),
      [0o755, 0o444, 0o555],
    );
  });

  it("never write through a link: it is replaced by what comes later", async () => {
    await using opened = await openTemporary();
    const { directory, names } = await merged(
      opened.artifacts,
      [{ name: "real/file", content: "untouched" }, link("alias", "real"), link("named", "real/file")],
      [
        { name: "alias/file", content: "of the alias" },
        { name: "named", content: "of the name" },
        link("real/link", "file"),
      ],
    );
    assert.deepEqual(names, ["alias", "alias/file", "named", "real", "real/file", "real/link"]);
    assert.equal(await readFile(path.join(directory, "real/file"), "utf8"), "untouched");
    assert.equal(await readlink(path.join(directory, "real/link")), "file");
  });

  it("are made once, of one package by unpacking alone, and go when nothing names them", async () => {
    await using opened = await openTemporary();
    const { artifacts } = opened;
    const [one, two] = [[{ name: "a", content: "1" }], [{ name: "b", content: "2" }]];
    const single = await merged(artifacts, one);
    assert.equal(single.directory, await artifacts.unpack(single.hashes[0] ?? mergedName([]), { signal }));
    const both = await merged(artifacts, one, two);
    const { ino } = await lstat(both.directory);
    const again = await Promise.all([1, 2].map(() => artifacts.merge(both.hashes, { signal })));
    assert.deepEqual(again, [both.directory, both.directory]);
    assert.equal((await lstat(both.directory)).ino, ino);
    const reversed = await artifacts.merge(both.hashes.toReversed(), { signal });
    assert.notEqual(reversed, both.directory);
    await artifacts.collect(new Set([...both.hashes, mergedName(both.hashes)]), { signal });
    assert.deepEqual(await readdir(both.directory), ["a", "b"]);
    await assert.rejects(lstat(reversed), { code: "ENOENT" });
    await artifacts.collect(new Set(both.hashes), { signal });
    await assert.rejects(lstat(both.directory), { code: "ENOENT" });
  });
});
