import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import net from "node:net";
import { once } from "node:events";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { fromBufferPromise } from "yauzl";
import { PackError } from "./pack-error.ts";
import { packDirectory, packSource, type PackProgress } from "./pack-source.ts";

const signal = new AbortController().signal;
const MiB = 1024 * 1024;

/** A directory with these files: content, or `-> target` for a link. */
async function directoryOf(
  files: Readonly<Record<string, string | Buffer>>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-pack-"));
  for (const [name, content] of Object.entries(files)) {
    const place = path.join(directory, name);
    await mkdir(path.dirname(place), { recursive: true });
    if (typeof content === "string" && content.startsWith("-> ")) await symlink(content.slice(3), place);
    else await writeFile(place, content);
  }
  return { path: directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

async function modesOf(zip: Buffer): Promise<Record<string, string>> {
  const modes: Record<string, string> = {};
  for await (const entry of (await fromBufferPromise(zip)).eachEntry()) {
    modes[entry.fileName] = (entry.externalFileAttributes >>> 16).toString(8);
  }
  return modes;
}

async function packedNames(directory: string, ignoreFile?: string): Promise<string[]> {
  const { files } = await packDirectory(directory, ignoreFile === undefined ? { signal } : { signal, ignoreFile });
  return files.map((file) => file.path);
}

function says(...parts: (string | RegExp)[]) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof PackError, String(error));
    for (const part of parts) assert.match(error.message, new RegExp(part));
    return true;
  };
}

describe("equal trees", () => {
  const files = {
    "index.js": "exports.x = 1;\n".repeat(100),
    "b/empty": "",
    "a/run": "#!/bin/sh\n",
    "a/link": "-> run",
    large: Buffer.alloc(MiB, "ab"),
  };

  it("give equal zips, whatever their dates, owners' modes and order of creation", async () => {
    await using one = await directoryOf(files);
    await using two = await directoryOf(Object.fromEntries(Object.entries(files).toReversed()));
    await chmod(path.join(one.path, "a/run"), 0o700);
    await chmod(path.join(two.path, "a/run"), 0o775);
    await chmod(path.join(two.path, "index.js"), 0o600);
    await utimes(path.join(two.path, "index.js"), 1, 1);
    const [first, second] = [await packDirectory(one.path, { signal }), await packDirectory(two.path, { signal })];
    assert.equal(first.sha256, createHash("sha256").update(first.zip).digest("hex"));
    assert.equal(first.sha256, second.sha256);
    assert.deepEqual(await modesOf(first.zip), {
      "a/link": "120777",
      "a/run": "100755",
      "b/empty": "100644",
      "index.js": "100644",
      large: "100644",
    });
  });

  it("give equal zips in every time zone", async () => {
    await using directory = await directoryOf({ "index.js": "x" });
    const program = `import { packDirectory } from ${JSON.stringify(path.join(import.meta.dirname, "pack-source.ts"))};
      console.log((await packDirectory(process.argv[1], { signal: new AbortController().signal })).sha256);`;
    const hashes = ["Asia/Shanghai", "America/Los_Angeles", "UTC"].map((TZ) =>
      execFileSync(process.execPath, ["--input-type=module", "-e", program, directory.path], {
        env: { ...process.env, TZ },
      }).toString(),
    );
    assert.equal(new Set(hashes).size, 1);
  });

  it("differ when a byte, a name or an executable bit does", async () => {
    await using one = await directoryOf({ a: "x" });
    const hashes = [(await packDirectory(one.path, { signal })).sha256];
    await chmod(path.join(one.path, "a"), 0o755);
    hashes.push((await packDirectory(one.path, { signal })).sha256);
    await writeFile(path.join(one.path, "a"), "y");
    hashes.push((await packDirectory(one.path, { signal })).sha256);
    assert.equal(new Set(hashes).size, 3);
  });
});

describe("ignore rules", () => {
  it("come from .gitignore files, the inner one first", async () => {
    await using directory = await directoryOf({
      ".gitignore": "*.log\n/build/\n",
      "index.js": "",
      "a.log": "",
      "build/x": "",
      "lib/build/x": "",
      "lib/.gitignore": "!keep.log\nsecret\n",
      "lib/keep.log": "",
      "lib/other.log": "",
      "lib/secret/x": "",
      secret: "",
    });
    const names = [".gitignore", "index.js", "lib/.gitignore", "lib/build/x", "lib/keep.log", "secret"];
    assert.deepEqual(await packedNames(directory.path), names);
  });

  it("never take dependencies away, but their cache, .git and .gust", async () => {
    await using directory = await directoryOf({
      ".gitignore": "node_modules\ndist\n",
      ".git/HEAD": "",
      ".gust/state": "",
      "index.js": "",
      "dist/x": "",
      "node_modules/.cache/x": "",
      "node_modules/a/dist/x": "",
      "node_modules/a/.gitignore": "x",
      "node_modules/a/.git": "",
      "node_modules/a/node_modules/.cache/x": "",
    });
    const names = [".gitignore", "index.js", "node_modules/a/.gitignore", "node_modules/a/dist/x"];
    assert.deepEqual(await packedNames(directory.path), names);
  });

  it("come from the ignore file of a function, which reaches everywhere", async () => {
    await using directory = await directoryOf({
      "ignore/fn.ignore": "# comment\nignore\n*.md\nnode_modules/dev\n!node_modules/a/keep.md\n",
      "README.md": "",
      "index.js": "",
      "node_modules/a/README.md": "",
      "node_modules/a/keep.md": "",
      "node_modules/dev/x": "",
    });
    const rules = path.join(directory.path, "ignore/fn.ignore");
    assert.deepEqual(await packedNames(directory.path, rules), ["index.js", "node_modules/a/keep.md"]);
    assert.equal((await packedNames(directory.path, path.join(directory.path, "ignore/other.ignore"))).length, 6);
  });

  it("that leave nothing are an error", async () => {
    await using directory = await directoryOf({ ".gitignore": "*" });
    await assert.rejects(packDirectory(directory.path, { signal }), says("no file to pack"));
  });
});

