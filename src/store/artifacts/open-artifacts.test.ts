import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, it } from "node:test";
import { limits, PlatformError, type PlatformErrorCode, type Sha256 } from "../../core/index.ts";
import type { Artifacts } from "./artifacts.ts";
import { openArtifacts } from "./open-artifacts.ts";
import { loggerOf, openTemporary, putStored, signal, temporaryDirectory } from "./testing/opened-artifacts.ts";
import { deflated, rawZip } from "./testing/raw-zip.ts";

const small = rawZip([
  { name: "index.js", content: "exports.main_handler = async () => 1;\n", method: deflated },
  { name: "bin/run", content: "#!/bin/sh\n", mode: 0o100700 },
  { name: "bin/link", content: "run", mode: 0o120777 },
  { name: "empty/", mode: 0o040755 },
]);
const MiB = 1024 * 1024;

function hashOf(bytes: Buffer): Sha256 {
  return createHash("sha256").update(bytes).digest("hex") as Sha256; // brand: made here
}

function kept(directory: string, sha256: Sha256): string {
  return path.join(directory, "artifacts", sha256.slice(0, 2), `${sha256}.zip`);
}

async function everythingIn(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => !["artifacts", "artifacts/partial", "code", "code/.boot"].includes(name)).toSorted();
}

function platformError(code: PlatformErrorCode, sentence: RegExp) {
  return (error: unknown): boolean =>
    error instanceof PlatformError && error.code === code && sentence.test(error.message);
}

describe("a kept package", () => {
  it("is found by its hash, listed and read", async () => {
    await using opened = await openTemporary();
    const { artifacts } = opened;
    const { sha256, listing } = await putStored(artifacts, small);
    assert.equal(sha256, hashOf(small));
    assert.deepEqual(listing, {
      entries: [
        { path: "index.js", size: 38, kind: "file", isExecutable: false },
        { path: "bin/run", size: 10, kind: "file", isExecutable: true },
        { path: "bin/link", size: 3, kind: "link", isExecutable: false },
      ],
      unpackedBytes: 51,
    });
    assert.deepEqual(await artifacts.list(sha256, { signal }), listing);
    assert.ok((await artifacts.get(sha256, { signal })).equals(small));
    assert.deepEqual([await artifacts.has(sha256), await artifacts.has(hashOf(Buffer.from("x")))], [true, false]);
    assert.equal(await artifacts.readText(sha256, "bin/link", 100, { signal }), "#!/bin/sh\n");
    assert.equal(await artifacts.readText(sha256, "index.js", 7, { signal }), "exports");
    assert.equal(await artifacts.readText(sha256, "bin", 100, { signal }), null);
    assert.equal(await artifacts.readText(sha256, "no/such", 100, { signal }), null);
    assert.equal(await artifacts.readText(sha256, "../index.js", 100, { signal }), null);
  });

  it("is unpacked once, read-only, with executable bits and links", async () => {
    await using opened = await openTemporary();
    const { sha256 } = await putStored(opened.artifacts, small);
    const unpacked = await Promise.all([1, 2, 3].map(() => opened.artifacts.unpack(sha256, { signal })));
    const root = path.join(opened.directory, "code", sha256);
    assert.deepEqual(new Set(unpacked), new Set([root]));
    const modes = await Promise.all(["index.js", "bin/run", "bin", "empty"].map((name) => stat(path.join(root, name))));
    assert.deepEqual(
      modes.map((stats) => stats.mode & 0o7777),
      [0o444, 0o555, 0o755, 0o755],
    );
    assert.equal(await readlink(path.join(root, "bin/link")), "run");
    const { ino } = await stat(root);
    assert.equal(await opened.artifacts.unpack(sha256, { signal }), root);
    assert.equal((await stat(root)).ino, ino);
  });

  it("is there after closing and opening again", async () => {
    await using directory = await temporaryDirectory();
    const open = () => openArtifacts({ directory: directory.path, logger: loggerOf() });
    let sha256: Sha256;
    {
      await using artifacts = await open();
      ({ sha256 } = await putStored(artifacts, small));
      await artifacts.unpack(sha256, { signal });
    }
    const before = await everythingIn(directory.path);
    await using artifacts = await open();
    assert.ok((await artifacts.get(sha256, { signal })).equals(small));
    assert.deepEqual(await everythingIn(directory.path), before);
  });

  it("that is damaged or missing is reported, never given", async () => {
    await using opened = await openTemporary();
    const { artifacts, directory } = opened;
    const { sha256 } = await putStored(artifacts, small);
    const bytes = Buffer.from(small);
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    await writeFile(kept(directory, sha256), bytes);
    const isDamaged = platformError("InternalError", /damaged/);
    await assert.rejects(artifacts.get(sha256, { signal }), isDamaged);
    await assert.rejects(artifacts.list(sha256, { signal }), isDamaged);
    await assert.rejects(artifacts.readText(sha256, "index.js", 9, { signal }), isDamaged);
    await assert.rejects(artifacts.unpack(sha256, { signal }), isDamaged);
    assert.deepEqual(await readdir(path.join(directory, "code")), [".boot"]);
    await putStored(artifacts, small);
    assert.ok((await artifacts.get(sha256, { signal })).equals(small), "putting it again heals it");
    await rm(kept(directory, sha256));
    await assert.rejects(artifacts.get(sha256, { signal }), platformError("InternalError", /missing/));
    await assert.rejects(artifacts.unpack(sha256, { signal }), platformError("InternalError", /missing/));
  });
});

