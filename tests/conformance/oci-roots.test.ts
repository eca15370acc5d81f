import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { createOciDriver, runtimePrograms } from "../../src/sandbox/index.ts";
import { newSandboxId } from "../../src/core/index.ts";
import { withoutContainers } from "../containers.ts";
import { gust, makeDirectory } from "../gust-command.ts";
import { keptDirectory } from "../kept-directory.ts";
import { BoxMaker, keepingLogger, soon, type MakeDriver } from "./box-maker.ts";
import { collect, initMessage } from "./channel-requests.ts";
import { codeCases } from "./oci-code.suite.ts";
import { nodeFunctionCases } from "./node-functions.suite.ts";

const repository = path.resolve(import.meta.dirname, "../..");
const programDirectories = [path.join(import.meta.dirname, "fixtures")];
type Options = Partial<Parameters<typeof createOciDriver>[0]>;

/** Containers that see the suite's own programs, with what a test wants otherwise. */
function ociDriver(special: Options): MakeDriver {
  return async (options) => createOciDriver({ ...options, programDirectories, ...special });
}

if (withoutContainers === false) {
  codeCases("in images without loop devices", ociDriver({ codeWays: ["erofs"] }));
  codeCases("in images through loop devices", ociDriver({ codeWays: ["erofs-loop"] }));
  codeCases("below overlays, where EROFS is missing", ociDriver({ codeWays: ["overlay"] }));
  codeWayCases();
  const image = await buildImage();
  if (image.path === null)
    describe("a root of its own", () => void it("is not tried", { skip: image.why }, () => undefined));
  else rootCases(image.path);
} else {
  describe("the roots of boxes", () => void it("are not tried", { skip: withoutContainers }, () => undefined));
}

function codeWayCases(): void {
  it("a host that can mount code in no way says so, and keeps nothing", async () => {
    await using directory = await makeDirectory();
    const runDirectory = path.join(directory.path, "run");
    const made = createOciDriver({ runDirectory, logger: keepingLogger([]), codeWays: [] });
    await assert.rejects(made, /Code cannot be mounted on this host/);
    const id = createHash("sha256")
      .update(await fs.realpath(runDirectory))
      .digest("hex")
      .slice(0, 16);
    assert.equal(existsSync(`/run/gust-${id}`), false);
  });
}

/** Once for the sources that build it; why not, where Debian's packages cannot be had. */
async function buildImage(): Promise<
  { readonly path: string; readonly why: "" } | { readonly path: null; readonly why: string }
> {
  const sources = path.join(repository, "cli/root-image");
  const content = readdirSync(sources).map((name) => readFileSync(path.join(sources, name), "utf8"));
  const parent = path.join(repository, "node_modules/.cache");
  try {
    await fs.mkdir(parent, { recursive: true });
    const make = async (directory: string): Promise<void> => {
      await fs.mkdir(directory);
      const { code, stderr } = await gust(["runtime", "build", "--output", path.join(directory, "root.erofs")]);
      if (code !== 0) {
        await fs.rm(directory, { recursive: true });
        throw new Error(stderr.split("\n").findLast((line) => line.startsWith("gust: ")) ?? stderr);
      }
    };
    const kept = await keptDirectory({ name: "root", content: content.join(), parent, make });
    return { path: path.join(kept, "root.erofs"), why: "" };
  } catch (error) {
    return { path: null, why: error instanceof Error ? error.message : String(error) };
  }
}

