import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflated, rawZip } from "../testing/raw-zip.ts";
import { linked, named, verifyPackage } from "../testing/verify-package.ts";
import { CancelFlag, JobCanceled } from "./cancel-flag.ts";
import { readContent } from "./entry-content.ts";
import { readPackage } from "./package-contents.ts";

const MiB = 1024 * 1024;

describe("a package is taken with", () => {
  const paths = async (zip: Buffer): Promise<string[]> =>
    (await verifyPackage(zip)).listing.entries.map((entry) => entry.path);

  it("names that differ in case, and in Unicode normalisation", async () => {
    const names = ["a", "A", "\u00e9", "e\u0301", "中文/文件.js", "..a", "a..", "…/x"];
    assert.deepEqual(await paths(named(...names)), names);
  });

  it("names in the old code page", async () => {
    assert.deepEqual(await paths(rawZip([{ name: Buffer.from([0x82]), flags: 0 }])), ["é"]);
  });

  it("directories that are named, implied, or the root", async () => {
    assert.deepEqual(await paths(named("./", "a/", "a/b/c", "d/./e")), ["a/b/c", "d/e"]);
  });

  it("links that stay inside, arrive or not", async () => {
    const zip = linked(
      ["node_modules/.bin/x", "../x/cli.js"],
      ["a", "file"],
      ["b", "a"],
      ["here", "."],
      ["none", "no/such"],
      ["deep/up", ".."],
    );
    const { listing } = await verifyPackage(zip);
    assert.deepEqual(listing.entries.filter((entry) => entry.kind === "link").length, 6);
  });

  it("modes from Unix, from Windows, and none", async () => {
    const zip = rawZip([
      { name: "unix", mode: 0o100755 },
      { name: "windows", mode: 0o100755, madeBy: 20 },
      { name: "setuid", mode: 0o104711 },
      { name: "plain", mode: 0o100644 },
      { name: "none", mode: 0 },
    ]);
    const { listing } = await verifyPackage(zip);
    assert.deepEqual(
      listing.entries.filter((entry) => entry.isExecutable).map((entry) => entry.path),
      ["unix", "windows", "setuid"],
    );
  });

  it("data descriptors of every shape", async () => {
    const content = "some content";
    const zip = rawZip([
      { name: "signed", content, method: deflated, descriptor: "signed" },
      { name: "plain", content, method: deflated, descriptor: "plain" },
      { name: "none", content, method: deflated, descriptor: "none" },
    ]);
    assert.deepEqual(await paths(zip), ["signed", "plain", "none"]);
  });

  it("zip64 records, and a comment", async () => {
    const zip = rawZip([{ name: "a", content: "xyz", zip64: true }], {
      zip64: true,
      comment: Buffer.from("made by hand"),
    });
    assert.deepEqual(await paths(zip), ["a"]);
  });

  it("large entries, byte for byte", async () => {
    const content = Buffer.alloc(3 * MiB, "0123456789");
    const zip = rawZip([
      { name: "deflated", content, method: deflated },
      { name: "stored", content },
    ]);
    const contents = await verifyPackage(zip);
    for (const file of contents.files) {
      const read = Buffer.concat(await Array.fromAsync(readContent(zip, file, new CancelFlag())));
      assert.ok(read.equals(content));
    }
    assert.equal(contents.listing.unpackedBytes, 6 * MiB);
  });
});

it("work on a package stops when nobody waits for it", async () => {
  const zip = rawZip([{ name: "a", content: "x" }]);
  const cancel = new CancelFlag();
  cancel.raise();
  await assert.rejects(readPackage(zip, cancel), JobCanceled);
});
