import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { CodeMounts } from "./code-mounts.ts";

const quiet = { error() {}, warn() {}, info() {}, debug() {} };
const hasBuilder =
  spawnSync("unshare", ["--mount", "true"]).status === 0 &&
  (existsSync("/usr/bin/mkfs.erofs") || existsSync("/usr/sbin/mkfs.erofs"));
/** As many as are kept mounted without use. */
const kept = 64;

describe(
  "code images",
  { skip: hasBuilder ? false : "needs a host that mounts, and mkfs.erofs: apt-get install erofs-utils" },
  () => {
    let directory: string;
    let images: string;
    /** Unmounting waits for it. */
    let mayUnmount: Promise<void>;
    let mounts: CodeMounts;
    const openMounts = async (): Promise<CodeMounts> => {
      const places = await mkdtemp(path.join(directory, "places-"));
      const mountErofs = async (image: string): Promise<void> =>
        assert.notEqual((await readFile(image, "utf8")).slice(0, 3), "bad");
      const mounter = { mountErofs, mountOverlay: assert.fail, unmount: async () => mayUnmount };
      return CodeMounts.open({ images, places, mounter, lowerWeight: () => undefined, logger: quiet });
    };
    beforeEach(async () => {
      directory = await mkdtemp(path.join(os.tmpdir(), "gust-code-"));
      images = path.join(directory, "images");
      mayUnmount = Promise.resolve();
      mounts = await openMounts();
      assert.equal(mounts.way, "erofs");
    });
    afterEach(async () => {
      await mounts[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    });
    const makeCode = async (name: string): Promise<string> => {
      const made = path.join(directory, name);
      await mkdir(made);
      return made;
    };
    const use = async (codeDirectory: string): Promise<string> => {
      using mount = await mounts.acquire(codeDirectory);
      return mount.place;
    };

    it("are kept over a restart by the hash that their code is named by, and what else was there is not", async () => {
      const tree = await makeCode("a".repeat(64));
      const image = path.join(images, `${"a".repeat(64)}.erofs`);
      for (const made of [tree, await makeCode("passing")]) await use(made);
      await writeFile(path.join(images, "partial-7.erofs"), "killed in the middle");
      const built = await stat(image);
      await mounts[Symbol.asyncDispose]();
      mounts = await openMounts();
      assert.deepEqual(
        (await readdir(images)).filter((name) => !name.startsWith("passing-")),
        [path.basename(image)],
      );
      assert.equal((await readdir(images)).length, 2, "but for the one that was just tried");
      await rm(tree, { recursive: true }); // it is made again after a start of the machine: an image needs it no more
      await use(tree);
      assert.equal((await stat(image)).ino, built.ino);
    });

    it("are built again when what was kept is none, or has been removed with its package", async () => {
      const tree = await makeCode("b".repeat(64));
      const image = path.join(images, `${"b".repeat(64)}.erofs`);
      await writeFile(image, "bad");
      const place = await use(tree);
      assert.notEqual((await readFile(image, "utf8")).slice(0, 3), "bad");
      await rm(images, { recursive: true });
      await use(await makeCode("c".repeat(64)));
      await gone(place);
      assert.notEqual(await use(tree), place);
      assert.ok(existsSync(image));
    });

    it("never come to a place that an earlier mount is leaving, and are built once", async () => {
      const codeDirectory = await makeCode("d".repeat(64));
      const place = await use(codeDirectory);
      const unmounting = Promise.withResolvers<void>();
      mayUnmount = unmounting.promise;
      for (let number = 0; number < kept; number += 1) await use(await makeCode(`other-${number}`));
      const image = path.join(images, `${"d".repeat(64)}.erofs`);
      const { ino } = await stat(image);
      const again = await use(codeDirectory);
      assert.notEqual(again, place);
      unmounting.resolve();
      await mounts[Symbol.asyncDispose]();
      assert.equal((await stat(image)).ino, ino);
    });
  },
);

/** Resolves when a directory is no more. */
async function gone(place: string): Promise<void> {
  while (existsSync(place)) await nextTurn();
}
