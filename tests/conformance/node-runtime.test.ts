import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { nodePackages } from "../../src/sandbox/index.ts";
import { keptPackage } from "../kept-package.ts";
import { describeNodeForms } from "./node-forms.suite.ts";
import { describeRuntime } from "./runtime.suite.ts";

const main = fileURLToPath(new URL("../../runtimes/node/main.js", import.meta.url));
const handler = "index.main_handler";

/** A package of one CommonJS file whose handler has this body. */
function program(body: string): { handler: string; files: Record<string, string> } {
  return { handler, files: { "index.js": `exports.main_handler = async (event, context) => { ${body} };` } };
}

const programs = {
  echo: program("return { event, requestId: context.request_id, variable: process.env.GREETING };"),
  print: program(
    "for (const line of event.lines) console.log(line); if (event.err) console.error(event.err); process.stdout.write('rest');",
  ),
  fail: program("throw new Error('broken on purpose');"),
  size: program("return 'x'.repeat(event.size);"),
  exit: program("process.exit(7);"),
  notJson: program("const ring = {}; ring.ring = ring; return ring;"),
  noExport: { handler, files: { "index.js": "exports.other_handler = () => 1;" } },
  noFile: { handler: "src/app.main", files: { "src/other.js": "", "src/readme.md": "" } },
  unloadable: { handler, files: { "index.js": "throw new Error('not loadable');" } },
  hang: program("if (event.quick) return 1; await new Promise(() => setInterval(() => {}, 1000));"),
};

describeRuntime({ name: "node", command: [process.execPath, main], programs });
describeNodeForms({ title: "node", command: [process.execPath, main] });

for (const line of ["18", "20", "22", "24"]) {
  const node = await keptPackage(nodePackages(), `node${line}`);
  const title = `node ${line}`;
  if (typeof node === "string") {
    describe(title, () => it("is like the platform's own", { skip: node }, () => undefined));
    continue;
  }
  const command = [path.join(node.directory, "bin/node"), main];
  describeRuntime({ name: "node", title, command, programs });
  describeNodeForms({ title, command });
}
