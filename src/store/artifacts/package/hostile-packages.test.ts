import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflateRawSync } from "node:zlib";
import { limits } from "../../../core/index.ts";
import type { PackageProblem } from "../artifacts.ts";
import { deflated, rawZip, type RawZipEntry, type RawZipOptions } from "../testing/raw-zip.ts";
import { linked, named, verifyPackage } from "../testing/verify-package.ts";
import { PackageRefusal } from "./package-refusal.ts";

const link = 0o120777;
const MiB = 1024 * 1024;

async function refused(zip: Buffer, kind: PackageProblem["kind"], sentence: RegExp): Promise<void> {
  await assert.rejects(verifyPackage(zip), (error) => {
    assert.ok(error instanceof PackageRefusal, String(error));
    assert.deepEqual([error.problem.kind, sentence.test(error.problem.message)], [kind, true], error.problem.message);
    return true;
  });
}

describe("a package is refused for", () => {
  const names: [string, Buffer, PackageProblem["kind"], RegExp][] = [
    ["a name that climbs out", named("../x"), "path-traversal", /"\.\.\/x".*"\.\."/],
    ["a name that climbs out later", named("a/../../b"), "path-traversal", /"a\/\.\.\/\.\.\/b"/],
    ["a name that climbs and stays inside", named("a/../b"), "path-traversal", /leave/],
    ["a directory that climbs out", named("x", "../"), "path-traversal", /"\.\.\/"/],
    ["a backslash", named("..\\x"), "path-traversal", /backslash/],
    ["a backslash inside", named("a\\b"), "path-traversal", /backslash/],
    ["a NUL", named("a.js\0.png"), "path-traversal", /NUL/],
    ["an absolute name", named("/etc/passwd"), "absolute-path", /"\/etc\/passwd"/],
    ["two slashes", named("//host/x"), "absolute-path", /absolute/],
    ["a drive letter", named("C:x"), "absolute-path", /absolute/],
    ["no name", named(""), "corrupt", /without a name/],
    ["a file that names the root", named("./."), "corrupt", /root/],
    ["a file name over 255 bytes", named("é".repeat(128)), "unsupported", /256 bytes; the limit is 255/],
    ["a path over 2048 bytes", named("abc/".repeat(600) + "x"), "unsupported", /2048/],
    ["a name that is not UTF-8", rawZip([{ name: Buffer.from([0x61, 0xff]) }]), "corrupt", /not UTF-8/],
    ["the same name twice", named("a", "a"), "duplicate-name", /"a" twice/],
    ["the same name after normalisation", named("a/b", "a//b"), "duplicate-name", /"a\/b" twice/],
    ["the same name with a dot", named("a", "./a"), "duplicate-name", /"a" twice/],
    ["a file and a directory of one name", named("a", "a/"), "duplicate-name", /as a file and as a directory/],
    ["a file below a file", named("a", "a/b"), "duplicate-name", /"a\/b" as a file and as a directory/],
    ["a file where a directory is implied", named("a/b", "a"), "duplicate-name", /as a directory and as a file/],
  ];
  for (const [what, zip, kind, sentence] of names) it(what, () => refused(zip, kind, sentence));

  const links: [string, Buffer, PackageProblem["kind"], RegExp][] = [
    ["a link that climbs out", linked(["l", "../x"]), "link-leaves-root", /"l" leads out/],
    ["a deep link that climbs out", linked(["a/b/l", "../../../x"]), "link-leaves-root", /"a\/b\/l"/],
    ["a link that leaves and comes back", linked(["l", "../package/file"]), "link-leaves-root", /leads out/],
    ["an absolute link", linked(["l", "/etc/passwd"]), "link-leaves-root", /relative/],
    ["links that leave together", linked(["a/one", "."], ["a/two", "one/../.."]), "link-leaves-root", /"a\/two"/],
    [
      "links that leave through a deep one",
      linked(["d", "x/y"], ["x/y/up", "../../.."], ["l", "d/up"]),
      "link-leaves-root",
      /out/,
    ],
    [
      "a chain that ends in an absolute link",
      linked(["a", "b"], ["b", "c"], ["c", "/x"]),
      "link-leaves-root",
      /leads out/,
    ],
    ["a link to itself", linked(["l", "l"]), "link-leaves-root", /never arrives/],
    ["a ring of links", linked(["a", "b"], ["b", "a"]), "link-leaves-root", /never arrives/],
    ["a link without target", linked(["l", ""]), "unsupported", /target of 0 bytes/],
    ["a link with a NUL", linked(["l", "file\0"]), "unsupported", /not a path/],
    ["a link with a huge target", linked(["l", "a/".repeat(3000)]), "unsupported", /limit is 4095/],
    ["a link and a file of one name", linked(["file", "file2"]), "duplicate-name", /as a file and as a link/],
  ];
  for (const [what, zip, kind, sentence] of links) it(what, () => refused(zip, kind, sentence));

  it("a file that is written through a link, in either order", async () => {
    const entries: RawZipEntry[] = [
      { name: "dir/x", content: "x" },
      { name: "l", content: "dir", mode: link },
      { name: "l/y", content: "x" },
    ];
    await refused(rawZip(entries), "path-traversal", /"l\/y" would be written through the link "l"/);
    await refused(rawZip(entries.toReversed()), "duplicate-name", /"l" as a directory and as a link/);
  });

  it("links that are made to be followed for ever", async () => {
    // Each link names the next a thousand times over; thirty links lead into the first.
    const chain = Array.from({ length: 40 }, (_, at): [string, string] => [`l${at}`, `l${at + 1}${"/.".repeat(2000)}`]);
    const many = Array.from({ length: 30 }, (_, at): [string, string] => [`m${at}`, "l0/x"]);
    await refused(linked(...chain, ...many), "unsupported", /steps to follow/);
  });

  const entries: [string, RawZipEntry, PackageProblem["kind"], RegExp][] = [
    ["a device", { name: "d", mode: 0o060644 }, "unsupported", /devices/],
    ["a character device", { name: "d", mode: 0o020644 }, "unsupported", /devices/],
    ["a pipe", { name: "d", mode: 0o010644 }, "unsupported", /pipes/],
    ["a socket", { name: "d", mode: 0o140644 }, "unsupported", /sockets/],
    ["a link that ends in a slash", { name: "d/", mode: link }, "unsupported", /neither/],
    ["a directory with content", { name: "d/", content: "x" }, "corrupt", /directory and has content/],
    ["encryption", { name: "d", content: "x".repeat(13), size: 1, flags: 0x801 }, "encrypted", /encrypted/],
    ["strong encryption", { name: "d", content: "x", flags: 0x841 }, "encrypted", /encrypted/],
    ["masked headers", { name: "d", content: "x", flags: 0x2800 }, "encrypted", /encrypted/],
    ["a compression that is not read", { name: "d", content: "x", method: 14 }, "unsupported", /method 14/],
    ["a wrong checksum", { name: "d", content: "x", crc32: 1 }, "corrupt", /checksum/],
    ["a wrong checksum, deflated", { name: "d", content: "x", crc32: 1, method: deflated }, "corrupt", /checksum/],
    [
      "more bytes than declared",
      { name: "d", content: "xy", size: 1, method: deflated },
      "corrupt",
      /cannot be inflated|more than/,
    ],
    [
      "fewer bytes than declared",
      { name: "d", content: "x", size: 2, method: deflated },
      "corrupt",
      /has 1 bytes and declares 2/,
    ],
    ["stored bytes that differ in size", { name: "d", content: "x", size: 2 }, "corrupt", /mismatch/],
    [
      "what is no deflate stream",
      { name: "d", content: "x", packed: Buffer.from([0xff, 0xff]), method: deflated },
      "corrupt",
      /inflated/,
    ],
    [
      "a deflate stream that is cut",
      {
        name: "d",
        content: "abc".repeat(50),
        packed: deflateRawSync(Buffer.from("abc".repeat(50))).subarray(0, 4),
        method: deflated,
      },
      "corrupt",
      /inflated/,
    ],
    [
      "bytes after a deflate stream",
      {
        name: "d",
        content: "x",
        packed: Buffer.concat([deflateRawSync(Buffer.from("x")), Buffer.from("hidden")]),
        method: deflated,
      },
      "corrupt",
      /6 bytes after/,
    ],
    ["two names for one entry", { name: "a", localName: "b", content: "x" }, "corrupt", /do not agree/],
    ["data past the end", { name: "a", content: "x", size: 4000, compressedSize: 4000 }, "corrupt", /overflows/],
  ];
  for (const [what, entry, kind, sentence] of entries) it(what, () => refused(rawZip([entry]), kind, sentence));

  const layouts: [string, RawZipOptions, PackageProblem["kind"], RegExp][] = [
    ["bytes before the first entry", { prefix: Buffer.from("#!/bin/sh\n") }, "corrupt", /10 bytes before entry "a"/],
    [
      "bytes before the central directory",
      { beforeDirectory: Buffer.alloc(5) },
      "corrupt",
      /5 bytes before the central/,
    ],
    ["bytes after the central directory", { afterDirectory: Buffer.alloc(5) }, "corrupt", /does not end right after/],
    ["bytes after the end", { suffix: Buffer.from("x") }, "corrupt", /comment length/],
    ["too few counted entries", { entryCount: 1 }, "corrupt", /32 bytes before the central/],
    ["too many counted entries", { entryCount: 3 }, "corrupt", /damaged/],
    [
      "an end record in the comment",
      { comment: rawZip([]) },
      "corrupt",
      /comment|bytes before|end right after|signature/,
    ],
    [
      "another zip in the comment",
      { comment: Buffer.concat([rawZip([{ name: "evil" }]), Buffer.from("x")]) },
      "corrupt",
      /comment/,
    ],
    [
      "more than 100,000 entries",
      { zip64: true, entryCount: 100_001 },
      "too-many-entries",
      /100001 entries; the limit is 100000/,
    ],
    ["an absurd number of entries", { zip64: true, entryCount: 2 ** 52 }, "too-many-entries", /limit/],
  ];
  const two: RawZipEntry[] = [
    { name: "a", content: "x" },
    { name: "b", content: "y" },
  ];
  for (const [what, options, kind, sentence] of layouts) it(what, () => refused(rawZip(two, options), kind, sentence));

  it("nothing in it", async () => {
    await refused(rawZip([]), "empty", /no file/);
    await refused(named("a/", "b/c/"), "empty", /no file/);
    await refused(Buffer.alloc(0), "not-a-zip", /not a zip/);
    await refused(Buffer.from("Not a zip at all, but text that is long enough."), "not-a-zip", /not a zip/);
  });

  it("a missing end, wherever it is cut", async () => {
    const zip = rawZip(two);
    for (let length = 0; length < zip.length; length += 1) {
      await assert.rejects(verifyPackage(zip.subarray(0, length)), PackageRefusal, `cut after ${length}`);
    }
  });

  it("a bomb of entries that share their bytes", async () => {
    const kernel = deflateRawSync(Buffer.alloc(MiB));
    const shared = { content: Buffer.alloc(MiB), packed: kernel, method: deflated };
    const whole = [
      { name: "a", ...shared },
      ...["b", "c"].map((name) => ({ name, localName: "a", ...shared, headerOffset: 0 })),
    ];
    await refused(rawZip(whole), "corrupt", /do not agree|overlapping/);
    await refused(
      rawZip([
        { name: "a", ...shared },
        { name: "a", ...shared, headerOffset: 0 },
      ]),
      "corrupt",
      /overlapping/,
    );
  });

  it("a bomb whose entries quote the next one's header", async () => {
    const inner = rawZip([{ name: "b", content: "x" }]).subarray(0, 32);
    const outer: RawZipEntry = { name: "a", content: inner };
    await refused(rawZip([outer, { name: "b", content: "x", headerOffset: 31 }]), "corrupt", /overlapping/);
  });

  it("more than 500 MB, declared or not", async () => {
    const large = { content: "x", size: 300 * MiB, method: deflated };
    await refused(
      rawZip([
        { name: "a", ...large },
        { name: "b", ...large },
      ]),
      "unpacked-too-large",
      /500 MB.*"b"/,
    );
    const lie = { name: "a", content: Buffer.alloc(20 * MiB), size: 10, method: deflated };
    await refused(rawZip([lie]), "corrupt", /inflated|more than the 10 bytes/);
    const longLie = { name: "a", content: Buffer.alloc(20 * MiB), size: 2 * MiB, method: deflated };
    await refused(rawZip([longLie]), "corrupt", /more than the 2097152 bytes/);
  });

  it("more directories than entries are allowed", async () => {
    const deep = Array.from({ length: limits.package.entries / 500 + 1 }, (_, at) => `${at}/${"d/".repeat(500)}x`);
    await refused(named(...deep), "too-many-entries", /100000 files and directories/);
  });
});
