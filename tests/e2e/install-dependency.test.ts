import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { withoutContainers } from "../containers.ts";
import { clientOf, deploy, waitUntilActive, zipOf, type PackageFiles } from "../deployed-function.ts";
import { gust, makeDirectory } from "../gust-command.ts";
import { startServer, type RunningServer } from "../running-server.ts";

const node = { InstallDependency: "TRUE", Runtime: "Nodejs26.10" };
const python = { InstallDependency: "TRUE", Runtime: "Python3.10" };

/** What it depends on is in the package itself, so that no test needs a network. */
function greeter(version: string, script = "touch ran-postinstall"): PackageFiles {
  return {
    "index.js": `exports.main_handler = () => [require("greeting"), require("node:fs").existsSync("ran-postinstall")];`,
    "package.json": JSON.stringify({
      dependencies: { greeting: "file:packages/greeting" },
      devDependencies: { absent: "file:packages/absent" },
      scripts: { postinstall: script },
    }),
    "packages/greeting/package.json": JSON.stringify({ name: "greeting", version, main: "index.js" }),
    "packages/greeting/index.js": `module.exports = "hello ${version}";`,
  };
}

/** A wheel is a zip with three files more than its modules. */
async function pythonGreeter(): Promise<Record<string, string | Buffer>> {
  const about = "greeting-1.0.dist-info";
  const wheel = await zipOf({
    "greeting.py": `text = "hello from a wheel"\n`,
    [`${about}/METADATA`]: "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n",
    [`${about}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`${about}/RECORD`]: "",
  });
  return {
    "index.py": "import greeting\ndef main_handler(event, context):\n    return greeting.text\n",
    "requirements.txt": "--no-index\n--find-links wheels\ngreeting\n",
    "wheels/greeting-1.0-py3-none-any.whl": Buffer.from(wheel, "base64"),
  };
}

async function answer(server: RunningServer, name: string, qualifier = "$LATEST"): Promise<unknown> {
  const { Result: told } = await clientOf(server).call("Invoke", { FunctionName: name, Qualifier: qualifier });
  return JSON.parse(String(Object(told)["RetMsg"]));
}

async function update(server: RunningServer, name: string, files: PackageFiles): Promise<string> {
  const code = { ZipFile: await zipOf(files) };
  await clientOf(server).call("UpdateFunctionCode", { FunctionName: name, Code: code, Handler: "index.main_handler" });
  return code.ZipFile;
}

/** Everything that GetFunction says until the function has settled; what is said while it waits comes first. */
async function statuses(server: RunningServer, name: string): Promise<Record<string, unknown>[]> {
  const seen: Record<string, unknown>[] = [];
  for (;;) {
    const found = await clientOf(server).call("GetFunction", { FunctionName: name });
    seen.push(found);
    if (!String(found["Status"]).endsWith("ing")) return seen;
    await once(AbortSignal.timeout(20), "abort");
  }
}

function builds(server: RunningServer): number {
  return server.output().split("A build is over").length - 1;
}

for (const sandbox of ["process", "oci"]) {
  const options = { skip: sandbox === "oci" && withoutContainers, timeout: 90_000 };
  describe(`InstallDependency, ${sandbox}`, options, () => {
    const environment = { GUST_SANDBOX: sandbox };
    let server: RunningServer;
    before(async () => {
      server = await startServer({ environment });
    });
    after(() => server[Symbol.asyncDispose]());

    it("installs what package.json asks for; the upload stays what it is, and nothing is built twice", async () => {
      await deploy(server, "greeter", greeter("1.0.0"), node);
      assert.deepEqual(await answer(server, "greeter"), ["hello 1.0.0", true]);
      const client = clientOf(server);
      assert.equal((await client.call("GetFunction", { FunctionName: "greeter" }))["InstallDependency"], "TRUE");
      await client.call("PublishVersion", { FunctionName: "greeter" });
      const address = await client.call("GetFunctionAddress", { FunctionName: "greeter" });
      const download = await fetch(String(address["Url"]));
      assert.equal(Buffer.from(await download.arrayBuffer()).toString("base64"), await zipOf(greeter("1.0.0")));

      await deploy(server, "twin", greeter("1.0.0"), node);
      assert.deepEqual(await answer(server, "twin"), ["hello 1.0.0", true]);
      assert.equal(builds(server), 1, "the same package is built once");
    });

    it("tells how it goes on; a failing install fails the update with its end, and the whole log can be read", async () => {
      const script = "echo working on it; sleep 0.7; echo the first of many lines; echo no compiler here >&2; exit 7";
      await update(server, "greeter", greeter("2.0.0", script));
      const seen = await statuses(server, "greeter");
      const progress = seen.filter(({ Status }) => Status === "Updating").map(({ StatusDesc }) => StatusDesc);
      assert.ok(progress.includes("Installing the dependencies"), JSON.stringify(progress));
      const last = seen.at(-1) ?? {};
      assert.equal(last["Status"], "UpdateFailed");
      const told = String(last["StatusDesc"]);
      assert.match(told, /could not be installed: npm install failed \(exit code 7\)\n[^]*no compiler here/);
      assert.match(JSON.stringify(last["StatusReasons"]), /DependencyInstallFailed/);
      assert.deepEqual(await answer(server, "greeter"), ["hello 1.0.0", true], "what was there before goes on");
      const { Data: logs } = await clientOf(server).call("GetFunctionLogs", { FunctionName: "greeter", Limit: 100 });
      assert.match(JSON.stringify(logs), /the first of many lines/);
    });

    it("installs what requirements.txt asks for", async () => {
      await deploy(server, "snake", await pythonGreeter(), python);
      assert.equal(await answer(server, "snake"), "hello from a wheel");
    });

    it("is asked for by gust deploy, which leaves your own node_modules out", { skip: sandbox === "oci" }, async () => {
      await using project = await makeDirectory({
        "index.js": `exports.main_handler = () => require("node:fs").readdirSync("node_modules").filter((name) => !name.startsWith("."));`,
        "package.json": JSON.stringify({ dependencies: { greeting: "file:greeting" } }),
      });
      for (const name of ["greeting", "node_modules", "node_modules/mine"]) await mkdir(path.join(project.path, name));
      await writeFile(path.join(project.path, "greeting/package.json"), `{"name": "greeting", "version": "1.0.0"}`);
      await writeFile(path.join(project.path, "node_modules/mine/package.json"), `{"name": "mine"}`);
      const command = ["deploy", project.path, "--name", "by-command", "--data", server.dataDirectory];
      const asItIs = await gust(command);
      assert.equal(asItIs.code, 0, asItIs.stderr);
      assert.deepEqual(await answer(server, "by-command"), ["mine"]);
      const installed = await gust([...command, "--install-dependency"]);
      assert.equal(installed.code, 0, installed.stderr);
      assert.deepEqual(await answer(server, "by-command"), ["greeting"]);
      assert.match((await gust(command)).stdout, /unchanged/, "it stays so");
    });

    it(
      "has a later gust deploy say nothing of packages that the server installs",
      { skip: sandbox === "oci" },
      async () => {
        await using project = await makeDirectory();
        await mkdir(path.join(project.path, "wheels"));
        for (const [name, content] of Object.entries(await pythonGreeter())) {
          await writeFile(path.join(project.path, name), content);
        }
        const command = ["deploy", project.path, "--name", "viper", "--data", server.dataDirectory];
        const asItIs = await gust(command);
        assert.match(asItIs.stderr, /requirements\.txt of viper is not installed .*, and greeting is not in/);
        const installed = await gust([...command, "--install-dependency"]);
        assert.equal(await answer(server, "viper"), "hello from a wheel", installed.stderr);
        const again = await gust(command);
        assert.match(again.stdout, /unchanged/);
        for (const { stderr } of [installed, again]) assert.doesNotMatch(stderr, /requirements/);
      },
    );

    it("is still there after kill -9, of published versions too", async () => {
      await update(server, "greeter", greeter("2.0.0"));
      await waitUntilActive(server, "greeter");
      const { dataDirectory } = server;
      await server.crash();
      server = await startServer({ dataDirectory, environment });
      assert.deepEqual(await answer(server, "greeter"), ["hello 2.0.0", true]);
      assert.deepEqual(await answer(server, "greeter", "1"), ["hello 1.0.0", true], "a version keeps its build");
      assert.equal(builds(server), 0);
      await server.stop();
      await rm(dataDirectory, { recursive: true });
    });
  });
}

it(
  "InstallDependency fetches from the registry over the network of boxes",
  { skip: withoutContainers, timeout: 90_000 },
  async (context) => {
    await using server = await startServer({ environment: { GUST_SANDBOX: "oci" } });
    const files = {
      "index.js": `exports.main_handler = () => require("is-number")(4);`,
      "package.json": JSON.stringify({ dependencies: { "is-number": "7.0.0" } }),
    };
    try {
      await deploy(server, "fetcher", files, node);
    } catch (error) {
      if (!/EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|CERT/.test(String(error))) throw error;
      context.skip(`the registry cannot be reached from a box here: ${String(error).slice(0, 200)}`);
      return;
    }
    assert.equal(await answer(server, "fetcher"), true);
  },
);
