import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { Sandbox } from "../../src/sandbox/index.ts";
import { BoxMaker, soon, type MakeDriver } from "./box-maker.ts";

/** What a box sees of its code and layers, and what becomes of them whatever somebody with all rights in the box tries. */
export function codeCases(way: string, makeDriver: MakeDriver): void {
  describe(`code ${way}`, { concurrency: false }, () => {
    let maker: BoxMaker;
    let layers: string;
    let box: Sandbox;
    before(async () => {
      maker = await BoxMaker.make(makeDriver);
      layers = path.join(path.dirname(maker.codeDirectory), "layers");
      await fill(maker.codeDirectory, "code");
      await fill(layers, "layer");
      box = await assigned(maker, layers);
    });
    after(async () => maker[Symbol.asyncDispose]());

    it("is at /var/user, and layers at /opt", () => {
      assert.equal(asRoot(box, "cat /var/user/file /opt/file /opt/folder/inner").stdout, "code layer layer ");
      assert.match(asRoot(box, "stat -c %A /var/user/file").stdout, /^-rw/); // not unreadable for the function itself
    });

    it("cannot be written to by the root of the box, though its permissions would allow it", () => {
      for (const act of ["echo > PLACE/planted", "echo > PLACE/file", "rm PLACE/file", "mv PLACE/file PLACE/other"]) {
        for (const place of ["/var/user", "/opt", "/opt/folder"]) {
          const command = act.replaceAll("PLACE", place);
          const { status, stderr } = asRoot(box, command);
          assert.notEqual(status, 0, command);
          assert.match(stderr, /Read-only file system|No such file/, command);
        }
      }
    });

    for (const remount of [
      "mount -o remount,bind,rw PLACE",
      "mount -o remount,rw PLACE",
      "mount -o rw,remount,dev,suid PLACE",
    ]) {
      it(`stays read-only after \`${remount}\` with all capabilities of the box`, () => {
        for (const place of ["/var/user", "/opt"]) {
          const tried = `${remount.replace("PLACE", place)}; echo > ${place}/planted`;
          const { status, stderr } = asRoot(box, tried);
          assert.notEqual(status, 0, tried);
          assert.match(stderr, /Read-only file system/);
        }
      });
    }

    it("stays as it is for others when the root of a box covers it, binds it elsewhere, or takes it away", async () => {
      await using other = await assigned(maker, layers);
      for (const act of [
        "mount -t tmpfs none /var/user; echo other > /var/user/file; cat /var/user/file",
        "mkdir /tmp/b; mount --rbind /opt /tmp/b; mount -o remount,bind,rw /tmp/b; echo > /tmp/b/file",
        "mkdir /tmp/u /tmp/w; mount -t overlay -o lowerdir=/opt,upperdir=/tmp/u,workdir=/tmp/w none /opt; echo > /opt/file",
        "umount -l /var/user; umount -l /opt",
      ]) {
        asRoot(other, act);
      }
      assert.equal(asRoot(box, "cat /var/user/file /opt/file").stdout, "code layer ");
      assert.equal(readFileSync(path.join(maker.codeDirectory, "file"), "utf8"), "code ");
      assert.deepEqual(readdirSync(layers).toSorted(), ["file", "folder"]);
    });

    it("does not say where the host keeps it", () => {
      const { stdout } = asRoot(box, "mount -t proc proc /proc; cat /proc/self/mountinfo");
      const lines = stdout.split("\n").filter((line) => / \/(?:var\/user|opt) /.test(line));
      assert.equal(lines.length, 2);
      for (const line of lines) assert.doesNotMatch(line, /conformance|private|codeDirectory/, line);
    });

    it("that was removed, and made anew at the same place, is the new one", async () => {
      const another = path.join(path.dirname(maker.codeDirectory), "another");
      await fill(another, "another");
      await rm(maker.codeDirectory, { recursive: true });
      await (await assigned(maker, layers, another)).kill(); // images of what is gone go when one is built
      await fill(maker.codeDirectory, "again");
      await using fresh = await assigned(maker, layers);
      assert.equal(asRoot(fresh, "cat /var/user/file").stdout, "again ");
      assert.equal(asRoot(box, "cat /opt/file").stdout, "layer ");
    });

    it("leaves no mount and no loop device", async () => {
      const shared = sharedDirectoryOf(maker.runDirectory);
      assert.ok(mountsBelow(shared).length > 0);
      await maker.driver[Symbol.asyncDispose]();
      assert.deepEqual(mountsBelow(shared), []);
      const loops = readdirSync("/sys/block").map((name) => `/sys/block/${name}/loop/backing_file`);
      const files = loops.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8"));
      assert.deepEqual(
        files.filter((file) => file.startsWith(maker.runDirectory)),
        [],
      );
    });
  });
}

/** A directory that everybody could write to, were it not for the way it is mounted. */
async function fill(directory: string, word: string): Promise<void> {
  await mkdir(path.join(directory, "folder"), { recursive: true });
  for (const name of [".", "folder"]) await chmod(path.join(directory, name), 0o777);
  for (const name of ["file", "folder/inner"]) {
    await writeFile(path.join(directory, name), `${word} `);
    await chmod(path.join(directory, name), 0o666);
  }
}

async function assigned(
  maker: BoxMaker,
  layersDirectory: string,
  codeDirectory = maker.codeDirectory,
): Promise<Sandbox> {
  const box = await maker.create();
  await box.assign({ codeDirectory, layersDirectory, memoryMb: 128 }, { signal: soon() });
  return box;
}

/** As more than a function can ever be: user 0 of the box with every capability there, and no filter of system calls. */
function asRoot(box: Sandbox, script: string): { status: number | null; stdout: string; stderr: string } {
  const target = ["--target", firstProcessOf(box), "--user", "--mount", "--pid", "--setuid", "0", "--setgid", "0"];
  return spawnSync("nsenter", [...target, "sh", "-c", script], { encoding: "utf8", timeout: 10_000 });
}

function firstProcessOf({ id }: Sandbox): string {
  const root = existsSync("/sys/fs/cgroup/memory") ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
  const group = readdirSync(root)
    .filter((name) => name.startsWith("gust-"))
    .map((name) => path.join(root, name, "boxes", id, "cgroup.procs"))
    .find((file) => existsSync(file));
  const pid = group === undefined ? undefined : readFileSync(group, "utf8").split("\n")[0];
  assert.ok(pid, "the box has a control group with processes");
  return pid;
}

/** Where an installation has what its boxes share. */
function sharedDirectoryOf(runDirectory: string): string {
  return `/run/gust-${createHash("sha256").update(realpathSync(runDirectory)).digest("hex").slice(0, 16)}`;
}

function mountsBelow(directory: string): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(` ${directory}/`));
}
