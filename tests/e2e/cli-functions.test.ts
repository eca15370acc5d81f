import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { GetFunctionResponse } from "../../sdk/src/index.ts";
import { zipOf } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { withoutPhpCgi } from "../../runtimes/php/testing/with-package.ts";
import { gust, makeDirectory, startGust, type Ended } from "../gust-command.ts";

const templates = path.resolve(import.meta.dirname, "../../cli/templates");
const examples = path.resolve(import.meta.dirname, "../../examples");

const neverListens = `Resources:
  default:
    Type: TencentCloud::Serverless::Namespace
    never:
      Type: TencentCloud::Serverless::Function
      Properties: { CodeUri: ., Type: HTTP, Runtime: CustomRuntime, InitTimeout: 6 }
`;

describe("gust with a running server", () => {
  let server: RunningServer;

  before(async () => {
    server = await startServer();
  });
  after(() => server[Symbol.asyncDispose]());

  function run(args: readonly string[], input = ""): Promise<Ended> {
    return gust([...args, "--data", server.dataDirectory], { input });
  }

  /** Runs a command that has to succeed, and gives its JSON. */
  async function json(...args: string[]): Promise<unknown> {
    const ended = await run([...args, "--json"]);
    assert.equal(ended.code, 0, ended.stderr);
    return JSON.parse(ended.stdout);
  }

  for (const [template, call, expected] of [
    ["minimal", ["-d", '{"name":"Ada"}'], /^Hello, Ada!\n$/],
    ["event", ["-d", '{"name":"Ada"}'], /"hello": "Ada"/],
    ["event-ts", ["-d", '{"name":"Ada"}'], /"hello": "Ada"/],
    ["custom", ["-d", '{"name":"Ada"}'], /"hello": "Ada"/],
    ["event-php", ["-d", '{"name":"Ada"}'], /"hello": "Ada"/],
    ["http", ["--path", "/?name=Ada"], /^Hello, Ada!\n$/],
    ["http-php", ["--path", "/?name=Ada"], /^Hello, Ada!\n$/],
    ["service-express", ["--path", "/?name=Ada"], /^Hello, Ada!\n$/],
  ] as const) {
    const skip = template.endsWith("-php") && withoutPhpCgi;
    it(`the template ${template} is made under a name, deployed and answers as it is`, { skip }, async () => {
      const name = `my-${template}`;
      await using directory = await makeDirectory();
      const target = path.join(directory.path, name);
      const made = await gust(["init", template, target]);
      assert.equal(made.code, 0, made.stderr);
      assert.deepEqual(
        (await fs.readdir(target)).toSorted(),
        (await fs.readdir(path.join(templates, template))).filter((file) => file !== "node_modules").toSorted(),
      );
      const deployed = await run(["deploy", target]);
      assert.equal(deployed.code, 0, deployed.stderr);
      assert.match(deployed.stdout, new RegExp(`✔ ${name} {2}.*created`));
      const called = await run(["invoke", name, ...call]);
      assert.equal(called.code, 0, called.stderr);
      assert.match(called.stdout, expected);
      const again = await run(["deploy", target]);
      assert.match(again.stdout, new RegExp(`✔ ${name} {2}.*unchanged`), again.stderr);
    });
  }

  it("every example is deployed and answers", async () => {
    for (const name of await fs.readdir(examples)) {
      if (name.endsWith("-php") && withoutPhpCgi !== false) continue;
      const deployed = await run(["deploy", path.join(examples, name)]);
      assert.equal(deployed.code, 0, deployed.stderr);
    }
    assert.match((await run(["invoke", "hello-event", "-d", '{"name":"Ada"}'])).stdout, /Hello, Ada!/);
    assert.match((await run(["invoke", "stream-http", "--path", "/?pause=1"])).stdout, /reaches you at once/);
    assert.equal(
      (await run(["invoke", "stream-http", "--path", "/echo", "-d", "-"], "there and back")).stdout,
      "there and back",
    );
    assert.match((await run(["invoke", "express-service"])).stdout, /from Express/);
  });

  it("the example in PHP takes a form", { skip: withoutPhpCgi }, async () => {
    const form = ["-H", "content-type: application/x-www-form-urlencoded", "-d", "name=Ada"];
    assert.match((await run(["invoke", "form-php", ...form])).stdout, /<h1>Hello, Ada!<\/h1>/);
  });

  it("lists every function with its form, which an HTTP function and a service have by what starts them", async () => {
    const { stdout } = await run(["list"]);
    assert.match(stdout, /^NAMESPACE +NAME +FORM +RUNTIME/);
    for (const [name, form] of [
      ["hello-event", "event"],
      ["stream-http", "http"],
      ["express-service", "service"],
    ] as const) {
      assert.match(
        stdout,
        new RegExp(`^default +${name} +${form} +Nodejs26 \\(${process.versions.node}\\) +Active`, "m"),
      );
    }
    const listed = (await json("list")) as { functions: { FunctionName: string; form: string }[] }; // what list prints
    assert.equal(listed.functions.find(({ FunctionName: name }) => name === "express-service")?.form, "service");
  });

  it("sends configuration alone when only that changed", async () => {
    const file = (timeout: number, layers: string) => `Resources:
  default:
    Type: TencentCloud::Serverless::Namespace
    configured:
      Type: TencentCloud::Serverless::Function
      Properties:
        CodeUri: ./
        Handler: index.main_handler
        Runtime: Nodejs26
        Timeout: ${timeout}
        Layers: ${layers}
        Environment: { Variables: { B: "2", A: "1" } }
`;
    await using directory = await makeDirectory({
      "index.js": `exports.main_handler = () => process.env.A + process.env.B + require("node:fs").readdirSync(__dirname);`,
      "template.yaml": file(3, "[]"),
    });
    await run(["deploy", directory.path]);
    assert.match((await run(["deploy", directory.path])).stdout, /configured.*unchanged/);
    const ZipFile = await zipOf({ "tool.txt": "of a layer" });
    const layer = { LayerName: "tools", CompatibleRuntimes: ["Nodejs26"], Content: { ZipFile } };
    await json("api", "PublishLayerVersion", JSON.stringify(layer));
    await fs.writeFile(path.join(directory.path, "template.yaml"), file(9, "[{ LayerName: tools, LayerVersion: 1 }]"));
    assert.match(
      JSON.stringify(await json("deploy", directory.path)),
      /"outcome":"updated","changes":\["configuration"\]/,
    );
    const { function: found } = (await json("info", "configured")) as { function: GetFunctionResponse }; // what it prints
    assert.deepEqual([found.Timeout, found.Layers.map(({ LayerName: name }) => name)], [9, ["tools"]]);
    assert.match((await run(["deploy", directory.path])).stdout, /configured.*unchanged/);
    assert.equal((await run(["invoke", "configured"])).stdout, "12index.js\n", "the project file is not packed");
    await fs.writeFile(path.join(directory.path, "template.yaml"), file(9, "[]"));
    await run(["deploy", directory.path]);
    assert.doesNotMatch(JSON.stringify(await json("info", "configured")), /"tools"/);
  });

  it("puts functions of several namespaces where they belong", async () => {
    const one = (name: string) =>
      `    ${name}:\n      Type: TencentCloud::Serverless::Function\n      Properties: { CodeUri: ./, Handler: index.main_handler, Runtime: Nodejs26 }\n`;
    await using directory = await makeDirectory({
      "index.js": "exports.main_handler = (event, context) => context.namespace;",
      "template.yaml": `Resources:\n  default:\n    Type: TencentCloud::Serverless::Namespace\n${one("same-name")}  staging:\n    Type: TencentCloud::Serverless::Namespace\n${one("same-name")}`,
    });
    const deployed = await run(["deploy", directory.path]);
    assert.equal(deployed.code, 0, deployed.stderr);
    assert.equal((await run(["invoke", "same-name", "--namespace", "staging"])).stdout, "staging\n");
    assert.equal((await run(["invoke", "same-name"])).stdout, "default\n");
  });

  it("ends with 5 and the function's own words when it fails", async () => {
    await using directory = await makeDirectory({
      "index.js": 'exports.main_handler = () => { console.log("before"); throw new TypeError("no such luck"); };',
    });
    await run(["deploy", directory.path, "--name", "failing"]);
    const failed = await run(["invoke", "failing", "--tail"]);
    assert.equal(failed.code, 5);
    assert.match(
      failed.stderr,
      /failing failed: TypeError: no such luck\n\s+at \S+ \((?:\/var\/user\/)?index\.js:1:\d+\)/,
    );
    assert.match(failed.stderr, /^before$/m);
    const asJson = await run(["invoke", "failing", "--json"]);
    assert.equal(asJson.code, 5);
    assert.equal(JSON.parse(asJson.stdout).InvokeResult, -1);
    const { error } = JSON.parse(asJson.stderr);
    assert.equal(error.exitCode, 5);
    const logs = await run(["logs", "failing", "--request", error.requestId]);
    assert.match(
      logs.stdout,
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d START RequestId: .*\nbefore\nERROR RequestId: .* Result:430/m,
    );
  });

  it("says why a service does not start, with what it printed", async () => {
    await using directory = await makeDirectory({
      "package.json": '{"scripts":{"start":"node server.js"}}',
      "server.js": 'console.log("looking for a database"); process.exit(3);',
    });
    const deployed = await run(["deploy", directory.path, "--name", "does-not-listen"]);
    assert.equal(deployed.code, 1);
    assert.match(deployed.stderr, /does-not-listen is CreateFailed: .*: node server\.js exited with code 3/);
    assert.match(deployed.stderr, /looking for a database/);
  });

  it("says what it waits for while a service does not listen, and fails in the words that callers hear", async () => {
    await using directory = await makeDirectory({
      "template.yaml": neverListens,
      scf_bootstrap: "#!/bin/sh\necho here I am\nexec sleep 1000\n",
    });
    await fs.chmod(path.join(directory.path, "scf_bootstrap"), 0o755);
    const deployment = startGust(["deploy", directory.path, "--data", server.dataDirectory]);
    await deployment.untilSaid(/Deploying never: waiting for its server to listen, \d of 6 s \(InitTimeout\)/);
    const whileItStarts = await fetch(`${server.url}/~default/never/`, { headers: { accept: "application/json" } });
    const deployed = await deployment.ended;
    assert.equal(whileItStarts.headers.get("x-scf-status"), "446");
    const { error } = JSON.parse(await whileItStarts.text());
    assert.match(error.message, /^The service listens on no port .* 6 s \(InitTimeout\) .* 0\.0\.0\.0:\$PORT \(\d+\)/);
    assert.deepEqual([error.code, error.limit], ["PortBindingFailed", "InitTimeout"]);
    assert.equal(deployed.code, 1);
    assert.ok(deployed.stderr.includes(error.message), deployed.stderr);
    assert.equal(deployed.stderr.match(/here I am/g)?.length, 1);
    const knownFrom = performance.now();
    const later = await fetch(`${server.url}/~default/never/`, { headers: { accept: "application/json" } });
    assert.equal(later.headers.get("x-scf-status"), "438");
    const { error: known } = JSON.parse(await later.text());
    assert.equal(known.message, `Function never cannot be called, its status is CreateFailed: ${error.message}`);
    assert.ok(performance.now() - knownFrom < 2_000, "nobody waits for a start that is known to fail");
  });

  it("runs an event without waiting, and finds its log", async () => {
    const accepted = await run(["invoke", "hello-event", "--async", "-d", '{"name":"Later"}', "--json"]);
    const id = String(JSON.parse(accepted.stdout).FunctionRequestId);
    let logs = await run(["logs", "hello-event", "--request", id]);
    while (logs.code === 4) logs = await run(["logs", "hello-event", "--request", id]);
    assert.match(logs.stdout, /greeting Later/);
  });

  it("ends with 4 for what is not there and with 2 for wrong arguments", async () => {
    assert.equal((await run(["invoke", "nowhere"])).code, 4);
    assert.equal((await run(["info", "nowhere"])).code, 4);
    assert.equal((await run(["invoke", "hello-event", "-d", "{not json"])).code, 2);
    assert.equal((await run(["logs", "hello-event", "--limit", "many"])).code, 2);
    const unknown = await run(["api", "ListFunctions", '{"Limit":-1}']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /InvalidParameterValue\.Limit/);
  });

  it("calls any action with a file, standard input or an argument", async () => {
    const reply = await run(["api", "GetFunction", "-"], '{"FunctionName":"hello-event"}');
    assert.equal(JSON.parse(reply.stdout).FunctionName, "hello-event");
  });

  it("deletes without a question where nobody can be asked, and says what leads there", async () => {
    const call = async (action: string, fields: object) =>
      Object(await json("api", "--service", "apigateway", action, JSON.stringify(fields)));
    const { ServiceId } = await call("CreateService", { ServiceName: "shop", Protocol: "http" });
    const RequestConfig = { Method: "GET", Path: "/hello" };
    const fields = { ServiceId, ServiceType: "SCF", ServiceTimeout: 5, Protocol: "HTTP", RequestConfig };
    await call("CreateApi", {
      ...fields,
      ServiceScfFunctionName: "hello-event",
      ServiceScfFunctionQualifier: "$DEFAULT",
    });
    await call("CreateApi", {
      ...fields,
      ServiceType: "MOCK",
      ServiceMockReturnMessage: "",
      RequestConfig: { ...RequestConfig, Path: "/other" },
    });
    assert.equal((await run(["url", "hello-event"])).code, 0);
    const deleted = await run(["delete", "hello-event"]);
    assert.equal(deleted.code, 0, deleted.stderr);
    assert.match(
      deleted.stderr,
      /the API GET \/hello of the service shop \(api-\w+\): they lead to default\/hello-event, stay, and will find nothing/,
    );
    assert.match(deleted.stderr, /its triggers url-default \(http\)/);
    assert.doesNotMatch(deleted.stderr, /other/);
    assert.equal((await run(["info", "hello-event"])).code, 4);
    assert.equal(JSON.stringify(await json("list")).includes("hello-event"), false);
  });

  it("keeps a login for its owner alone and uses it from then on", async () => {
    await using directory = await makeDirectory();
    const environment = {
      XDG_CONFIG_HOME: directory.path,
      TENCENTCLOUD_SECRET_ID: server.credentials.secretId,
      TENCENTCLOUD_SECRET_KEY: "wrong",
    };
    const refused = await gust(["login", server.url], { environment });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /does not accept this key/);
    const right = { ...environment, TENCENTCLOUD_SECRET_KEY: server.credentials.secretKey };
    assert.equal((await gust(["login", server.url, "--name", "work"], { environment: right })).code, 0);
    const mode = (await fs.stat(path.join(directory.path, "gust", "profiles.json"))).mode & 0o777;
    assert.equal(mode, 0o600);
    const listed = await gust(["list", "--json"], { environment: { XDG_CONFIG_HOME: directory.path } });
    assert.equal(listed.code, 0, listed.stderr);
  });
});
