import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { sdkPackageNames, sdkPackages } from "../../src/sandbox/index.ts";
import { silentLogger } from "../../src/scheduler/testing/fakes.ts";
import { withoutContainers } from "../containers.ts";
import { clientOf, deploy, zipOf } from "../deployed-function.ts";
import { giveKept, keptPackage } from "../kept-package.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";

/** Makes a client with each, without calling anybody, and says what it got. */
const clients = `
const credential = { secretId: "id", secretKey: "key" };
const api = new tencentcloud.scf.v20180416.Client({ credential, region: "ap-guangzhou", profile: {} });
const cos = new COS({ SecretId: "id", SecretKey: "key" });
wx.init({ env: "test" });
const app = tcb.init({ env: "test", ...credential });
const made = [typeof api.ListFunctions, typeof cos.putObject, typeof wx.database, typeof app.callFunction];
`;
const names = {
  tencentcloud: "tencentcloud-sdk-nodejs",
  COS: "cos-nodejs-sdk-v5",
  wx: "wx-server-sdk",
  tcb: "@cloudbase/node-sdk",
};
const lines = (line: (variable: string, name: string) => string): string =>
  Object.entries(names)
    .map(([variable, name]) => line(variable, name))
    .join("\n");
const required = `${lines((variable, name) => `const ${variable} = require("${name}");`)}${clients}exports.main_handler = async () => made;`;
const imported = `${lines((variable, name) => `import ${variable} from "${name}";`)}${clients}export const main_handler = async () => made;`;

/** A package of this name that says whose it is. */
const cosOf = (whose: string): Record<string, string> => ({
  "node_modules/cos-nodejs-sdk-v5/package.json": '{"name":"cos-nodejs-sdk-v5","main":"index.js"}',
  "node_modules/cos-nodejs-sdk-v5/index.js": `module.exports = "${whose}";`,
});
const requiresCos = 'exports.main_handler = async () => require("cos-nodejs-sdk-v5");';
const importsCos = 'import COS from "cos-nodejs-sdk-v5"; export const main_handler = async () => COS;';

const packages = await sdkPackages({ logger: silentLogger });
const sdks = await keptPackage(packages, sdkPackageNames.node);
const pythonSdks = await keptPackage(packages, sdkPackageNames.python);

const inPython = `
from qcloud_cos import CosConfig, CosS3Client
from tencentcloud.common import credential
from tencentcloud.scf.v20180416 import scf_client
import requests
cos = CosS3Client(CosConfig(Region="ap-guangzhou", SecretId="id", SecretKey="key"))
api = scf_client.ScfClient(credential.Credential("id", "key"), "ap-guangzhou")
def main_handler(event, context):
    return [callable(cos.put_object), callable(api.ListFunctions), requests.Request("GET", "http://a.test").url]
`;

for (const sandbox of ["process", "oci"] as const) {
  const skip = typeof sdks === "string" ? sdks : sandbox === "oci" && withoutContainers;
  describe(`built-in packages, ${sandbox}`, { skip }, () => {
    let dataDirectory = "";
    let gust: RunningServer;

    before(async () => {
      dataDirectory = await makeDataDirectory();
      if (typeof sdks === "string") return;
      await giveKept(dataDirectory, sdks);
      if (typeof pythonSdks !== "string") await giveKept(dataDirectory, pythonSdks);
      gust = await startServer({ dataDirectory, environment: { GUST_SANDBOX: sandbox } });
    });
    after(async () => {
      await gust.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    });

    async function result(name: string, files: Record<string, string>, fields: object = {}): Promise<unknown> {
      await deploy(gust, name, files, { Timeout: 30, InitTimeout: 60, MemorySize: 512, ...fields });
      const { Result: answer } = await clientOf(gust).call("Invoke", { FunctionName: name });
      assert.equal(Object(answer)["ErrMsg"], "");
      return JSON.parse(String(Object(answer)["RetMsg"]));
    }

    it("are there for require and for import", async () => {
      const expected = Array.from({ length: 4 }, () => "function");
      assert.deepEqual(await result("requires", { "index.js": required }), expected);
      assert.deepEqual(await result("imports", { "index.mjs": imported }), expected);
    });

    it(
      "are there in Python, and give way to the function's own",
      { skip: typeof pythonSdks === "string" && pythonSdks },
      async () => {
        const Runtime = "Python3.10";
        assert.deepEqual(await result("python", { "index.py": inPython }, { Runtime }), [true, true, "http://a.test"]);
        const own = {
          "requests.py": 'whose = "own"',
          "index.py": "import requests\nmain_handler = lambda event, context: requests.whose",
        };
        assert.equal(await result("python-own", own, { Runtime }), "own");
      },
    );

    it("give way to the function's own, and to those of its layers", async () => {
      for (const [form, file, source] of [
        ["require", "index.js", requiresCos],
        ["import", "index.mjs", importsCos],
      ] as const) {
        assert.equal(await result(`own-${form}`, { [file]: source, ...cosOf("the function's") }), "the function's");
        const LayerName = `cos-${form}`;
        const Content = { ZipFile: await zipOf(cosOf("the layer's")) };
        await clientOf(gust).call("PublishLayerVersion", { LayerName, CompatibleRuntimes: ["Nodejs26"], Content });
        const Layers = [{ LayerName, LayerVersion: 1 }];
        assert.equal(await result(`layer-${form}`, { [file]: source }, { Layers }), "the layer's");
      }
    });
  });
}

it("built-in packages that cannot be fetched fail no deployment, and its owner is told", async () => {
  const dataDirectory = await makeDataDirectory();
  const environment = { npm_config_registry: "http://127.0.0.1:1/", npm_config_cache: path.join(dataDirectory, "npm") };
  {
    await using gust = await startServer({ dataDirectory, environment: { GUST_SANDBOX: "process", ...environment } });
    const reasons = async (name: string, source: string): Promise<string> => {
      await deploy(gust, name, { "index.js": source });
      return JSON.stringify((await clientOf(gust).call("GetFunction", { FunctionName: name }))["StatusReasons"]);
    };
    assert.match(
      await reasons("names-one", `exports.main_handler = async () => require("cos-nodejs-sdk-v5");`),
      /PackagesMissing.*cos-nodejs-sdk-v5 is not there.*registry cannot be reached.*gust runtime install sdk-node/,
    );
    assert.equal(await reasons("names-none", "exports.main_handler = async () => 1;"), "[]");
  }
  await rm(dataDirectory, { recursive: true, force: true });
});
