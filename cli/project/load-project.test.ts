import assert from "node:assert/strict";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { CommandFailure } from "../failure.ts";
import { loadProject, templateText } from "./load-project.ts";

type Files = Readonly<Record<string, string>>;

const template = (properties: string) => `Resources:
  default:
    Type: TencentCloud::Serverless::Namespace
    hello:
      Type: TencentCloud::Serverless::Function
      Properties:
${properties.replaceAll(/^/gm, "        ")}
`;

describe("a project directory", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "gust-project-"));
  });
  afterEach(() => fs.rm(directory, { recursive: true, force: true }));

  async function write(files: Files): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await fs.mkdir(path.dirname(path.join(directory, name)), { recursive: true });
      await fs.writeFile(path.join(directory, name), text);
    }
  }

  /** Form, handler and start command as one text. */
  async function recognised(files: Files): Promise<string> {
    await write(files);
    const { functions, recognised: sentence } = await loadProject(directory, "test-name");
    const [found] = functions;
    assert.ok(found !== undefined);
    const form = /Taken for (?:an )(event function|HTTP function|HTTP service)/.exec(String(sentence))?.[1];
    return [form, found.handler, found.code.startCommand].filter((part) => part !== undefined).join(" ");
  }

  const express =
    'const express = require("express");\nconst app = express();\napp.get("/", (req, res) => res.end());\n';
  const forms: readonly (readonly [string, Files, string])[] = [
    [
      "exports.main_handler",
      { "index.js": "exports.main_handler = async (event, context) => 1;" },
      "event function index.main_handler",
    ],
    [
      "module.exports = { main_handler }",
      { "index.js": "function main_handler() {}\nmodule.exports = { main_handler };" },
      "event function index.main_handler",
    ],
    [
      "export function main_handler",
      { "index.mjs": "export async function main_handler(e) {}" },
      "event function index.main_handler",
    ],
    [
      "export { x as main_handler }",
      { "index.mjs": "const x = () => 1;\nexport { x as main_handler };" },
      "event function index.main_handler",
    ],
    [
      "main_handler in TypeScript",
      { "index.ts": "export const main_handler = async (event: { a: string }): Promise<string> => event.a;" },
      "event function index.main_handler",
    ],
    [
      "main_handler beside another name for it",
      { "index.js": "exports.main = exports.main_handler = (event) => 1;" },
      "event function index.main_handler",
    ],
    [
      "main_handler in the file that package.json names",
      { "package.json": '{"main":"src/entry.js"}', "src/entry.js": "exports.main_handler = () => 1;" },
      "event function src/entry.main_handler",
    ],
    [
      "exports.main of CloudBase",
      { "index.js": "exports.main = async (event, context) => event;" },
      "event function index.main",
    ],
    [
      "a default export with fetch",
      { "index.mjs": "export default {\n  // comment\n  async fetch(request) { return new Response(); },\n};" },
      "HTTP function index.default",
    ],
    [
      "a default export with fetch and types",
      {
        "index.ts":
          "export default { fetch: (request: Request): Response => new Response() } satisfies { fetch: unknown };",
      },
      "HTTP function index.default",
    ],
    [
      "a default export by name",
      { "index.mjs": "const app = { fetch(r) { return new Response(); } };\nexport default app;" },
      "HTTP function index.default",
    ],
    [
      "a Request handler",
      { "index.mjs": "export const handler = async (request) => Response.json({});" },
      "HTTP function index.handler",
    ],
    [
      "a Hono application",
      { "index.mjs": 'import { Hono } from "hono";\nconst app = new Hono();\nexport default app;' },
      "HTTP function index.default",
    ],
    [
      "an exported (req, res)",
      { "index.js": "exports.main = (req, res) => res.end('hello');" },
      "HTTP function index.main",
    ],
    [
      "module.exports = function (req, res)",
      { "app.js": "module.exports = function (req, res) { res.end(); };" },
      "HTTP function app.default",
    ],
    [
      "an exported Express application",
      { "index.js": `${express}module.exports = app;` },
      "HTTP function index.default",
    ],
    [
      "an exported Express application under other names",
      { "index.js": 'const e = require("express"); const a = e(); module.exports = a;' },
      "HTTP function index.default",
    ],
    [
      "an exported Express application that also listens, with a start script",
      {
        "app.js": `${express}app.listen(3000);\nmodule.exports = app;`,
        "package.json": '{"scripts":{"start":"node app.js"}}',
      },
      "HTTP service node app.js",
    ],
    [
      "a start script",
      { "server.js": express, "package.json": '{"scripts":{"start":"node server.js"}}' },
      "HTTP service node server.js",
    ],
    [
      "a start script of a tool",
      { "package.json": '{"scripts":{"start":"next start"}}' },
      "HTTP service npm start --silent",
    ],
    [
      "a start script with variables",
      { "package.json": '{"scripts":{"start":"NODE_ENV=production node server.js"}}' },
      "HTTP service npm start --silent",
    ],
    [
      "a server without anything else",
      { "server.mjs": 'import http from "node:http";\nhttp.createServer().listen(process.env.PORT);' },
      "HTTP service node server.mjs",
    ],
    ["scf_bootstrap", { scf_bootstrap: "#!/bin/sh\n", "index.js": "exports.main_handler = () => 1;" }, "HTTP service"],
    [
      "main_handler before a start script",
      { "index.js": "exports.main_handler = () => 1;", "package.json": '{"scripts":{"start":"node index.js"}}' },
      "event function index.main_handler",
    ],
    [
      "names in texts and comments left aside",
      {
        "index.mjs":
          '// exports.main_handler = 1\nconst text = "exports.main_handler = 1; `";\nconst pattern = /["\'`]/;\nexport default { fetch: (request) => new Response(text) };',
      },
      "HTTP function index.default",
    ],
  ];
  for (const [what, files, expected] of forms) {
    it(`with ${what} is taken for: ${expected}`, async () => {
      assert.equal(await recognised(files), expected);
    });
  }

  it("with an executable bootstrap is taken for an event function in any language, and is written as one", async () => {
    await write({ bootstrap: "#!/bin/sh\n", "index.mjs": "export default { fetch(request) {} };" });
    assert.equal((await loadProject(directory, "mine")).functions[0]?.type, "HTTP", "it is not executable yet");
    await fs.chmod(path.join(directory, "bootstrap"), 0o755);
    const project = await loadProject(directory, "mine");
    const [found] = project.functions;
    assert.deepEqual([found?.type, found?.runtime, found?.handler], ["Event", "CustomRuntime", undefined]);
    assert.match(project.recognised ?? "", /^Taken for an event function, because it has an executable file bootstrap/);
    await write({ "template.yaml": templateText(project) });
    const { configuration: _, ...again } = { ...(await loadProject(directory, undefined)).functions[0] };
    const { configuration: _defaults, ...expected } = { ...found };
    assert.deepEqual(again, { ...expected, triggers: {} });
  });

  it("of Python is recognised, and gets the runtime for it", async () => {
    const flask = "from flask import Flask\napp = Flask(__name__)\n";
    assert.equal(await recognised({ "app.py": flask }), "HTTP function app.app");
    assert.equal((await loadProject(directory, "test-name")).functions[0]?.runtime, "Python3.10");
    // a start script is for the front end here
    const files = {
      "index.py": "def main_handler(event, context): ...",
      "package.json": '{"scripts":{"start":"vite"}}',
    };
    assert.equal(await recognised(files), "event function index.main_handler");
  });

  it("of PHP is recognised, and gets the runtime for it", async () => {
    assert.equal(
      await recognised({ "public/index.php": "<?php echo 1;", "package.json": "{}" }),
      "HTTP function public/index.php",
    );
    assert.equal((await loadProject(directory, "test-name")).functions[0]?.runtime, "Php8.0");
    assert.equal(
      await recognised({ "index.php": "<?php function main_handler($event) {}" }),
      "event function index.main_handler",
    );
  });

  it("that is nothing we know is refused with what was expected", async () => {
    await assert.rejects(loadProject(directory, undefined), /is not recognised as a function: it is empty\. Expected/);
    await write({ "readme.txt": "hello" });
    await assert.rejects(loadProject(directory, undefined), /is not recognised as a function\. Expected one of:\n/);
    await write({ "index.js": "exports.handle = exports.other = (x) => 1;", "app.mjs": "" });
    const found = /: index\.js exports handle, other; app\.mjs exports nothing\. Expected one of:\n/;
    await assert.rejects(loadProject(directory, undefined), found);
  });

  it("whose name cannot be that of a function is refused with what names are", async () => {
    for (const name of ["7", "9lives", "my_中国"]) {
      await write({ "package.json": JSON.stringify({ name }), "index.js": "exports.main_handler = () => 1;" });
      await assert.rejects(loadProject(directory, undefined), {
        message: new RegExp(`"${name}" cannot be .+ 2–60 letters.+ --name`),
      });
    }
  });

  it("with a bootstrap that cannot be executed says how to mend that", async () => {
    await write({ bootstrap: "#!/bin/sh\n" });
    await assert.rejects(loadProject(directory, undefined), /not executable.+chmod 755 .+bootstrap/);
  });

  it("is named after its package or itself", async () => {
    await write({ "package.json": '{"name":"@me/my_app"}', "index.js": "exports.main_handler = () => 1;" });
    const { functions } = await loadProject(directory, undefined);
    assert.equal(functions[0]?.name, "my_app");
  });

  it("that was recognised can be written as a project file that means the same", async () => {
    await write({ "index.mjs": "export default { fetch(request) {} };" });
    const project = await loadProject(directory, "site");
    await write({ "template.yaml": templateText(project) });
    const again = await loadProject(directory, undefined);
    assert.equal(again.recognised, null);
    const { configuration: _defaults, triggers: _unsaid, ...expected } = { ...project.functions[0] };
    const { configuration, triggers, ...found } = { ...again.functions[0] };
    assert.deepEqual(triggers, {});
    assert.deepEqual(found, expected);
    assert.equal(configuration?.MemorySize, 128);
  });

  it("names triggers in a warning instead of leaving them out silently", async () => {
    await write({
      "template.yaml": template(
        "CodeUri: ./\nHandler: index.main_handler\nRuntime: Nodejs18.15\nEvents:\n  nightly: { Type: Timer, Properties: { CronExpression: '0 0 * * *' } }",
      ),
    });
    const { warnings } = await loadProject(directory, undefined);
    assert.deepEqual(warnings, ["triggers of type Timer come in a later version: nightly of hello is not created"]);
  });

  it("has API triggers with the defaults of TCSAM, and says what is wrong with one", async () => {
    const common = "CodeUri: ./\nHandler: index.main_handler\nRuntime: Nodejs26\nEvents:\n";
    const own = "  own: { Type: APIGW }\n";
    const joins = "  joins: { Type: APIGW, Properties: { ServiceId: service-x, HttpMethod: POST, Enable: CLOSE } }";
    await write({ "template.yaml": template(common + own + joins) });
    const { functions } = await loadProject(directory, undefined);
    const preset = { kind: "apigw", method: "ANY", isIntegratedResponse: false };
    assert.deepEqual(functions[0]?.triggers, {
      own: { ...preset, stage: "release", serviceId: null, isEnabled: true },
      joins: { ...preset, method: "POST", stage: "test", serviceId: "service-x", isEnabled: false },
    });
    await write({
      "template.yaml": template(`${common}  a:\n    Type: APIGW\n    Properties: { HttpMethd: GET, StageName: live }`),
    });
    await assert.rejects(loadProject(directory, undefined), ({ message }: Error) => {
      assert.match(message, /:13: .*Events\.a\.Properties\.HttpMethd is not known here; did you mean HttpMethod\?/);
      assert.match(message, /:13: .*StageName: expected test, prepub or release; found "live"/);
      return true;
    });
  });

  for (const [what, properties, expected] of [
    [
      "no code",
      "Handler: index.main_handler\nRuntime: Nodejs18.15",
      /template\.yaml:6: .*CodeUri: expected a directory/,
    ],
    [
      "code that is not there",
      "CodeUri: ./src\nHandler: a.b\nRuntime: Nodejs18.15",
      /template\.yaml:7: .*CodeUri: \.\/src is not there/,
    ],
    [
      "code in a bucket",
      "CodeUri: { Bucket: b, Key: k }\nHandler: a.b\nRuntime: Nodejs18.15",
      /:7: .*code in a bucket/,
    ],
    ["no handler", "CodeUri: ./\nRuntime: Nodejs18.15", /:6: .*Handler: expected file\.method/],
    ["no runtime", "CodeUri: ./\nHandler: index.main_handler", /:6: .*Runtime: expected a runtime/],
    [
      "nothing that starts",
      "CodeUri: ./\nType: HTTP\nRuntime: Nodejs18.15",
      /:6: .*expected file\.method .*scf_bootstrap, or a start script/,
    ],
  ] as const) {
    it(`whose project file has ${what} is refused with file, line and what was expected`, async () => {
      await write({ "template.yaml": template(properties) });
      await assert.rejects(loadProject(directory, undefined), (error) => {
        assert.ok(error instanceof CommandFailure);
        assert.equal(error.exitCode, 2);
        assert.match(error.message, expected);
        return true;
      });
    });
  }

  it("has the server install dependencies where it says so, or the command line", async () => {
    const installs = async (yaml: string, options = {}): Promise<unknown> => {
      await write({
        "template.yaml": template(`CodeUri: ./\nHandler: index.main_handler\nRuntime: Nodejs18.15\n${yaml}`),
      });
      return (await loadProject(directory, undefined, options)).functions[0]?.configuration.InstallDependency;
    };
    assert.equal(await installs("InstallDependency: true"), "TRUE");
    assert.equal(await installs("InstallDependency: FALSE"), "FALSE");
    assert.equal(await installs(""), "FALSE");
    assert.equal(await installs("", { installsDependencies: true }), "TRUE");
    await assert.rejects(installs("InstallDependency: yes"), /:10: .*expected true or false; found "yes"/);
  });

  it("says which layers a function has; of a file without them those that it has stay", async () => {
    const layers = async (yaml: string): Promise<unknown> => {
      await write({ "template.yaml": template(`CodeUri: ./\nHandler: a.b\nRuntime: Nodejs18.15\n${yaml}`) });
      return (await loadProject(directory, undefined)).functions[0]?.configuration.Layers;
    };
    const two = "Layers:\n  - LayerName: tools\n    LayerVersion: 3\n  - { LayerName: more, LayerVersion: 1 }";
    assert.deepEqual(await layers(two), [
      { LayerName: "tools", LayerVersion: 3 },
      { LayerName: "more", LayerVersion: 1 },
    ]);
    assert.deepEqual(await layers("Layers: []"), []);
    assert.equal(await layers(""), undefined);
    await assert.rejects(layers(two.replace("3", "newest")), /:12: .*Layers\.0\.LayerVersion: expected the number/);
    await assert.rejects(layers(two.replace("LayerName: more", "Name: x")), /:13: .*\.Name is not known here/);
    await assert.rejects(layers("Layers: tools"), /:10: .*Layers: expected a list, each with LayerName/);
  });

  it("with several functions gives the one that is named", async () => {
    const two = `${template("CodeUri: ./\nHandler: index.main_handler\nRuntime: Nodejs18.15")}    other:
      Type: TencentCloud::Serverless::Function
      Properties: { CodeUri: ./, Handler: other.main_handler, Runtime: Nodejs18.15 }
`;
    await write({ "template.yaml": two });
    const { functions } = await loadProject(directory, "other");
    assert.deepEqual(
      functions.map(({ name, handler }) => [name, handler]),
      [["other", "other.main_handler"]],
    );
    await assert.rejects(loadProject(directory, "third"), /has no function third; it has hello, other/);
  });
});
