import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { watch } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { PlatformError } from "../../core/index.ts";
import { openArtifacts } from "./open-artifacts.ts";
import { loggerOf, putStored, signal, temporaryDirectory } from "./testing/opened-artifacts.ts";
import { rawZip } from "./testing/raw-zip.ts";

const program = fileURLToPath(new URL("./testing/interrupted.ts", import.meta.url));
const MiB = 1024 * 1024;

function packageOf(files: number, bytesPerFile: number): Buffer {
  return rawZip(
    Array.from({ length: files }, (_, at) => ({ name: `d${at % 20}/${at}`, content: randomBytes(bytesPerFile) })),
  );
}

/** Whether a program did its work. */
function run(command: string, ...args: string[]): boolean {
  return (
    spawnSync(command, args, { env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` } }).status === 0
  );
}

/** Starts the program and kills it as soon as a name that matches shows up in the directory. */
async function killWhenSeen(directory: string, zip: string, watched: string, name: RegExp): Promise<void> {
  await mkdir(watched, { recursive: true });
  const watcher = watch(watched);
  const child = spawn(process.execPath, [program, directory, zip], { stdio: "ignore" });
  watcher.on("change", (_, seen) => {
    if (name.test(String(seen))) child.kill("SIGKILL");
  });
  const [, killedBy] = await once(child, "exit");
  watcher.close();
  assert.equal(killedBy, "SIGKILL", "it was killed in the middle of its work");
}

/** Opens the directory and waits until what the dead process left is gone. */
async function reopen(directory: string, hasLeftovers: boolean): Promise<Awaited<ReturnType<typeof openArtifacts>>> {
  const cleaned = Promise.withResolvers<void>();
  const artifacts = await openArtifacts({ directory, logger: loggerOf(() => cleaned.resolve()) });
  if (hasLeftovers) await cleaned.promise;
  return artifacts;
}

describe("kill -9", () => {
  it("while a package is kept leaves nothing visible", async () => {
    await using directory = await temporaryDirectory();
    const zip = packageOf(3, 10 * MiB);
    const source = path.join(directory.path, "source.zip");
    await writeFile(source, zip);
    const partial = path.join(directory.path, "artifacts/partial");
    // The store makes the directory anew at its start, so the watch is on its parent: the first shard appears after the bytes.
    await killWhenSeen(directory.path, source, path.join(directory.path, "artifacts"), /^[0-9a-f]{2}$/);
    await using artifacts = await reopen(directory.path, false);
    assert.deepEqual(await readdir(partial), []);
    const { sha256 } = await putStored(artifacts, zip);
    assert.ok((await artifacts.get(sha256, { signal })).equals(zip));
  });

  it("while a package is unpacked leaves nothing visible", async () => {
    await using directory = await temporaryDirectory();
    const zip = packageOf(800, 1024);
    const source = path.join(directory.path, "source.zip");
    await writeFile(source, zip);
    const trees = path.join(directory.path, "code");
    await killWhenSeen(directory.path, source, trees, /\.partial-/);
    assert.deepEqual(
      (await readdir(trees)).filter((name) => name.length === 64),
      [],
    );
    await using artifacts = await reopen(directory.path, true);
    assert.deepEqual(await readdir(trees), [".boot"]);
    const { sha256 } = await putStored(artifacts, zip);
    const names = await readdir(await artifacts.unpack(sha256, { signal }), { recursive: true });
    assert.equal(names.length, 820);
  });
});

it("a process ends by itself when its threads are idle", async () => {
  await using directory = await temporaryDirectory();
  const source = path.join(directory.path, "source.zip");
  await writeFile(source, packageOf(1, 10));
  const started = performance.now();
  const { status } = spawnSync(process.execPath, [program, directory.path, source], { timeout: 20_000 });
  assert.equal(status, 0);
  assert.ok(performance.now() - started < 9_000, "it did not wait for the threads' idle time");
});

it("trees from before the machine's last start are made again", async () => {
  await using directory = await temporaryDirectory();
  const zip = packageOf(2, 10);
  const boot = path.join(directory.path, "code/.boot");
  {
    await using artifacts = await reopen(directory.path, false);
    const { sha256 } = await putStored(artifacts, zip);
    await artifacts.unpack(sha256, { signal });
  }
  await writeFile(boot, "another start");
  await using artifacts = await reopen(directory.path, true);
  assert.deepEqual(await readdir(path.dirname(boot)), [".boot"]);
  const { sha256 } = await putStored(artifacts, zip);
  assert.equal((await readdir(await artifacts.unpack(sha256, { signal }))).length, 2);
});

it("a package that was stored is whole on the disk when the power goes right after that", async (test) => {
  await using directory = await temporaryDirectory();
  await using stack = new AsyncDisposableStack();
  const [image, mounted] = [path.join(directory.path, "image"), path.join(directory.path, "mounted")];
  await mkdir(mounted);
  run("truncate", "-s", "64M", image);
  // Nothing but a sync writes: the journal is not committed by itself.
  if (!run("mkfs.ext4", "-q", "-F", image) || !run("mount", "-o", "loop,commit=600", image, mounted)) {
    return test.skip("mounting a disk of its own needs root and loop devices");
  }
  const unmount = stack.adopt(mounted, (place) => void run("umount", place));
  await using artifacts = await openArtifacts({ directory: unmount, logger: loggerOf() });
  const zip = packageOf(3, 100_000);
  const { sha256 } = await putStored(artifacts, zip);
  const [cut, after] = [path.join(directory.path, "cut"), path.join(directory.path, "after")];
  assert.ok(run("cp", image, cut), "what the disk had at that moment");
  await mkdir(after);
  assert.ok(run("mount", "-o", "loop", cut, after));
  stack.defer(() => void run("umount", after));
  const names = await readdir(path.join(after, "artifacts"), { recursive: true });
  const kept = names.find((name) => name.endsWith(`${sha256}.zip`));
  assert.ok(kept, "its name is there");
  const found = await readFile(path.join(after, "artifacts", kept));
  assert.ok(found.equals(zip), `${found.length} of ${zip.length} bytes, as they were`); // a diff of them would take minutes
});

describe("a full disk", () => {
  it("is reported with the directory, and nothing is left", async (test) => {
    await using directory = await temporaryDirectory();
    await using stack = new AsyncDisposableStack();
    const mounted = spawnSync("/bin/mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", directory.path]);
    if (mounted.status !== 0) return test.skip("mounting a small file system needs root");
    stack.defer(() => void spawnSync("/bin/umount", [directory.path]));
    await using artifacts = await openArtifacts({ directory: directory.path, logger: loggerOf() });
    const isFull = (error: unknown): boolean =>
      error instanceof PlatformError &&
      error.code === "StoreUnavailable" &&
      error.message.includes(`${directory.path}/`) &&
      error.message.includes("no space");
    await assert.rejects(artifacts.put(packageOf(1, 3 * MiB), { signal }), isFull);
    const { sha256 } = await putStored(artifacts, packageOf(10, 120 * 1024));
    await assert.rejects(artifacts.unpack(sha256, { signal }), isFull);
    assert.deepEqual(await readdir(path.join(directory.path, "code")), [".boot"]);
    assert.deepEqual(await readdir(path.join(directory.path, "artifacts/partial")), []);
  });
});
