import assert from "node:assert/strict";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { packDirectory } from "../../../cli/package/pack-source.ts";
import { PackageRefusal } from "./package/package-refusal.ts";
import { openTemporary, putStored, signal } from "./testing/opened-artifacts.ts";
import { deflated, rawZip } from "./testing/raw-zip.ts";
import { verifyPackage } from "./testing/verify-package.ts";

interface TreeFile {
  readonly path: readonly string[];
  readonly content: Uint8Array;
  readonly isExecutable: boolean;
}

const name = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .filter((text) => text.isWellFormed() && !/[/\\\0]|^[A-Za-z]:|^\.\.?$|^\.git|^\.gust$|^node_modules$/.test(text));
const file: fc.Arbitrary<TreeFile> = fc.record({
  path: fc.array(name, { minLength: 1, maxLength: 4 }),
  content: fc.uint8Array({ maxLength: 2000 }),
  isExecutable: fc.boolean(),
});

/** Writes files and a link; leaves out a file whose place another one has taken already. */
async function writeTree(root: string, files: readonly TreeFile[]): Promise<void> {
  for (const { path: parts, content, isExecutable } of files) {
    const place = path.join(root, ...parts);
    try {
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, content, { flag: "wx" });
      await chmod(place, isExecutable ? 0o755 : 0o644);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : error;
      assert.ok(["EEXIST", "ENOTDIR"].includes(String(code)), String(error));
    }
  }
  await symlink(`./${files[0]?.path.join("/") ?? "nowhere"}`, path.join(root, "..a link"));
}

/** Every file and link of a tree, in one comparable value. */
async function readTree(root: string): Promise<unknown[]> {
  const names = (await readdir(root, { recursive: true })).toSorted();
  return Promise.all(
    names.map(async (entry) => {
      const place = path.join(root, entry);
      const stats = await lstat(place);
      if (stats.isSymbolicLink()) return [entry, "->", await readlink(place)];
      if (stats.isDirectory()) return [entry];
      return [entry, (stats.mode & 0o100) !== 0, (await readFile(place)).toString("hex")];
    }),
  );
}

it("a directory that is packed, put and unpacked is the same directory", async () => {
  await using opened = await openTemporary();
  await fc.assert(
    fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 12 }), async (files) => {
      const source = await mkdtemp(path.join(opened.directory, "source-"));
      await writeTree(source, files);
      const packed = await packDirectory(source, { signal });
      const { sha256 } = await putStored(opened.artifacts, packed.zip);
      assert.equal(sha256, packed.sha256);
      const unpacked = await opened.artifacts.unpack(sha256, { signal });
      assert.deepEqual(await readTree(unpacked), await readTree(source));
    }),
    { numRuns: 40 },
  );
});

describe("a package with random changes", () => {
  const zip = rawZip(
    [
      { name: "index.js", content: "exports.main_handler = () => 1;\n".repeat(20), method: deflated },
      { name: "bin/link", content: "../index.js", mode: 0o120777 },
      { name: "dir/", mode: 0o040755 },
      { name: "dir/data", content: "stored bytes", descriptor: "signed", zip64: true },
    ],
    { zip64: true, comment: Buffer.from("comment") },
  );
  const change = fc.record({
    at: fc.nat(zip.length - 1),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      fc.constantFrom(Buffer.from("PK\x01\x02"), Buffer.from("../")),
    ),
    kind: fc.constantFrom("overwrite", "insert", "cut"),
  });

  function changed(changes: readonly { at: number; bytes: Uint8Array; kind: string }[]): Buffer {
    let result: Buffer = Buffer.from(zip);
    for (const { at, bytes, kind } of changes) {
      const start = Math.min(at, result.length);
      const end = kind === "insert" ? start : start + bytes.length;
      result = Buffer.concat([
        result.subarray(0, start),
        kind === "cut" ? Buffer.alloc(0) : bytes,
        result.subarray(end),
      ]);
    }
    return result;
  }

  it("is taken or refused, and never anything else", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        try {
          await verifyPackage(changed(changes));
        } catch (error) {
          if (!(error instanceof PackageRefusal)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("never writes outside of its directory", async () => {
    await using opened = await openTemporary();
    let stored = 0;
    await fc.assert(
      fc.asyncProperty(change, async (one) => {
        const outcome = await opened.artifacts.put(changed([one]), { signal });
        if (outcome.kind === "refused") return;
        await opened.artifacts.unpack(outcome.sha256, { signal });
        stored += 1;
      }),
      { numRuns: 100 },
    );
    assert.ok(stored > 0, "some changes, as those of dates, leave a package whole");
    assert.deepEqual((await readdir(opened.directory)).toSorted(), ["artifacts", "code"]);
    const trees = await readdir(path.join(opened.directory, "code"));
    assert.ok(trees.every((tree) => tree === ".boot" || /^[0-9a-f]{64}$/.test(tree)));
  });
});
