import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { gust, makeDirectory, type Ended } from "../gust-command.ts";

const main = path.resolve(import.meta.dirname, "../../cli/main.ts");
const isDebian = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get") && existsSync("/usr/bin/mkfs.erofs");

describe("gust runtime build", () => {
  it("refuses names that are none before it does anything", async () => {
    const named = await gust(["runtime", "build", "--packages", "openjdk-17-jre-headless,$(reboot)"]);
    assert.equal(named.code, 2);
    assert.match(named.stderr, /\$\(reboot\) is no name of a Debian package/);
    assert.match((await gust(["runtime", "build", "--suite", "--help me"])).stderr, /is no name of a release/);
  });
});

describe(
  "gust runtime build as root on Debian",
  { skip: isDebian ? false : "needs root, Debian and erofs-utils" },
  () => {
    it("packs the same bytes whenever and in whatever order the files came", { timeout: 30_000 }, async () => {
      await using machine = await makeMachine(system("python3", "dash"));
      const first = await machine.build("one.erofs", ["--packages", "dash", "--json"]);
      const made: Built = JSON.parse(first.stdout);
      await machine.mmdebstrap(`sleep 1.1\n${system("dash", "python3")}`); // another second, another order
      const again: Built = JSON.parse((await machine.build("two.erofs", ["--packages", "dash", "--json"])).stdout);
      assert.equal(again.sha256, made.sha256);
      assert.deepEqual(made.packages, { dash: "1.2-3", python3: "1.2-3" });
      assert.deepEqual([made.suite, made.release, made.architecture], ["bookworm", "12.99", "amd64"]);
      assert.equal((await fs.stat(path.join(machine.output, "one.erofs"))).size, made.bytes);
      assert.match(await machine.calls(), /--variant=essential --include=ca-certificates,curl,dash,libatomic1/);
      assert.deepEqual((await fs.readdir(machine.output)).toSorted(), ["one.erofs", "two.erofs"]);
    });

    it("leaves out what boxes must not have, and no program with anybody else's rights", async () => {
      await using machine = await makeMachine(system("python3"));
      const { stdout, code, stderr } = await machine.build("root", ["--directory"]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /GUST_SANDBOX_ROOT=\S+\/root gust up/);
      const root = path.join(machine.output, "root");
      assert.deepEqual((await fs.readdir(root)).toSorted(), ["bin", "etc", "usr"]);
      assert.deepEqual(await fs.readdir(path.join(root, "etc")), ["debian_version"]);
      assert.equal((await fs.stat(path.join(root, "usr/bin/su"))).mode & 0o7777, 0o755);
      const compiled = await fs.readFile(path.join(root, "usr/lib/python3/m.pyc"));
      assert.deepEqual([...compiled.subarray(4)], [1, 0, 0, 0, 9]); // taken as it is, not compared with its source
    });

    const failures = [
      ["echo 'E: Unable to locate package nosuch' >&2; exit 1", /Debian bookworm has no package nosuch/],
      ["echo \"W: Temporary failure resolving 'deb.debian.org'\" >&2; exit 1", /cannot be reached \(--mirror/],
      ["echo 'E: The repository has does not have a Release file.'; exit 1", /have no suite bookworm/],
      [
        "echo 'dpkg: error: write: No space left on device' >&2; exit 1",
        /could not be built: No space left on device|No space is left/,
      ],
      ["echo 'E: something new' >&2; exit 1", /could not be built: something new/],
    ] as const;
    it("says what went wrong, and keeps what was there before", { timeout: 30_000 }, async () => {
      await using machine = await makeMachine(system("python3"));
      await fs.writeFile(path.join(machine.output, "root.erofs"), "before");
      for (const [script, sentence] of failures) {
        await machine.mmdebstrap(`mkdir -p "$1/half"\n${script}`);
        const { code, stderr } = await machine.build("root.erofs", []);
        assert.equal(code, 1);
        assert.match(stderr, sentence);
      }
      assert.deepEqual(await fs.readdir(machine.output), ["root.erofs"]);
      assert.equal(await fs.readFile(path.join(machine.output, "root.erofs"), "utf8"), "before");
    });

    it("says when the disk is full, whoever noticed, and leaves it as it was", { timeout: 30_000 }, async () => {
      await using machine = await makeMachine(
        `${system("python3")}\nhead -c 3000000 /dev/zero >"$1/usr/large" || exit 1`,
      );
      const { code, stderr } = await machine.build("root.erofs", [], "mount -t tmpfs -o size=4m none $OUTPUT");
      assert.equal(code, 1);
      assert.match(stderr, /No space is left on the disk of \S+\/root\.erofs/);
      assert.deepEqual(await fs.readdir(machine.output), []);
    });

    it("names the command that brings what is missing, and asks for root", async () => {
      await using machine = await makeMachine("exit 0");
      const bare = await machine.build("root.erofs", [], "rm /usr/bin/mmdebstrap /usr/bin/mkfs.erofs");
      assert.match(
        bare.stderr,
        /mmdebstrap and mkfs\.erofs are not installed: apt-get install -y mmdebstrap erofs-utils/,
      );
      const nobody = await machine.build("root.erofs", [], "", "setpriv --reuid 65534 --clear-groups");
      assert.match(nobody.stderr, /needs root/);
    });

    it("ends at once when it is interrupted or killed, with all that it has started", { timeout: 30_000 }, async () => {
      const token = `1000.${process.pid}`;
      await using machine = await makeMachine(`sleep ${token} & echo started >"$STARTED"; wait`);
      for (const signal of ["INT", "KILL"]) {
        await machine.build(
          "root.erofs",
          [],
          "",
          "",
          `until [ -e "$STARTED" ]; do sleep 0.02; done; rm "$STARTED"; kill -${signal} $!; wait $!`,
        );
        const { stdout } = await promisify(execFile)("ps", ["-axo", "args="]);
        assert.equal(stdout.split("\n").filter((line) => line.startsWith(`sleep ${token}`)).length, 0, signal);
      }
      await machine.mmdebstrap(system("python3"));
      assert.equal((await machine.build("root.erofs", [])).code, 0);
      assert.deepEqual(await fs.readdir(machine.output), ["root.erofs"]); // nothing of the killed one, too
    });
  },
);

interface Built {
  readonly sha256: string;
  readonly bytes: number;
  readonly suite: string;
  readonly release: string;
  readonly architecture: string;
  readonly packages: Readonly<Record<string, string>>;
}

/** What mmdebstrap leaves, in small: packages in the order in which they came. */
function system(...names: readonly string[]): string {
  const files = names.map((name) => `echo ${name} >"$1/usr/lib/${name}.txt"`).join("\n");
  return `mkdir -p "$1/usr/bin" "$1/usr/lib/python3" "$1/etc/apt" "$1/var/lib/dpkg" "$1/root"
ln -s usr/bin "$1/bin"
${files}
echo secret >"$1/etc/shadow"; echo 12.99 >"$1/etc/debian_version"; echo date >"$1/var/log"
echo su >"$1/usr/bin/su"; chmod 4755 "$1/usr/bin/su"
printf 'MAGI\\003\\000\\000\\000\\011' >"$1/usr/lib/python3/m.pyc"
for name in ${names.join(" ")} half; do
  state=ok; [ "$name" != half ] || state=reinstreq
  printf 'Package: %s\\nStatus: install %s installed\\nArchitecture: amd64\\nVersion: 1.2-3\\n\\n' "$name" $state
done >"$1/var/lib/dpkg/status"`;
}

/** A view of this machine in which mmdebstrap does what a test says, with the directory that it is to make as `$1`. */
async function makeMachine(script: string) {
  const directory = await makeDirectory({ "view.sh": "" });
  const output = path.join(directory.path, "output");
  const fake = path.join(directory.path, "mmdebstrap");
  const calls = path.join(directory.path, "calls");
  await fs.mkdir(output);
  const mmdebstrap = async (text: string): Promise<void> => {
    const head = `#!/bin/bash\necho "$*" >>${calls}\nSTARTED=${directory.path}/started\nset -- "\${@: -1}"\nmkdir -p "$1"\n`;
    await fs.writeFile(fake, `${head}${text}\n`, { mode: 0o755 });
  };
  await mmdebstrap(script);
  return {
    output,
    mmdebstrap,
    calls: async () => fs.readFile(calls, "utf8"),
    /** `prepare` comes first, `prefix` in front of the command, `then` while it runs in the background. */
    async build(name: string, options: readonly string[], prepare = "", prefix = "", then = ""): Promise<Ended> {
      const view = `mount -t tmpfs none /mnt && mkdir /mnt/upper /mnt/work
mount -t overlay -o lowerdir=/usr/bin,upperdir=/mnt/upper,workdir=/mnt/work none /usr/bin
rm -f /usr/bin/mmdebstrap; cp ${fake} /usr/bin/mmdebstrap
OUTPUT=${output}; STARTED=${directory.path}/started
${prepare}
${prefix} "$@" ${then === "" ? "" : `& ${then}`}`;
      const command = [process.execPath, "--disable-warning=ExperimentalWarning", main, "runtime", "build", ...options];
      const parameters = ["--mount", "sh", "-c", view, "view", ...command, "--output", path.join(output, name)];
      const env = { ...process.env, GUST_COMMAND: "gust" };
      return promisify(execFile)("unshare", parameters, { env, cwd: "/" }).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        (error: unknown) => error as Ended,
      );
    },
    [Symbol.asyncDispose]: async () => directory[Symbol.asyncDispose](),
  };
}