describe("put", () => {
  it("leaves nothing of a package that it refuses", async () => {
    await using opened = await openTemporary();
    const hostile = rawZip([
      { name: "good", content: "x" },
      { name: "../../evil", content: "x" },
    ]);
    const late = rawZip([
      { name: "good", content: "x" },
      { name: "bad", content: "x", crc32: 1 },
    ]);
    for (const zip of [hostile, late, Buffer.alloc(0)]) {
      assert.equal((await opened.artifacts.put(zip, { signal })).kind, "refused");
    }
    assert.deepEqual(await everythingIn(opened.directory), []);
  });

  it("refuses more than 50 MB by its size alone", async () => {
    await using opened = await openTemporary();
    const outcome = await opened.artifacts.put(new Uint8Array(limits.package.zipBytes + 1), { signal });
    assert.ok(outcome.kind === "refused");
    assert.deepEqual(outcome.problem, { kind: "too-large", message: "The package has 50.0 MB; the limit is 50 MB." });
  });

  it("keeps equal packages once, together or one after the other", async () => {
    await using opened = await openTemporary();
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => putStored(opened.artifacts, small)));
    const { ino, mtimeMs } = await stat(kept(opened.directory, hashOf(small)));
    outcomes.push(await putStored(opened.artifacts, small));
    assert.equal(new Set(outcomes.map((outcome) => outcome.sha256)).size, 1);
    const again = await stat(kept(opened.directory, hashOf(small)));
    assert.equal(again.ino, ino);
    assert.ok(again.mtimeMs >= mtimeMs);
    assert.deepEqual(await readdir(path.join(opened.directory, "artifacts/partial")), []);
  });

  it("leaves the caller's bytes alone, unless they are handed over", async () => {
    await using opened = await openTemporary();
    const bytes = new Uint8Array(small);
    await opened.artifacts.put(bytes, { signal });
    assert.ok(small.equals(bytes));
    await opened.artifacts.put(bytes, { signal, handOver: true });
    assert.equal(bytes.byteLength, 0);
  });

  it("names the directory when it cannot write there", async () => {
    await using opened = await openTemporary();
    await writeFile(path.join(opened.directory, "artifacts", hashOf(small).slice(0, 2)), "a file in the way");
    await assert.rejects(
      opened.artifacts.put(small, { signal }),
      platformError("StoreUnavailable", /gust-artifacts-.*artifacts/),
    );
    assert.deepEqual(await readdir(path.join(opened.directory, "artifacts/partial")), []);
  });

  it("stops when its caller gives up, and leaves nothing", async () => {
    await using opened = await openTemporary();
    const large = rawZip([{ name: "zeros", content: Buffer.alloc(200 * MiB), method: deflated }]);
    const caller = new AbortController();
    const put = opened.artifacts.put(large, { signal: caller.signal });
    setImmediate(() => caller.abort(new Error("gone")));
    await assert.rejects(put, /gone/);
    await putStored(opened.artifacts, small);
    assert.deepEqual(await readdir(path.join(opened.directory, "artifacts/partial")), []);
    await assert.rejects(opened.artifacts.put(small, { signal: AbortSignal.abort(new Error("before")) }), /before/);
  });
});

