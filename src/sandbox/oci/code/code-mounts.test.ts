import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, rmdir } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
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
    beforeEach(async () => {
      directory = await mkdtemp(path.join(os.tmpdir(), "gust-code-"));
      images = path.join(directory, "images");
      const places = path.join(directory, "places");
      for (const made of [images, places]) await mkdir(made);
      mayUnmount = Promise.resolve();
      const mounter = { mountErofs: async () => undefined, mountOverlay: assert.fail, unmount: async () => mayUnmount };
      mounts = await CodeMounts.open({ images, places, mounter, logger: quiet });
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

    it("go with their packages when the next is built, but not while a box is being given one", async () => {
      const [first, second, third] = [await makeCode("first"), await makeCode("second"), await makeCode("third")];
      const before = (await readdir(images)).length;
      const firstPlace = await use(first);
      {
        using _ = await mounts.acquire(second);
        await rmdir(first);
        await rmdir(second);
        await use(third);
        assert.equal((await readdir(images)).length, before + 2);
        assert.equal(existsSync(firstPlace), false);
      }
      await use(await makeCode("fourth"));
      assert.equal((await readdir(images)).length, before + 2);
    });

    it("never come to a place that an earlier mount is leaving, and are built once", async () => {
      const codeDirectory = await makeCode("evicted");
      const place = await use(codeDirectory);
      const unmounting = Promise.withResolvers<void>();
      mayUnmount = unmounting.promise;
      for (let number = 0; number < kept; number += 1) await use(await makeCode(`other-${number}`));
      const built = (await readdir(images)).length;
      const again = await use(codeDirectory);
      assert.notEqual(again, place);
      unmounting.resolve();
      await mounts[Symbol.asyncDispose]();
      assert.equal((await readdir(images)).length, built);
    });
  },
);