describe("links", () => {
  it("are kept when they stay inside; absolute ones become relative", async () => {
    await using directory = await directoryOf({
      "node_modules/x/cli.js": "",
      "node_modules/.bin/x": "-> ../x/cli.js",
      none: "-> no/such",
    });
    await symlink(path.join(directory.path, "node_modules/x"), path.join(directory.path, "absolute"));
    const { zip } = await packDirectory(directory.path, { signal });
    const targets: Record<string, string> = {};
    const file = await fromBufferPromise(zip);
    for await (const entry of file.eachEntry()) {
      if (entry.externalFileAttributes >>> 28 !== 0o12) continue;
      targets[entry.fileName] = Buffer.concat(
        await Array.fromAsync(await file.openReadStreamPromise(entry)),
      ).toString();
    }
    assert.deepEqual(targets, { absolute: "node_modules/x", "node_modules/.bin/x": "../x/cli.js", none: "no/such" });
  });

  it("that lead out are refused, directly and through others", async () => {
    for (const files of [
      { l: "-> ../x" },
      { l: "-> /etc/passwd" },
      { "a/l": "-> ../../x" },
      { a: "-> /etc", l: "-> a/passwd" },
    ]) {
      await using directory = await directoryOf({ "index.js": "", ...files });
      await assert.rejects(
        packDirectory(directory.path, { signal }),
        says("outside the packed directory", "install-links"),
      );
    }
  });
});

describe("a source", () => {
  it("may be one file", async () => {
    await using directory = await directoryOf({ "handler.js": "x" });
    const packed = await packSource(path.join(directory.path, "handler.js"), { signal });
    assert.deepEqual(packed.files, [{ path: "handler.js", size: 1 }]);
    assert.equal(packed.sha256, (await packSource(directory.path, { signal })).sha256);
  });

  it("may be a zip, which is taken as it is", async () => {
    await using directory = await directoryOf({ "src/handler.js": "x", "fake.zip": "no zip" });
    const packed = await packSource(path.join(directory.path, "src"), { signal });
    await writeFile(path.join(directory.path, "code.zip"), packed.zip);
    assert.deepEqual(await packSource(path.join(directory.path, "code.zip"), { signal }), packed);
    await assert.rejects(
      packSource(path.join(directory.path, "fake.zip"), { signal }),
      says("fake.zip cannot be read as a zip"),
    );
    await truncate(path.join(directory.path, "fake.zip"), 51 * MiB);
    await assert.rejects(
      packSource(path.join(directory.path, "fake.zip"), { signal }),
      says("51 MB; the limit of a package is 50 MB"),
    );
  });

  it("that is not there, or cannot be packed, is an error with its name", async () => {
    await using directory = await directoryOf({ "a\\b": "" });
    await assert.rejects(packSource(path.join(directory.path, "none"), { signal }), says("no code at .*none"));
    await assert.rejects(packSource(directory.path, { signal }), says("backslash"));
    await rm(path.join(directory.path, "a\\b"));
    const server = net.createServer().listen(path.join(directory.path, "socket"));
    await once(server, "listening");
    await assert.rejects(packSource(directory.path, { signal }), says("socket is neither"));
    server.close();
    await once(server, "close");
  });

  it("over the limits says what to do and names its largest directories", async () => {
    await using directory = await directoryOf({
      "node_modules/@s/big/x": randomBytes(30 * MiB),
      "assets/y": randomBytes(21 * MiB),
      "index.js": "x",
    });
    await assert.rejects(
      packSource(directory.path, { signal }),
      says("over 50 MB as a zip", "30 MB  node_modules/@s/big\n", "21 MB  assets\n", "0.0 MB  .files at the top"),
    );
    await truncate(path.join(directory.path, "assets/y"), 480 * MiB);
    await assert.rejects(
      packSource(directory.path, { signal }),
      says("over 500 MB unpacked", "name it in .gitignore", "480 MB  assets\n"),
    );
  });
});

it("progress comes in bytes and ends with all of them", async () => {
  await using directory = await directoryOf({ a: Buffer.alloc(3 * MiB), b: "xy", l: "-> b" });
  const seen: PackProgress[] = [];
  await packDirectory(directory.path, { signal, onProgress: (progress) => seen.push(progress) });
  const totalBytes = 3 * MiB + 3;
  assert.deepEqual(seen.at(-1), { doneBytes: totalBytes, totalBytes });
  assert.ok(seen.length > 10);
  assert.deepEqual(
    seen.map((progress) => progress.doneBytes),
    seen.map((progress) => progress.doneBytes).toSorted((a, b) => a - b),
  );
});

it("packing stops when it is canceled", async () => {
  await using directory = await directoryOf({ a: randomBytes(20 * MiB), b: "x" });
  const caller = new AbortController();
  const packing = packDirectory(directory.path, {
    signal: caller.signal,
    onProgress: () => caller.abort(new Error("enough")),
  });
  await assert.rejects(packing, /enough|abort/);
  await assert.rejects(packDirectory(directory.path, { signal: caller.signal }), /enough/);
});
