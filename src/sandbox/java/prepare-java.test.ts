import assert from "node:assert/strict";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, it, type TestContext } from "node:test";
import { PlatformError } from "../../core/index.ts";
import { findJava } from "./find-java.ts";
import { prepareJava } from "./prepare-java.ts";

const never = { signal: new AbortController().signal };

async function temporary(t: TestContext): Promise<string> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "gust-java-"));
  t.after(async () => fs.rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A kit whose programs do what a script says, with their name as `$1`, and count their runs. */
async function fakeKit(home: string, version: string, script = "true"): Promise<string> {
  await fs.mkdir(path.join(home, "bin"), { recursive: true });
  await fs.writeFile(path.join(home, "release"), `IMPLEMENTOR="Somebody"\nJAVA_VERSION="${version}"\n`);
  for (const name of ["java", "javac", "jar"]) {
    const text = `#!/bin/sh\necho ${name} >>"${home}/runs"\nset -- ${name} "$@"\n${script}\n`;
    await fs.writeFile(path.join(home, "bin", name), text, { mode: 0o755 });
  }
  return path.join(home, "bin/javac");
}

/** Makes what the real programs make, empty. */
const works =
  "PATH=/usr/bin:/bin; case $1 in javac) mkdir classes;; jar) : >runtime.jar;; java) : >loaded; : >runtime.jsa;; esac";

describe("the JDK of a host", () => {
  it("is that of the javac in PATH, else the oldest that is new enough", async (t) => {
    const directory = await temporary(t);
    assert.equal(findJava(null, path.join(directory, "nowhere")), null);
    const old = await fakeKit(path.join(directory, "java-11"), "11.0.2");
    assert.equal(findJava(old, directory), null);
    const newest = await fakeKit(path.join(directory, "java-25"), "25");
    await fakeKit(path.join(directory, "java-17"), "17.0.15");
    assert.equal(findJava(old, directory)?.version, "17.0.15");
    assert.deepEqual(findJava(newest, directory), { home: path.join(directory, "java-25"), version: "25" });
  });
});

describe("the Java runtime", () => {
  it("needs a JDK, and says how to install one", async (t) => {
    const making = prepareJava(await temporary(t), never, null);
    await assert.rejects(making, (error: unknown) => {
      assert.ok(error instanceof PlatformError);
      return /need a JDK 17 or newer on this host \(.*openjdk.*\)/.test(error.message);
    });
  });

  it("is compiled once for a JDK, and anew for another, which replaces it", async (t) => {
    const directory = await temporary(t);
    const home = path.join(directory, "jdk");
    await fakeKit(home, "17", works);
    const command = await prepareJava(directory, never, { home, version: "17" });
    assert.deepEqual(await prepareJava(directory, never, { home, version: "17" }), command);
    assert.equal(await fs.readFile(path.join(home, "runs"), "utf8"), "javac\njar\njava\njava\n");
    assert.equal(command[3], path.join(home, "bin/java"));
    const jar = command.at(-1) ?? "";
    assert.equal((await fs.stat(path.dirname(jar))).mode & 0o777, 0o755);
    assert.deepEqual(await fs.readdir(path.dirname(jar)), ["runtime.jar", "runtime.jsa"]);
    const newer = await prepareJava(directory, never, { home, version: "21" });
    assert.notEqual(newer.at(-1), jar);
    await assert.rejects(fs.stat(jar), /ENOENT/);
  });

  it("leaves nothing of a compilation that fails, and passes on what was said", async (t) => {
    const directory = await temporary(t);
    const home = path.join(directory, "jdk");
    await fakeKit(home, "17", "echo no space left >&2; exit 1");
    const making = prepareJava(directory, never, { home, version: "17" });
    await assert.rejects(making, /could not be compiled by .*jdk: no space left/);
    assert.deepEqual(await fs.readdir(directory), ["jdk"]);
  });
});
