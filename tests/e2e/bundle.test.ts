import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { withoutContainers } from "../containers.ts";
import { clientOf, deploy, type PackageFiles } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";

const runtime = { Runtime: "Nodejs26.10" };
const numbers = Array.from({ length: 12 }, (_, n) => n);

/** Says where its own modules think they are, fails in one of them, and looks at what was laid over its package. */
const commonjs: PackageFiles = {
  ...Object.fromEntries(
    numbers.map((n) => [
      `lib/m${n}.js`,
      `"use strict";\nexports.at = [__dirname, __filename];\nexports.fail = () => {\n  throw new Error("from m${n}");\n};\n`,
    ]),
  ),
  "data.json": `{"text": "from a file"}`,
  "index.js": `${numbers.map((n) => `const m${n} = require("./lib/m${n}.js");`).join("\n")}
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const load = \`require("node:module").enableCompileCache({ directory: "/var/user/.gust/cache", portable: true }); require("/var/user/.gust/index.cjs")\`;
exports.main_handler = (event) => {
  if (event.fail) m3.fail();
  if (event.cache) {
    const env = { ...process.env, NODE_DEBUG_NATIVE: "COMPILE_CACHE" };
    return execFileSync("/bin/sh", ["-c", '"$0" -e "$1" 2>&1', process.execPath, load], { env, encoding: "utf8" });
  }
  const own = JSON.parse(fs.readFileSync(__dirname + "/data.json", "utf8")).text;
  return [m7.at, own, fs.existsSync("/var/user/.gust") ? fs.readdirSync("/var/user/.gust").sort() : null];
};
`,
};

const modules: PackageFiles = {
  ...Object.fromEntries(
    numbers.map((n) => [
      `lib/m${n}.mjs`,
      `export const at${n} = import.meta.url;\nexport const fail${n} = () => { throw new Error("from m${n}"); };\n`,
    ]),
  ),
  "index.mjs": `${numbers.map((n) => `import { at${n}, fail${n} } from "./lib/m${n}.mjs";`).join("\n")}
import fs from "node:fs";
const late = await Promise.resolve("awaited");
export const main_handler = (event) => {
  if (event.fail) fail3();
  return [at7, late, fs.existsSync("/var/user/.gust/index.mjs")];
};
`,
};

describe("bundles", { skip: withoutContainers, timeout: 90_000 }, () => {
  let server: RunningServer;
  before(async () => {
    server = await startServer({ environment: { GUST_SANDBOX: "oci" } });
  });
  after(() => server[Symbol.asyncDispose]());

  async function invoke(name: string, event: object = {}): Promise<Record<string, unknown>> {
    const call = { FunctionName: name, ClientContext: JSON.stringify(event) };
    return Object((await clientOf(server).call("Invoke", call))["Result"]);
  }
  const answer = async (name: string, event?: object): Promise<unknown> =>
    JSON.parse(String((await invoke(name, event))["RetMsg"]));

  it("are what a function of many files runs, which notices nothing", async () => {
    await deploy(server, "many", commonjs, runtime);
    const at = ["/var/user/lib", "/var/user/lib/m7.js"];
    assert.deepEqual(await answer("many"), [at, "from a file", ["cache", "index.cjs", "index.cjs.map"]]);
    const failed = String((await invoke("many", { fail: true }))["RetMsg"]);
    assert.match(failed, /at exports2?\.fail.*\/var\/user\/lib\/m3\.js:4:9/);
    assert.match(failed, /main_handler.*\/var\/user\/index\.js:\d+:\d+/);
  });

  it("come with what V8 made of them, and Node.js takes it from the read-only image", async () => {
    assert.match(String(await answer("many", { cache: true })), /index\.cjs was accepted/);
  });

  it("are made of ES modules too, with a top-level await", async () => {
    await deploy(server, "modules", modules, runtime);
    assert.deepEqual(await answer("modules"), ["file:///var/user/lib/m7.mjs", "awaited", true]);
    assert.match(String((await invoke("modules", { fail: true }))["RetMsg"]), /\/var\/user\/lib\/m3\.mjs:2:\d+/);
  });

  it("are not made where they would be another program, or their owner does not want them", async () => {
    const dynamic = { ...commonjs, "lib/m5.js": `exports.load = (name) => require(name);` };
    await deploy(server, "dynamic", dynamic, runtime);
    assert.equal(Object(await answer("dynamic"))[2], null);
    assert.match(server.output(), /not bundled: lib\/m5\.js:1: /);
    const { Data: logs } = await clientOf(server).call("GetFunctionLogs", { FunctionName: "dynamic", Limit: 100 });
    assert.match(JSON.stringify(logs), /The code runs as it is: not bundled: lib\/m5\.js:1: /);
    const off = { Environment: { Variables: [{ Key: "GUST_BUNDLE", Value: "off" }] } };
    await deploy(server, "unwanted", commonjs, { ...runtime, ...off });
    assert.equal(Object(await answer("unwanted"))[2], null);
    const own = { ".gust/index.cjs": `exports.main_handler = () => "not the handler";` };
    await deploy(server, "namesake", { ...commonjs, ...own }, runtime);
    assert.deepEqual(Object(await answer("namesake"))[2], ["index.cjs"]);
    await deploy(server, "said", { ...commonjs, "package.json": `{"gust": {"bundle": false}}` }, runtime);
    assert.equal(Object(await answer("said"))[2], null);
  });

  it("of Python are its compiled modules", async () => {
    const files = {
      ...Object.fromEntries(numbers.map((n) => [`parts/m${n}.py`, `value = ${n}\n`])),
      "parts/broken.py": "print 'of another Python'\n",
      "index.py": `import glob\nfrom parts import m3\ndef main_handler(event, context):\n    return [m3.value, m3.__cached__, len(glob.glob("/var/user/parts/__pycache__/*.pyc"))]\n`,
    };
    await deploy(server, "snake", files, { Runtime: "Python3.10" });
    const [value, cached, count] = Object(await answer("snake"));
    assert.deepEqual([value, count], [3, numbers.length]);
    assert.match(cached, /^\/var\/user\/parts\/__pycache__\/m3\.cpython-3\d+\.pyc$/);
  });
});
