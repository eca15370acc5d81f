import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { gust, makeDirectory, type Ended } from "../gust-command.ts";
import { startServer, type RunningServer } from "../running-server.ts";

/** A project file with these functions, each with these properties beside its code. */
function template(functions: Readonly<Record<string, string>>): string {
  const each = Object.entries(functions).map(
    ([name, properties]) =>
      `    ${name}:\n      Type: TencentCloud::Serverless::Function\n      Properties:\n        CodeUri: ./\n${properties.replaceAll(/^/gm, "        ")}\n`,
  );
  return `Resources:\n  default:\n    Type: TencentCloud::Serverless::Namespace\n${each.join("")}`;
}

const good = "Handler: index.main_handler\nRuntime: Nodejs26";

describe("what somebody gets wrong is said with what to do", () => {
  let server: RunningServer;

  before(async () => {
    server = await startServer();
  });
  after(() => server[Symbol.asyncDispose]());

  function run(...args: string[]): Promise<Ended> {
    return gust([...args, "--data", server.dataDirectory]);
  }

  it("code that does not parse, already when it is deployed", async () => {
    await using directory = await makeDirectory({ "index.mjs": "export default { fetch: ( };\n" });
    const deployed = await run("deploy", directory.path, "--name", "typing-error");
    assert.equal(deployed.code, 1);
    assert.match(
      deployed.stderr,
      /gust: typing-error does not parse, so it was not deployed.*\nindex\.mjs:1\n[^]*SyntaxError/,
    );
    assert.equal((await run("info", "typing-error")).code, 4);
  });

  it("code that cannot be loaded", async () => {
    await using directory = await makeDirectory({
      "index.mjs": "export default { fetch: () => new Response() };\nthrow new Error('at load');\n",
    });
    const deployed = await run("deploy", directory.path, "--name", "typing-error");
    assert.equal(deployed.code, 0, deployed.stderr);
    assert.match(
      deployed.stderr,
      /warning: typing-error is deployed, but does not start.* does not load: Error: at load\n +at .*index\.mjs:2:7/,
    );
    assert.doesNotMatch((await run("deploy", directory.path, "--name", "typing-error")).stderr, /warning/, "once");
    const called = await run("invoke", "typing-error");
    assert.equal(called.code, 5);
    const [, request] = /Its log: gust logs typing-error --request (\S+)/.exec(called.stderr) ?? [];
    assert.ok(request !== undefined, called.stderr);
    let logs = await run("logs", "typing-error", "--request", request);
    while (logs.code === 4) logs = await run("logs", "typing-error", "--request", request);
    assert.match(logs.stdout, /Result:443 [^]*at load[^]*index\.mjs:2/);
  });

  it("a handler that the file does not export", async () => {
    await using directory = await makeDirectory({
      "index.js": "exports.main_handle = () => 1;",
      "template.yaml": template({ "no-handler": good }),
    });
    const deployed = await run("deploy", directory.path);
    const told = /index\.js has no export "main_handler", it exports main_handle/;
    assert.match(deployed.stderr, new RegExp(`warning: no-handler is deployed, but does not start.*${told.source}`));
    const called = await run("invoke", "no-handler");
    assert.equal(called.code, 5);
    assert.match(called.stderr, told);
  });

  it("modules that are not there, in each language, and WebSockets without their protocol", async () => {
    for (const [file, text, told] of [
      [
        "index.js",
        `require("not-there"); exports.main_handler = () => 1;`,
        /Cannot find module 'not-there'[^]*\nnpm install not-there in the/,
      ],
      [
        "index.py",
        "import not_there\ndef main_handler(event, context): ...\n",
        /No module named 'not_there'\n +File .*index\.py", line 1/,
      ],
    ] as const) {
      await using directory = await makeDirectory({ [file]: text });
      const { code, stderr } = await run("deploy", directory.path, "--name", "lacks");
      assert.equal(code, 0, stderr);
      assert.match(stderr, told);
      await run("delete", "lacks", "--yes");
    }
    const app = "class App: ...\napp = App()\n@app.websocket('/chat')\nasync def chat(socket): ...\n";
    await using directory = await makeDirectory({
      "app.py": app,
      "template.yaml": template({ chat: "Type: HTTP\nHandler: app.app\nRuntime: Python3.10" }),
    });
    const { stderr } = await run("deploy", directory.path);
    assert.match(stderr, /warning: app\.py has a route for WebSockets, but chat is without ProtocolType: WS/);
    assert.match(stderr, /warning: chat is deployed, but does not start.*'App' object has no attribute 'websocket'/);
  });

  it("a deployment with which no address answers, as the function was set back to a version", async () => {
    await using directory = await makeDirectory({ "index.js": "exports.main = (req, res) => res.end('one');" });
    const deployAgain = (): Promise<Ended> => run("deploy", directory.path, "--name", "set-back");
    assert.equal((await deployAgain()).stderr.includes("warning"), false);
    await run("api", "PublishVersion", '{"FunctionName":"set-back"}');
    const alias = '{"FunctionName":"set-back","Name":"$DEFAULT","FunctionVersion":"1"}';
    assert.equal((await run("api", "UpdateAlias", alias)).code, 0);
    await fs.writeFile(path.join(directory.path, "index.js"), "exports.main = (req, res) => res.end('two');");
    const { stderr } = await deployAgain();
    const [, line = ""] =
      /addresses of set-back answer with version 1,.* again: \S+ (api UpdateAlias .*)/.exec(stderr) ?? [];
    assert.equal((await run("invoke", "set-back")).stdout.trim(), "one");
    const [, action = "", fields = ""] = /^api (\w+) '(.*)' --data/.exec(line) ?? [];
    assert.equal((await run("api", action, fields)).code, 0, stderr);
    assert.equal((await run("invoke", "set-back")).stdout.trim(), "two");
    assert.doesNotMatch((await deployAgain()).stderr, /warning/);
  });

  it("one of several functions, by its name, while the others are deployed", async () => {
    await using directory = await makeDirectory({
      "index.js": "exports.main_handler = () => 1;",
      "template.yaml": template({ snake: good.replace("Nodejs26", "Ruby3.2"), fine: good }),
    });
    const deployed = await run("deploy", directory.path);
    assert.equal(deployed.code, 1);
    assert.match(deployed.stderr, /^gust: snake: Runtime must be one that this server has: Nodejs<version>/m);
    assert.match(deployed.stderr, /^gust: 1 of 2 functions could not be deployed\.$/m);
    assert.match(deployed.stdout, /✔ fine .* created/);
  });

  it("a key of the project file", async () => {
    await using directory = await makeDirectory({
      "template.yaml": template({ typo: good.replace("Handler", "Handlr") }),
    });
    const deployed = await run("deploy", directory.path);
    assert.equal(deployed.code, 2);
    assert.match(deployed.stderr, /template\.yaml:8: .*Handlr is not known here; did you mean Handler\?/);
  });

  it("a service that ends, with what it printed once and its files by their own names", async () => {
    await using directory = await makeDirectory({
      "package.json": '{"scripts":{"start":"node server.js"}}',
      "server.js": 'throw new Error("no database");',
    });
    await using working = await makeDirectory({
      "package.json": '{"scripts":{"start":"node server.js"}}',
      "server.js": "require('node:http').createServer((_, answer) => answer.end('up')).listen(9000);",
    });
    for (const state of ["is CreateFailed", "is CreateFailed", "is UpdateFailed, and what was deployed before stays"]) {
      if (state.startsWith("is UpdateFailed")) await run("deploy", working.path, "--name", "ends");
      const { code, stderr } = await run("deploy", directory.path, "--name", "ends");
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`gust: ends ${state}.*exited with code 1[^]*\\n(?:/var/user/)?server\\.js:1\\n`));
      assert.equal(stderr.split("Error: no database").length, 2, stderr);
      assert.equal(stderr.includes(path.join(server.dataDirectory, "code")), false);
    }
    const { stdout } = await run("info", "ends");
    assert.match(stdout, /^default\/ends$/m);
    assert.match(
      stdout,
      /^ {2}problem .*exited with code 1\..*\(ContainerInitError\)\n {4,}(?:\/var\/user\/)?server\.js:1$/m,
    );
  });

  it("options that have no meaning for the function", async () => {
    await using directory = await makeDirectory({ "index.js": "exports.main_handler = () => 1;" });
    await run("deploy", directory.path, "--name", "an-event");
    for (const options of [
      ["-X", "PUT"],
      ["--path", "/a"],
      ["-H", "a: b"],
    ]) {
      const { code, stderr } = await run("invoke", "an-event", ...options);
      assert.equal(code, 2);
      assert.match(stderr, /an-event is an event function: give it an event with -d/);
    }
  });

  it("names of functions, namespaces, actions, templates, files and addresses", async () => {
    const { stderr: name } = await run("info", "nowhere");
    assert.match(name, /has no function nowhere\. .gust list. shows which there are/);
    const { stderr: namespace } = await run("list", "--namespace", "nowhere");
    assert.match(namespace, /no namespace nowhere\. .gust api ListNamespaces. shows which there are/);
    const { stderr: action } = await run("api", "Listfunctions");
    assert.match(action, /no action "Listfunctions".* .gust api. lists those of scf/);
    const { stderr: begin } = await gust(["init", "htpp"]);
    assert.match(begin, /There is no template htpp\. Did you mean http\? There are:/);
    const { stderr: file } = await run("api", "ListFunctions", "@nowhere.json");
    assert.equal(file, "gust: There is no file nowhere.json.\n");
    const address = await gust(["list", "--endpoint", "localhost:4878"]);
    assert.equal(address.code, 2);
    assert.match(address.stderr, /localhost:4878 is not an address; write https:\/\/host or http:\/\/host:port/);
  });

  it("a key, and where it may have come from", async () => {
    const environment = { TENCENTCLOUD_SECRET_ID: "AKIDnobody", TENCENTCLOUD_SECRET_KEY: "wrong" };
    const { code, stderr } = await gust(["list", "--endpoint", server.url], { environment });
    assert.equal(code, 1);
    assert.match(stderr, /SecretId does not exist.* The key comes from .gust login., TENCENTCLOUD_SECRET_ID and/);
  });

  it("arguments, in JSON where that is asked for", async () => {
    const { code, stderr } = await gust(["deply"]);
    assert.equal(code, 2);
    assert.equal(stderr, "gust: Unknown command 'deply'. (Did you mean deploy?) --help shows how.\n");
    const asJson = await gust(["list", "--nosuch", "--json"]);
    assert.equal(asJson.code, 2);
    assert.match(JSON.parse(asJson.stderr).error.message, /^Unknown option '--nosuch'\./);
  });
});
