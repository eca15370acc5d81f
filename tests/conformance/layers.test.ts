import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { withoutContainers } from "../containers.ts";
import { zipOf, type PackageFiles } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { codeOf, scfClient, untilActive, type ScfClient } from "./scf-client.ts";

const drivers = ["process", "oci"] as const;
const skips = { process: false, oci: withoutContainers } as const;

const runtimes = { node: "Nodejs26", python: "Python3.10" } as const;
const nodePackage = (name: string, text: string): PackageFiles => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: "1.0.0" }),
  [`node_modules/${name}/index.js`]: `module.exports = ${JSON.stringify(text)};`,
});

for (const driver of drivers) {
  describe(`layers under ${driver}, by the unmodified Node SDK of Tencent Cloud`, { skip: skips[driver] }, () => {
    let server: RunningServer;
    let client: ScfClient;
    before(async () => {
      server = await startServer({ environment: { GUST_SANDBOX: driver } });
      client = scfClient(server);
    });
    after(() => server[Symbol.asyncDispose]());

    const publish = async (LayerName: string, files: PackageFiles): Promise<number> => {
      const { LayerVersion: version } = await client.PublishLayerVersion({
        LayerName,
        CompatibleRuntimes: [runtimes.node, runtimes.python, "CustomRuntime"],
        Content: { ZipFile: await zipOf(files) },
        Description: "for tests",
        LicenseInfo: "Apache-2.0",
      });
      return version ?? 0;
    };
    const deploy = async (
      FunctionName: string,
      files: PackageFiles,
      layers: readonly (readonly [string, number])[],
      more: Record<string, unknown> = {},
    ): Promise<void> => {
      await client.CreateFunction({
        FunctionName,
        Runtime: runtimes.node,
        Handler: "index.main_handler",
        Code: { ZipFile: await zipOf(files) },
        Layers: layers.map(([LayerName, LayerVersion]) => ({ LayerName, LayerVersion })),
        ...more,
      });
      await untilActive(client, FunctionName);
    };
    const answerOf = async (FunctionName: string, Qualifier = "$LATEST"): Promise<unknown> => {
      const { Result: result } = await client.Invoke({ FunctionName, Qualifier, ClientContext: "{}" });
      assert.equal(result?.InvokeResult, 0, result?.ErrMsg ?? "");
      return JSON.parse(result?.RetMsg ?? "null");
    };

    it("go through their whole life", async () => {
      const zip = await zipOf({ "a.txt": "a" });
      const layer = { LayerName: "life", CompatibleRuntimes: [runtimes.node], Content: { ZipFile: zip } };
      assert.equal((await client.PublishLayerVersion({ ...layer, Description: "one" })).LayerVersion, 1);
      assert.equal((await client.PublishLayerVersion({ ...layer, Description: "two" })).LayerVersion, 2);
      const found = await client.GetLayerVersion({ LayerName: "life", LayerVersion: 1 });
      assert.deepEqual(
        [found.Description, found.Status, found.CompatibleRuntimes, found.CodeSha256?.length],
        ["one", "Active", [runtimes.node], 64],
      );
      const content = await fetch(found.Location ?? "");
      assert.equal(Buffer.from(await content.arrayBuffer()).toString("base64"), zip);
      const { Layers: layers, TotalCount: total } = await client.ListLayers({ SearchKey: "lif" });
      assert.deepEqual([total, layers?.map((one) => [one.LayerName, one.LayerVersion])], [1, [["life", 2]]]);
      const { LayerVersions: versions } = await client.ListLayerVersions({ LayerName: "life" });
      assert.deepEqual(
        versions?.map((one) => one.LayerVersion),
        [2, 1],
      );
      await client.DeleteLayerVersion({ LayerName: "life", LayerVersion: 2 });
      assert.equal(
        await codeOf(client.GetLayerVersion({ LayerName: "life", LayerVersion: 2 })),
        "ResourceNotFound.LayerVersion",
      );
      assert.equal((await client.PublishLayerVersion(layer)).LayerVersion, 3, "numbers are never used twice");
    });

    it("give modules to require and to import; the package's own and later layers win", async () => {
      const first = await publish("first", { ...nodePackage("greeting", "first"), ...nodePackage("base", "base") });
      const second = await publish("second", { ...nodePackage("greeting", "second"), ...nodePackage("own", "layer") });
      const lambda = await publish("lambda-style", {
        "nodejs/node_modules/pure/package.json": JSON.stringify({ name: "pure", type: "module", exports: "./pure.js" }),
        "nodejs/node_modules/pure/pure.js": 'import base from "base";\nexport const pure = "pure on " + base;',
      });
      const layers = [
        ["first", first],
        ["second", second],
        ["lambda-style", lambda],
      ] as const;
      const commonJs = `exports.main_handler = async () => ["greeting", "base", "own"].map((name) => require(name));`;
      await deploy("required", { "index.js": commonJs, ...nodePackage("own", "package") }, layers);
      assert.deepEqual(await answerOf("required"), ["second", "base", "package"]);
      const module = `
        import greeting from "greeting";
        import own from "own";
        import { pure } from "pure";
        const missing = await import("nowhere").catch((error) => error.code);
        export const main_handler = async () => [greeting, own, pure, missing];`;
      await deploy("imported", { "index.mjs": module, ...nodePackage("own", "package") }, layers);
      assert.deepEqual(await answerOf("imported"), ["second", "package", "pure on base", "ERR_MODULE_NOT_FOUND"]);
    });

    it("are laid over each other in the order of the function, whatever is below", async () => {
      const folder = await publish("folder", { "place/a": "folder", "place/b": "folder", "other/a": "folder" });
      const file = await publish("file", { place: "file", "other/b": "file" });
      const list = `
        const fs = require("node:fs");
        const root = process.env.NODE_PATH.split(":")[2];
        exports.main_handler = async () => fs.readdirSync(root, { recursive: true }).sort();`;
      const folderThenFile = [
        ["folder", folder],
        ["file", file],
      ] as const;
      await deploy("ordered", { "index.js": list }, folderThenFile);
      assert.deepEqual(await answerOf("ordered"), ["other", "other/a", "other/b", "place"]);
      const Layers = folderThenFile.toReversed().map(([LayerName, LayerVersion]) => ({ LayerName, LayerVersion }));
      await client.UpdateFunctionConfiguration({ FunctionName: "ordered", Layers });
      await untilActive(client, "ordered");
      assert.deepEqual(await answerOf("ordered"), ["other", "other/a", "other/b", "place", "place/a", "place/b"]);
    });

    it("give modules to Python, and programs to every runtime", async () => {
      const tools = await publish("tools", {
        "greeting.py": 'text = "root"',
        "python/inner.py": 'text = "python folder"',
        "bin/say": { text: "#!/bin/sh\necho said", mode: 0o755 },
      });
      const layers = [["tools", tools]] as const;
      const python = `
import greeting, inner, subprocess
def main_handler(event, context):
    return [greeting.text, inner.text, subprocess.check_output("say", text=True).strip()]`;
      await deploy("snake", { "index.py": python }, layers, { Runtime: runtimes.python });
      assert.deepEqual(await answerOf("snake"), ["root", "python folder", "said"]);
      const bootstrap = `#!/bin/sh
api="http://$SCF_RUNTIME_API:$SCF_RUNTIME_API_PORT/runtime"
node -e '
const { execFileSync } = require("node:child_process");
const api = process.argv[1];
(async () => {
  await fetch(api + "/init/ready", { method: "POST" });
  for (;;) {
    await (await fetch(api + "/invocation/next")).text();
    await fetch(api + "/invocation/response", { method: "POST", body: JSON.stringify(execFileSync("say", { encoding: "utf8" }).trim()) });
  }
})();' "$api"`;
      await deploy("own-runtime", { bootstrap: { text: bootstrap, mode: 0o755 } }, layers, {
        Runtime: "CustomRuntime",
      });
      assert.equal(await answerOf("own-runtime"), "said");
      const scf_bootstrap = `#!/bin/sh
exec node -e 'require("node:http").createServer((_, res) => res.end(require("node:child_process").execFileSync("say"))).listen(process.env.PORT)'`;
      await deploy("server", { scf_bootstrap: { text: scf_bootstrap, mode: 0o755 } }, layers, {
        Runtime: "CustomRuntime",
        Type: "HTTP",
      });
      assert.equal(await (await fetch(`${server.url}/~default/server/`)).text(), "said\n");
    });

    it("are kept by the functions and versions that have them, though they are deleted", async () => {
      const version = await publish("leaving", nodePackage("leaving", "still here"));
      const use = { LayerName: "leaving", LayerVersion: version };
      const code = { "index.js": `exports.main_handler = async () => require("leaving");` };
      await deploy("keeper", code, [["leaving", version]]);
      await client.PublishVersion({ FunctionName: "keeper" });
      await client.DeleteLayerVersion(use);
      assert.equal(await codeOf(deploy("late", code, [["leaving", version]])), "ResourceNotFound.Layer");
      await client.UpdateFunctionConfiguration({ FunctionName: "keeper", Timeout: 20, Layers: [use] });
      await untilActive(client, "keeper");
      assert.equal(await answerOf("keeper"), "still here");
      await client.CopyFunction({ FunctionName: "keeper", NewFunctionName: "copy" });
      await untilActive(client, "copy");
      assert.equal(await answerOf("copy"), "still here");
      const { Layers: told } = await client.GetFunction({ FunctionName: "copy" });
      assert.deepEqual(
        told?.map((one) => [one.LayerName, one.LayerVersion, one.Status]),
        [["leaving", version, "Deleted"]],
      );
      const none = [{ LayerName: "", LayerVersion: 0 }];
      await client.UpdateFunctionConfiguration({ FunctionName: "keeper", Layers: none });
      await untilActive(client, "keeper");
      assert.deepEqual((await client.GetFunction({ FunctionName: "keeper" })).Layers, []);
      const { Result: without } = await client.Invoke({ FunctionName: "keeper", ClientContext: "{}" });
      assert.match(without?.RetMsg ?? "", /Cannot find module 'leaving'/);
      assert.equal(await answerOf("keeper", "1"), "still here");
    });

    it("are at most five of a function, for its runtime, each once", async () => {
      const version = await publish("plenty", { a: "a" });
      const code = { "index.js": "exports.main_handler = async () => 1;" };
      const six = Array.from({ length: 6 }, () => ["plenty", version] as const);
      assert.equal(await codeOf(deploy("many", code, six)), "LimitExceeded.Layers");
      assert.equal(await codeOf(deploy("twice", code, six.slice(0, 2))), "InvalidParameterValue.Layers");
      assert.equal(
        await codeOf(deploy("unfit", code, six.slice(0, 1), { Runtime: "Nodejs16.13" })),
        "InvalidParameterValue.Layers",
      );
      assert.equal(await codeOf(deploy("absent", code, [["plenty", 99]])), "ResourceNotFound.LayerVersion");
    });

    it(
      "give libraries to an interpreter that ran before there were layers",
      { skip: driver === "process" ? "needs a place that is known before the layers are" : false },
      async () => {
        const library = await readFile(globSync("/usr/lib/*-linux-gnu/libm.so.6")[0] ?? "");
        const version = await publish("library", { "lib/libfromlayer.so": library });
        const code = `
import ctypes
def main_handler(event, context):
    cos = ctypes.CDLL("libfromlayer.so").cos
    cos.restype, cos.argtypes = ctypes.c_double, [ctypes.c_double]
    return cos(0.0)`;
        await deploy("linked", { "index.py": code }, [["library", version]], { Runtime: runtimes.python });
        assert.equal(await answerOf("linked"), 1);
      },
    );

    it(
      "cannot be written to",
      { skip: driver === "process" ? "the process driver isolates nothing" : false },
      async () => {
        const version = await publish("fixed", { "etc/file": "as published" });
        const code = `
        const fs = require("node:fs");
        const attempt = (act) => { try { act(); return "done"; } catch (error) { return error.code; } };
        exports.main_handler = async () => [
          attempt(() => fs.writeFileSync("/opt/new", "x")),
          attempt(() => fs.chmodSync("/opt/etc/file", 0o777)),
          attempt(() => fs.unlinkSync("/opt/etc/file")),
          fs.readFileSync("/opt/etc/file", "utf8"),
        ];`;
        await deploy("writer", { "index.js": code }, [["fixed", version]]);
        assert.deepEqual(await answerOf("writer"), ["EROFS", "EROFS", "EROFS", "as published"]);
      },
    );
  });
}
