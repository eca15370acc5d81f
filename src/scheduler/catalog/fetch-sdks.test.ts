import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { it } from "node:test";
import { sdkPackageNames } from "../../sandbox/index.ts";
import { FakePackages } from "../testing/fake-packages.ts";
import { fetchSdks } from "./fetch-sdks.ts";

/** Whether such code has the built-in packages fetched. */
async function fetches(runtime: string, files: Readonly<Record<string, string>>): Promise<boolean> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-sdks-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(directory, name)), { recursive: true });
      await writeFile(path.join(directory, name), text);
    }
    const packages = new FakePackages();
    for (const name of Object.values(sdkPackageNames)) packages.missing.add(name);
    const all = packages.missing.size;
    const signal = new AbortController().signal;
    await fetchSdks({ runtime }, directory, packages, { signal, tell: () => undefined });
    return packages.missing.size < all;
  } finally {
    await rm(directory, { recursive: true });
  }
}

it("fetches built-in packages for Python code that names one and does not bring it", async () => {
  const python = (text: string, more = {}) => fetches("Python3.10", { "index.py": text, ...more });
  assert.equal(await python("import json\nimport os, requests\n"), true);
  assert.equal(await python("  from qcloud_cos.cos_auth import CosS3Auth\n"), true);
  assert.equal(await python("from starlette.requests import Request\nimport mine.requests\n"), false);
  assert.equal(await python("import requests\n", { "requests/__init__.py": "" }), false);
  assert.equal(await python("requests = 1\n"), false);
  const installed = { "otel/init.py": "import requests\n", "otel-1.dist-info/RECORD": "otel/init.py,sha256=x,9\n" };
  assert.equal(await python("import otel\n", installed), false, "what pip installed brings what it needs");
});

it("fetches them for JavaScript likewise, of which packages in node_modules are not looked at", async () => {
  const node = (text: string, more = {}) => fetches("Nodejs26", { "index.mjs": text, ...more });
  const name = "cos-nodejs-sdk-v5";
  assert.equal(await node(`import COS from "${name}";`), true);
  assert.equal(await node(`import COS from "${name}";`, { [`node_modules/${name}/package.json`]: "{}" }), false);
  assert.equal(await node("", { "node_modules/other/index.js": `require("${name}")` }), false);
});
