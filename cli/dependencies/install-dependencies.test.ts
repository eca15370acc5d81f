import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Terminal } from "../terminal/terminal.ts";
import { lockSocket } from "./directory-lock.ts";
import { installDependencies } from "./install-dependencies.ts";
import { missingPackages } from "./missing-packages.ts";

/** Puts `first` there, tells, and puts `last` there when it is told to. */
const slowNpm =
  "mkdir -p node_modules/first; echo run >> runs; echo > begun; read line < goOn; mkdir node_modules/last";
const quickNpm = "mkdir -p node_modules/first node_modules/last; echo run >> runs";

describe("installing the dependencies of a directory", () => {
  const { PATH: oldPath } = process.env;
  let folder: string;
  let directory: string;

  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "gust-dependencies-"));
    directory = path.join(folder, "function");
    await fs.mkdir(directory);
    await fs.writeFile(path.join(directory, "package.json"), '{"dependencies":{"first":"1","last":"1"}}');
    process.env["PATH"] = `${folder}${path.delimiter}${oldPath}`;
  });
  afterEach(async () => {
    process.env["PATH"] = oldPath;
    await fs.rm(folder, { recursive: true });
  });

  const npmIs = (script: string): Promise<void> =>
    fs.writeFile(path.join(folder, "npm"), `#!/bin/sh\nset -e\n${script}\n`, { mode: 0o755 });

  /** Installs, and hears what it says meanwhile. */
  function install(onUpdate: (text: string) => void = () => {}, signal = new AbortController().signal): Promise<void> {
    const terminal = new Terminal({ json: true });
    terminal.progress = () => ({ update: onUpdate, [Symbol.dispose]: () => undefined });
    return installDependencies(directory, { terminal, signal });
  }

  async function present(): Promise<string[]> {
    return (await fs.readdir(path.join(directory, "node_modules"))).toSorted();
  }

  async function runs(): Promise<number> {
    return (await fs.readFile(path.join(directory, "runs"), "utf8")).split("\n").length - 1;
  }

  async function begins(script: string): Promise<void> {
    await npmIs(script);
    const fifos = spawn("mkfifo", ["begun", "goOn"], { cwd: directory });
    assert.deepEqual(await once(fifos, "close"), [0, null]);
  }

  it("a second one waits for the first and finds all of it", async () => {
    await begins(slowNpm);
    const first = install();
    await fs.readFile(path.join(directory, "begun"));
    const waits = Promise.withResolvers<void>();
    const second = install((text) => {
      if (text.startsWith("another gust deploy installs")) waits.resolve();
    });
    const late = second.then(present);
    await waits.promise;
    assert.deepEqual(await present(), [".gust-unfinished", "first"]);
    await fs.writeFile(path.join(directory, "goOn"), "\n");
    await first;
    assert.deepEqual(await late, ["first", "last"]);
    await install();
    assert.equal(await runs(), 1);
  });

  it("one that is interrupted or fails leaves nothing behind", async () => {
    await begins(slowNpm);
    const interrupt = new AbortController();
    const interrupted = install(() => {}, interrupt.signal);
    await fs.readFile(path.join(directory, "begun"));
    interrupt.abort();
    await assert.rejects(interrupted, /Interrupted/);
    await npmIs("mkdir -p node_modules/first; echo no such version >&2; exit 1");
    await assert.rejects(install(), /npm install failed in .*: no such version/);
    await assert.rejects(present(), { code: "ENOENT" });
  });

  it("what one left that was killed is replaced, unless npm has mended it", async () => {
    const left = async (...names: string[]): Promise<void> => {
      await fs.mkdir(path.join(directory, "node_modules/old"), { recursive: true });
      for (const name of names) await fs.writeFile(path.join(directory, "node_modules", name), "");
    };
    await npmIs(quickNpm);
    await left(".gust-unfinished");
    await install();
    assert.deepEqual(await present(), ["first", "last"]);
    await left(".gust-unfinished", ".package-lock.json");
    await install();
    assert.deepEqual(await present(), [".package-lock.json", "first", "last", "old"]);
    assert.equal(await runs(), 1);
  });

  it("a process that is killed holds nobody up", async () => {
    await npmIs(quickNpm);
    const lock = path.join(import.meta.dirname, "directory-lock.ts");
    const program = `const { lockDirectory } = await import(${JSON.stringify(lock)});
      await lockDirectory(${JSON.stringify(directory)}, { signal: new AbortController().signal, onWaiting() {} });
      console.log("locked");
      setInterval(() => {}, 1_000);`;
    const holder = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    assert.equal(String((await once(holder.stdout, "data"))[0]), "locked\n");
    const heard: string[] = [];
    await install((text) => {
      heard.push(text.split(" in ")[0] ?? "");
      holder.kill("SIGKILL");
    });
    assert.deepEqual(heard, ["another gust deploy installs", "npm install --omit=dev"]);
    assert.deepEqual(await present(), ["first", "last"]);
  });

  it("a lock whose name is a file outlasts a process that was killed, and is given back", async () => {
    const name = path.join(folder, "lock.sock");
    const program = `require("node:net").createServer().listen(${JSON.stringify(name)}, () => process.kill(process.pid, "SIGKILL"))`;
    await once(spawn(process.execPath, ["-e", program]), "close");
    const { signal } = new AbortController();
    await fs.access(name);
    const first = await lockSocket(name, { signal, onWaiting: () => {} });
    const waits = Promise.withResolvers<void>();
    let isGiven = false;
    const second = lockSocket(name, { signal, onWaiting: () => waits.resolve() });
    void second.then(() => (isGiven = true));
    await waits.promise;
    assert.equal(isGiven, false);
    first[Symbol.dispose]();
    (await second)[Symbol.dispose]();
  });

  it("a node_modules that lacks something is taken as it is, and what it lacks is said", async () => {
    await fs.mkdir(path.join(directory, "node_modules/first"), { recursive: true });
    await install();
    assert.deepEqual(await present(), ["first"]);
    const code = { path: directory };
    const wanted = {
      namespace: "default",
      name: "shop",
      type: "Event",
      runtime: "Nodejs26",
      code,
      triggers: null,
    } as const;
    assert.match(
      (await missingPackages({ ...wanted, configuration: {} })).join("\n"),
      /^node_modules of shop is taken as it is, and lacks last of its package.json: npm install --omit=dev in /,
    );
    const layers = [{ LayerName: "words", LayerVersion: 1 }];
    assert.deepEqual(await missingPackages({ ...wanted, configuration: { Layers: layers } }), []);
  });
});
