import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { bundleCode } from "./bundle-code.js";

const packages = fileURLToPath(new URL("../../../node_modules", import.meta.url));
const tools = {
  npmProgram: "",
  esbuildModule: path.join(packages, "esbuild/lib/main.js"),
  esbuildBinary: path.join(packages, `@esbuild/${process.platform}-${process.arch}/bin/esbuild`),
};

type Files = Readonly<Record<string, string>>;

/** Bundles files in a directory of their own, and hands over what came of it. */
async function bundled<Value>(
  files: Files,
  entry: string,
  use: (made: Awaited<ReturnType<typeof bundleCode>>, directory: string) => Value | Promise<Value>,
): Promise<Value> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-bundle-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(directory, name)), { recursive: true });
      await writeFile(path.join(directory, name), text);
    }
    const options = { codeRoot: directory, tools, fewestModules: 2 };
    return await use(await bundleCode(path.join(directory, entry), options), directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** What a bundle of CommonJS exports. */
async function exportsOf(files: Files): Promise<unknown> {
  return bundled(files, "index.js", async ({ code }, directory) => {
    const place = path.join(directory, "elsewhere/index.cjs");
    await mkdir(path.dirname(place));
    await writeFile(place, code);
    return JSON.parse(JSON.stringify(createRequire(place)(place)).replaceAll(directory, "/var/user"));
  });
}

const lib = { "lib/a.js": `exports.a = 1;` };

describe("a bundle", () => {
  it("is the same program: circles, JSON, places, names, what is not there", async () => {
    const files = {
      "index.js": `#!/usr/bin/env node
"use strict"
exports.strict = (function () { return this === undefined; })();
exports.circle = require("./lib/a.js").b.seenA;
exports.json = require("./data.json").text;
exports.place = require("./lib/place").place;
exports.names = [require("./lib/a.js").run.name, require("pack").name];
try { require("absent"); } catch (error) { exports.absent = error.code; }`,
      "lib/a.js": `exports.early = 1; exports.b = require("./b.js"); exports.run = function run() {};`,
      "lib/b.js": `exports.seenA = Object.keys(require("./a.js"));`,
      "lib/place.js": `const of = (__dirname) => __dirname; exports.place = [__dirname, __filename, of("own")];`,
      "data.json": `{"text": "中文"}`,
      "node_modules/pack/package.json": `{"main": "main.js", "module": "module.mjs", "exports": {"module": "./module.mjs", "require": "./main.js"}}`,
      "node_modules/pack/main.js": `module.exports = { name: "as Node.js takes it" };`,
      "node_modules/pack/module.mjs": `export const name = "as bundlers take it";`,
    };
    assert.deepEqual(await exportsOf(files), {
      strict: true,
      circle: ["early"],
      json: "中文",
      place: ["/var/user/lib", "/var/user/lib/place.js", "own"],
      names: ["run", "as Node.js takes it"],
      absent: "MODULE_NOT_FOUND",
    });
  });

  it("of ES modules has their exports, and names the files in its source map", async () => {
    const files = {
      "index.mjs": `import { url } from "./lib/b.mjs";\nimport legacy from "./lib/c.mjs";\nexport const main_handler = () => [url, legacy];`,
      "lib/b.mjs": `const __dirname = "its own";\nexport const url = [import.meta.url, __dirname];`,
      "lib/c.mjs": `import { constants } from "node:fs";\nexport default { default: 1, fs: constants.R_OK };`,
    };
    await bundled(files, "index.mjs", async ({ code, ending, sourceMap, modules }, directory) => {
      assert.deepEqual([ending, modules], [".mjs", 3]);
      const place = path.join(directory, "bundle.mjs");
      await writeFile(place, code);
      const { main_handler: handler } = await import(place);
      const url = `file://${directory}/lib/b.mjs`;
      assert.deepEqual(JSON.parse(JSON.stringify(handler())), [[url, "its own"], { default: 1, fs: 4 }]);
      const { sources } = JSON.parse(sourceMap) as { sources: string[] };
      assert.deepEqual(
        sources.toSorted(),
        ["index.mjs", "lib/b.mjs", "lib/c.mjs"].map((name) => path.join(directory, name)),
      );
    });
  });

  const refusals: readonly (readonly [string, Files, RegExp])[] = [
    [
      "a computed require",
      { "index.js": `require("./lib/a.js"); exports.x = (name) => require(name);` },
      /index\.js:1: .*not a string literal/,
    ],
    [
      "a computed require of a dependency",
      {
        "index.js": `require("./lib/a.js"); require("p");`,
        "node_modules/p/index.js": `exports.x = (name) => require(name);`,
      },
      /node_modules\/p\/index\.js:1: /,
    ],
    [
      "a computed import",
      { "index.js": `require("./lib/a.js"); exports.x = (name) => import(name);` },
      /not a string literal/,
    ],
    ["a require that is handed on", { "index.js": `require("./lib/a.js"); exports.x = require;` }, /index\.js:1: /],
    [
      "require.resolve",
      { "index.js": `require("./lib/a.js"); exports.x = require.resolve("./lib/a.js");` },
      /index\.js:1: /,
    ],
    [
      "require.main",
      { "index.js": `require("./lib/a.js"); if (require.main === module) exports.x = 1;` },
      /require\.main/,
    ],
    ["require.cache", { "index.js": `require("./lib/a.js"); exports.x = require.cache;` }, /require\.cache/],
    ["module.parent", { "index.js": `require("./lib/a.js"); if (!module.parent) exports.x = 1;` }, /module\.parent/],
    ["a native addon", { "index.js": `require("./lib/a.js"); require("./x.node");`, "x.node": "" }, /\.node/],
    [
      "what Node.js would not load like that",
      { "index.js": `require("./lib/a.js"); exports.x = require("./x.css");`, "x.css": "" },
      /x\.css/,
    ],
    [
      "an ES module that nobody calls one",
      { "index.js": `import "./lib/a.js"; export const x = 1;` },
      /"type": "module"/,
    ],
    [
      "modules of both kinds, of which one is always strict",
      { "index.mjs": `import "./lib/c.cjs"; export const x = 1;`, "index.js": "", "lib/c.cjs": `total = 1;` },
      /index\.mjs is an ES module, and lib\/c\.cjs is CommonJS/,
    ],
    ["eval", { "index.js": `require("./lib/a.js"); exports.x = eval("require")("./lib/a.js");` }, /eval\(/],
    [
      "code made of text",
      { "index.js": `require("./lib/a.js"); exports.x = new Function("return 1");` },
      /new Function/,
    ],
    [
      "functions that run elsewhere",
      { "index.js": `require("./lib/a.js"); exports.x = require("node:vm");` },
      /node:vm/,
    ],
    ["a module that is handed on", { "index.js": `require("./lib/a.js"); const { id } = module;` }, /= module/],
    ["one module alone", { "index.js": `exports.x = 1;` }, /1 modules, and below 2/],
    ["code that is none", { "index.js": `require("./lib/a.js"); exports.x = ;` }, /index\.js:1: /],
  ];
  for (const [name, files, reason] of refusals) {
    it(`is not made of ${name}`, async () => {
      const entry = "index.mjs" in files ? "index.mjs" : "index.js";
      await assert.rejects(async () => bundled({ ...lib, ...files }, entry, () => undefined), reason);
    });
  }
});
