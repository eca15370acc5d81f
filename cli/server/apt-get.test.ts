import assert from "node:assert/strict";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { installPackages, type AptBounds } from "./apt-get.ts";

const generous: AptBounds = { downloadMs: 30_000, lockMs: 30_000, setUpMs: 30_000 };
const locked = `echo "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt)" >&2; exit 100`;

describe("an installation by apt-get", () => {
  let directory: string;
  let pathBefore: string | undefined;

  beforeEach(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "gust-apt-"));
    pathBefore = process.env["PATH"];
    process.env["PATH"] = `${directory}:${pathBefore}`;
  });
  afterEach(async () => {
    process.env["PATH"] = pathBefore;
    await fs.rm(directory, { recursive: true, force: true });
  });

  /** An apt-get that notes how it was called and then does this; `$step` is `update`, `download` or `install`. */
  async function fakeAptGet(body: string): Promise<void> {
    const script = `#!/bin/sh
step=install
case "$*" in *" update") step=update ;; *--download-only*) step=download ;; esac
echo "$DEBIAN_FRONTEND $*" >>"${directory}/calls"
calls=$(wc -l <"${directory}/calls")
${body}
`;
    await fs.writeFile(path.join(directory, "apt-get"), script, { mode: 0o755 });
  }

  async function install(bounds: AptBounds = generous, signal = new AbortController().signal) {
    const shown: string[] = [];
    const progress = { update: (text: string) => void shown.push(text), [Symbol.dispose]: () => undefined };
    const reason = await installPackages(["crun", "nftables"], { progress, signal, bounds });
    return { reason, shown };
  }

  async function calls(): Promise<string[]> {
    const noted = await fs.readFile(path.join(directory, "calls"), "utf8");
    return noted.trim().split("\n");
  }

  it("downloads, then sets up, asks nothing, removes nothing and shows what it does", async () => {
    await fakeAptGet(`[ "$step" = download ] && echo "Get:1 http://deb.example bookworm/main amd64 crun amd64 1.8"
      [ "$step" = install ] && echo "Setting up crun (1.8) ..."; exit 0`);
    const { reason, shown } = await install();
    assert.equal(reason, null);
    assert.deepEqual(shown, ["downloading", "downloading crun", "Setting up crun"]);
    const [download = "", setUp = "", ...more] = await calls();
    assert.deepEqual(more, []);
    for (const call of [download, setUp]) {
      assert.match(call, /^noninteractive .* install -y --no-install-recommends --no-remove .*crun nftables$/);
    }
    assert.match(setUp, /--no-download/);
  });

  it("reads the lists of packages when those of before do not do", async () => {
    await fakeAptGet(`[ $calls = 1 ] && echo "E: Unable to locate package crun" >&2 && exit 100; exit 0`);
    assert.equal((await install()).reason, null);
    const said = (await calls()).map((call) => call.replace(/.*(update|--download-only|--no-download).*/, "$1"));
    assert.deepEqual(said, ["--download-only", "update", "--download-only", "--no-download"]);
  });

  it("waits while another program holds a lock", async () => {
    await fakeAptGet(`[ $calls = 1 ] && { ${locked}; }; exit 0`);
    const { reason, shown } = await install();
    assert.equal(reason, null);
    assert.ok(shown.some((text) => /waiting for another program/.test(text)));
  });

  it("says so when the lock is held for longer", async () => {
    await fakeAptGet(locked);
    const { reason } = await install({ ...generous, lockMs: 500 });
    assert.equal(reason, "another program holds apt's lock, and 0.5 s were not enough");
    assert.equal((await calls()).length, 1);
  });

  const failures = [
    ["Temporary failure resolving 'deb.debian.org'", "the package servers cannot be reached"],
    ["You don't have enough free space in /var/cache/apt/archives/.", "no disk space is left"],
    ["Unable to locate package crun", "Unable to locate package crun"],
  ] as const;
  for (const [complaint, reason] of failures) {
    it(`fails in a few words: ${reason}`, async () => {
      await fakeAptGet(`echo "E: ${complaint}" >&2; exit 100`);
      assert.equal((await install()).reason, reason);
    });
  }

  it("names the network when lists of packages cannot be read, not the package that they lack", async () => {
    await fakeAptGet(`[ "$step" = update ] && echo "W: Temporary failure resolving 'deb.debian.org'" >&2 && exit 0
      echo "E: Unable to locate package crun" >&2; exit 100`);
    assert.equal((await install()).reason, "the package servers cannot be reached");
  });

  it("says what is wrong with the lists, not which package they lack", async () => {
    await fakeAptGet(`[ "$step" = update ] && echo "E: The repository is not signed." >&2 && exit 100
      echo "E: Unable to locate package crun" >&2; exit 100`);
    assert.equal((await install()).reason, "The repository is not signed");
  });

  it("ends a download that takes too long", async () => {
    await fakeAptGet(`exec sleep 60`);
    assert.equal((await install({ ...generous, downloadMs: 300 })).reason, "it took too long");
  });

  it("ends a download that is interrupted", async () => {
    await fakeAptGet(`exec sleep 60`);
    const stop = new AbortController();
    const installing = install(generous, stop.signal);
    stop.abort(new Error("Interrupted"));
    await assert.rejects(installing, /Interrupted/);
  });

  it("never ends a set-up, and waits for it no longer than its bound", async () => {
    await fakeAptGet(`[ "$step" = install ] || exit 0
      trap 'echo ended >>"${directory}/calls"' TERM; sleep 1; echo "set up" >>"${directory}/calls"`);
    assert.equal((await install({ ...generous, setUpMs: 100 })).reason, "it took too long");
    while ((await calls()).at(-1) !== "set up") await fs.stat(directory);
    assert.ok(!(await calls()).includes("ended"));
  });

  it("says when there is no apt-get", async () => {
    process.env["PATH"] = directory;
    assert.match((await install()).reason ?? "", /spawn apt-get ENOENT/);
  });
});