describe("unpack", () => {
  it("goes on for the others when one caller gives up", async () => {
    await using opened = await openTemporary();
    const { sha256 } = await putStored(opened.artifacts, small);
    const caller = new AbortController();
    const first = opened.artifacts.unpack(sha256, { signal: caller.signal });
    const second = opened.artifacts.unpack(sha256, { signal });
    setImmediate(() => caller.abort(new Error("gone")));
    const [one, two] = await Promise.allSettled([first, second]);
    assert.equal(two.status, "fulfilled");
    assert.ok(one.status === "fulfilled" || String(one.reason).includes("gone"));
  });

  it("leaves the event loop free while it works", async () => {
    await using opened = await openTemporary();
    const files = Array.from({ length: 800 }, (_, at) => ({
      name: `d${at % 50}/${at}.js`,
      content: `// ${at}\n`.repeat(300),
      method: deflated,
    }));
    const zip = rawZip(files);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const { sha256 } = await putStored(opened.artifacts, zip);
    await opened.artifacts.unpack(sha256, { signal });
    delay.disable();
    // The median, not the maximum: other processes of a test machine take the processor for longer than we ever do.
    assert.ok(delay.percentile(50) < 5e6, `median ${delay.percentile(50) / 1e6} ms`);
  });
});

describe("collect", () => {
  it("removes what nobody names and is not new", async () => {
    await using opened = await openTemporary();
    const { artifacts, directory } = opened;
    const zips = ["used", "unused", "new"].map((name) => rawZip([{ name, content: name }]));
    const [used, unused, fresh] = await Promise.all(zips.map(async (zip) => (await putStored(artifacts, zip)).sha256));
    assert.ok(used !== undefined && unused !== undefined && fresh !== undefined);
    const longAgo = new Date(Date.now() - 3_600_000);
    for (const sha256 of [used, unused]) await utimes(kept(directory, sha256), longAgo, longAgo);
    await mkdir(artifacts.imagesDirectory);
    const made = (sha256: string): string => path.join(artifacts.imagesDirectory, `${sha256}.erofs`);
    for (const sha256 of [used, unused, fresh]) {
      await artifacts.unpack(sha256, { signal });
      await writeFile(made(sha256), "image");
    }
    const passing = path.join(artifacts.imagesDirectory, "passing.erofs");
    await writeFile(passing, "");
    await writeFile(made("0".repeat(64)), "alone");
    const freed = await artifacts.collect(new Set([used]), { signal });
    assert.equal(freed, (zips[1]?.length ?? 0) + "unused".length + "image".length + "alone".length);
    const images = (await readdir(artifacts.imagesDirectory)).map((name) => path.join(artifacts.imagesDirectory, name));
    assert.deepEqual(images.toSorted(), [made(used), made(fresh), passing].toSorted());
    assert.deepEqual(await Promise.all([used, unused, fresh].map((sha256) => artifacts.has(sha256))), [
      true,
      false,
      true,
    ]);
    const trees = await readdir(path.join(directory, "code"));
    assert.deepEqual(trees.toSorted(), [".boot", used, fresh].toSorted());
  });

  it("removes at once what a process before left, unless it came again", async () => {
    await using directory = await temporaryDirectory();
    const open = () => openArtifacts({ directory: directory.path, logger: loggerOf() });
    const zips = ["used", "left", "again"].map((name) => rawZip([{ name, content: name }]));
    const put = (artifacts: Artifacts) =>
      Promise.all(zips.map(async (zip) => (await putStored(artifacts, zip)).sha256));
    const before = await open();
    const [used, left, again] = await put(before);
    assert.ok(used !== undefined && left !== undefined && again !== undefined);
    await before.unpack(left, { signal });
    await before[Symbol.asyncDispose]();
    await using after = await open();
    const zip = zips[2];
    assert.ok(zip !== undefined);
    await putStored(after, zip);
    await after.collect(new Set([used]), { signal });
    assert.deepEqual(await Promise.all([used, left, again].map((sha256) => after.has(sha256))), [true, false, true]);
    assert.deepEqual(await readdir(path.join(directory.path, "code")), [".boot"]);
  });

  it("never removes what a link in a tree points to", async () => {
    await using opened = await openTemporary();
    const { sha256 } = await putStored(opened.artifacts, small);
    const tree = await opened.artifacts.unpack(sha256, { signal });
    await rm(kept(opened.directory, sha256));
    await mkdir(path.join(opened.directory, "precious"));
    await writeFile(path.join(opened.directory, "precious/file"), "x");
    await chmod(tree, 0o755);
    await symlink(path.join(opened.directory, "precious"), path.join(tree, "out"));
    await opened.artifacts.collect(new Set(), { signal });
    await assert.rejects(lstat(tree), /ENOENT/);
    assert.equal(await readFile(path.join(opened.directory, "precious/file"), "utf8"), "x");
  });
});

it("a closed store says so", async () => {
  await using directory = await temporaryDirectory();
  const artifacts = await openArtifacts({ directory: directory.path, logger: loggerOf() });
  await artifacts[Symbol.asyncDispose]();
  await assert.rejects(artifacts.put(small, { signal }), platformError("StoreUnavailable", /closed/));
});
