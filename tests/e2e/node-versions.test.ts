import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { withoutContainers } from "../containers.ts";
import { clientOf, deploy } from "../deployed-function.ts";
import { startGust } from "../gust-command.ts";
import { nodePackages } from "../../src/sandbox/index.ts";
import { giveKept, keptPackage } from "../kept-package.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";

const says = "[process.version, require('node:child_process').execSync('node --version').toString().trim()]";
const event = { "index.js": `exports.main_handler = async () => ${says};` };
const http = { "index.js": `exports.main_handler = (req, res) => res.end(JSON.stringify(${says}));` };
const server = `require('node:http').createServer((req, res) => res.end(JSON.stringify(${says}))).listen(process.env.PORT);`;

const node = await keptPackage(nodePackages(), "node18");
/** Nothing listens there. */
const noRegistry = "http://127.0.0.1:1/";

for (const sandbox of ["process", "oci"] as const) {
  const skip = typeof node === "string" ? node : sandbox === "oci" && withoutContainers;
  describe(`functions on an older Node.js, ${sandbox}`, { skip }, () => {
    let dataDirectory = "";
    let gust: RunningServer;

    before(async () => {
      dataDirectory = await makeDataDirectory();
      if (typeof node === "string") return;
      await giveKept(dataDirectory, node);
      const cache = path.join(dataDirectory, "npm-cache"); // the user's may have it
      const environment = { GUST_SANDBOX: sandbox, npm_config_registry: noRegistry, npm_config_cache: cache };
      gust = await startServer({ dataDirectory, environment });
    });
    after(async () => {
      await gust.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    });

    const own = (version: string): readonly string[] => [version, version];
    const reasonsOf = async (name: string): Promise<string> =>
      JSON.stringify((await clientOf(gust).call("GetFunction", { FunctionName: name }))["StatusReasons"]);

    it("run on it in all three forms, and so does what they start, without a registry", async () => {
      if (typeof node === "string") return;
      const expected = own(`v${node.version}`);
      await deploy(gust, "event-18", event, { Runtime: "Nodejs16.13" });
      const { Result: result } = await clientOf(gust).call("Invoke", { FunctionName: "event-18" });
      assert.deepEqual(JSON.parse(String(Object(result)["RetMsg"])), expected);
      assert.match(await reasonsOf("event-18"), /Nodejs16\.13 runs on Node\.js 18\./);

      const web = await deploy(gust, "http-18", http, { Runtime: "Nodejs18.15", Type: "HTTP" });
      assert.deepEqual(await (await fetch(web.url)).json(), expected);
      assert.equal(await reasonsOf("http-18"), "[]");

      const fields = { Runtime: "Nodejs8.9-service", Type: "HTTP", Handler: "app.js" };
      const service = await deploy(gust, "service-18", { "app.js": server }, fields);
      assert.deepEqual(await (await fetch(service.url)).json(), expected);
      assert.match(await reasonsOf("service-18"), /Nodejs8\.9-service runs on Node\.js 18\./);

      const interpreter = sandbox === "oci" ? "/var/lang/node18/bin/node" : "node";
      const script = { text: `#!/bin/sh\nexec ${interpreter} app.js\n`, mode: 0o755 };
      const bootstrap = { "app.js": server, scf_bootstrap: script };
      const started = await deploy(gust, "bootstrap-18", bootstrap, { Runtime: "Nodejs18.15", Type: "HTTP" });
      assert.deepEqual(await (await fetch(started.url)).json(), expected);
    });

    it("have their dependencies installed by it: what is compiled or chosen there loads", async () => {
      const abi = "process.versions.modules";
      const files = {
        "index.js": `const { readFileSync } = require("node:fs");
exports.main_handler = () => [${abi}, ...readFileSync("abi", "utf8").trim().split("\\n")];`,
        "package.json": JSON.stringify({
          scripts: { install: `node -p ${abi} > abi; "$npm_node_execpath" -p ${abi} >> abi` },
        }),
      };
      await deploy(gust, "installed-18", files, { Runtime: "Nodejs18.15", InstallDependency: "TRUE" });
      const { Result: result } = await clientOf(gust).call("Invoke", { FunctionName: "installed-18" });
      assert.deepEqual(JSON.parse(String(Object(result)["RetMsg"])), ["108", "108", "108"]);
    });

    it(
      "say why when theirs cannot be fetched, and are listed",
      { skip: sandbox === "oci" && "once is enough" },
      async () => {
        await assert.rejects(
          deploy(gust, "event-20", event, { Runtime: "Nodejs20.19" }),
          /CreateFailed.*Node\.js 20\.\d+\.\d+ \(npm: node-\w+-\w+@20\.\d+\.\d+\) could not be fetched: the package registry cannot be reached.*run gust runtime install node20, or deploy again/,
        );
        const run = (...args: string[]) => startGust([...args, "--data", dataDirectory]).ended;
        const { stdout } = await run("runtime", "list");
        assert.match(
          stdout,
          /^node18 +18\.\d+\.\d+ +npm: \S+ +installed +5 \(Nodejs16\.13, Nodejs18\.15, Nodejs8\.9-service\)$/m,
        );
        assert.match(stdout, /^node20 +20\.\d+\.\d+ +npm: \S+ +not there: the package registry cannot be reached/m);
        assert.match(stdout, /^node26 +26\.\d+\.\d+ +the platform's own +installed +0$/m);
        assert.match((await run("list")).stdout, /event-18 +event +Nodejs16\.13 \(18\.\d+\.\d+\)/);
        const failed = await run("runtime", "install", "node20");
        assert.match(failed.stderr, /node20 could not be installed: the package registry cannot be reached/);
        assert.equal(failed.code, 1);
        assert.equal((await run("runtime", "install", "node18")).code, 0, "what is there needs no registry");
        assert.equal((await run("runtime", "install", "node5")).code, 2);
      },
    );
  });
}