function rootCases(image: string): void {
  nodeFunctionCases("a root of Debian packages", ociDriver({ rootDirectory: image }));

  describe("a root of Debian packages", { concurrency: false }, () => {
    let maker: BoxMaker;
    before(async () => (maker = await BoxMaker.make(ociDriver({ rootDirectory: image }))));
    after(async () => maker[Symbol.asyncDispose]());

    it("is all that boxes see, with an interpreter of its own", async () => {
      const seen = await run(maker, [
        "import json, os, ssl, sys",
        'manifest = json.load(open("/usr/share/gust/root.json"))',
        "roots = ssl.create_default_context().cert_store_stats()['x509_ca']",
        "names = [os.path.exists(name) for name in ('/usr/bin/mkfs.erofs', '/usr/sbin/nft', '/etc/shadow', '/etc/apt')]",
        "print(json.dumps([manifest['packages']['python3'], sys.version.split()[0], roots > 50, names]))",
      ]);
      const [packaged, version, hasRoots, names] = JSON.parse(seen) as [string, string, boolean, boolean[]]; // as written above
      assert.equal(packaged.startsWith(version), true, `${packaged} is not ${version}`);
      assert.equal(hasRoots, true);
      assert.deepEqual(names, [false, false, false, false]); // of this host
      assert.match(
        maker.driver.capabilities().notes.join(" "),
        /Boxes see the system of \S+root\.erofs \(Debian bookworm, \d+ packages\)/,
      );
    });

    it("has compiled modules that are taken without a look at their sources", async () => {
      const flags = await run(maker, ["import json.decoder as d", "print(open(d.__cached__, 'rb').read(8)[4])"]);
      assert.equal(flags.trim(), "1");
    });

    it("can be a directory", async () => {
      await using directory = await makeDirectory();
      const shared = `/run/gust-${createHash("sha256")
        .update(await fs.realpath(maker.runDirectory))
        .digest("hex")
        .slice(0, 16)}/root`;
      for (const name of ["usr", "etc"]) await fs.symlink(path.join(shared, name), path.join(directory.path, name));
      for (const name of ["bin", "sbin", "lib", "lib64"]) {
        await fs.symlink(`usr/${name}`, path.join(directory.path, name));
      }
      await using other = await BoxMaker.make(ociDriver({ rootDirectory: directory.path }));
      assert.match(other.driver.capabilities().notes.join(" "), new RegExp(`${directory.path} \\(Debian bookworm`));
      await using box = await other.create();
      assert.ok(box.memory().currentBytes > 0);
    });
  });

  describe("a root that is nothing", () => {
    const wrong = async (rootDirectory: string): Promise<string> => {
      await using directory = await makeDirectory();
      const runDirectory = path.join(directory.path, "run");
      const error = await createOciDriver({ runDirectory, logger: keepingLogger([]), rootDirectory }).then(
        () => assert.fail("a driver was made"),
        (reason: unknown) => reason,
      );
      const id = createHash("sha256")
        .update(await fs.realpath(runDirectory))
        .digest("hex")
        .slice(0, 16);
      assert.equal(existsSync(`/run/gust-${id}`), false);
      assert.ok(error instanceof Error);
      return error.message;
    };

    it("is refused with what is wrong with it, and leaves nothing", async () => {
      await using directory = await makeDirectory({ "text.erofs": "no image" });
      await fs.mkdir(path.join(directory.path, "usr/bin"), { recursive: true });
      assert.match(
        await wrong("/nowhere/root"),
        /\/nowhere\/root cannot be used: it is not there \(gust runtime build/,
      );
      assert.match(await wrong("/dev/null"), /it is neither a directory nor an image/);
      assert.match(await wrong(path.join(directory.path, "text.erofs")), /it cannot be mounted as EROFS/);
      assert.match(
        await wrong(directory.path),
        /it is without \/usr\/bin\/sh \(package dash\), .*\(package libstdc\+\+6\)/,
      );
    });
  });
}

const handler = `import contextlib, io
def main_handler(event, context):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(event["program"], {})
    return out.getvalue()
`;

/** What a Python program prints in a box of its own. */
async function run(maker: BoxMaker, program: readonly string[]): Promise<string> {
  const { codeDirectory } = maker;
  await fs.writeFile(path.join(codeDirectory, "index.py"), handler);
  await using box = await maker.driver.create(
    { id: newSandboxId(), program: runtimePrograms.python3 },
    { signal: soon() },
  );
  const assignment = { codeDirectory, memoryMb: 128 };
  await box.assign(assignment, { signal: soon() });
  const { codeRoot } = box.paths(assignment);
  const message = { ...initMessage, form: "event", codeRoot, handler: "index.main_handler" } as const;
  const outcome = await box.channel.init(message, { signal: soon() });
  assert.equal(outcome.kind, "initialized", JSON.stringify(outcome));
  const { receiver, answer, attach } = collect();
  const body = JSON.stringify({ program: program.join("\n") });
  attach(box.channel.open({ kind: "event", requestId: "r", deadlineMs: 20_000, pairs: [], body }, receiver));
  return String(JSON.parse((await answer).body.toString()));
}
