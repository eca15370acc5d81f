import { fileURLToPath } from "node:url";
import { describeRuntime } from "./runtime.suite.ts";

const handler = "index.main_handler";

/** A package of one CommonJS file whose handler has this body. */
function program(body: string): { handler: string; files: Record<string, string> } {
  return { handler, files: { "index.js": `exports.main_handler = async (event, context) => { ${body} };` } };
}

describeRuntime({
  name: "node",
  command: [process.execPath, fileURLToPath(new URL("../../runtimes/node/main.js", import.meta.url))],
  programs: {
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
  },
});
