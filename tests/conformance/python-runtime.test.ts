import { describeRuntime, type RuntimeSubject } from "./runtime.suite.ts";
import { pythonRuntime } from "../../runtimes/python/testing/with-package.ts";

const handler = "index.main_handler";

/** A package of one file whose handler has these lines. */
function program(def: string, lines: readonly string[]): { handler: string; files: Record<string, string> } {
  const source = [
    "import asyncio, os, sys, time",
    `${def} main_handler(event, context):`,
    ...lines.map((line) => `    ${line}`),
  ];
  return { handler, files: { "index.py": `${source.join("\n")}\n` } };
}

/** The same programs as `def` and as `async def`. */
function programs(def: "def" | "async def"): RuntimeSubject["programs"] {
  return {
    echo: program(def, [
      `return {"event": event, "requestId": context["request_id"], "variable": os.environ.get("GREETING")}`,
    ]),
    print: program(def, [
      "for line in event['lines']: print(line)",
      "if event['err']: print(event['err'], file=sys.stderr)",
      "print('rest', end='')",
    ]),
    fail: program(def, ["raise RuntimeError('broken on purpose')"]),
    size: program(def, ["return 'x' * event['size']"]),
    exit: program(def, ["sys.exit(7)"]),
    notJson: program(def, ["ring = {}", "ring['ring'] = ring", "return ring"]),
    noExport: { handler, files: { "index.py": "def other_handler(event, context):\n    return 1\n" } },
    noFile: { handler: "src/app.main", files: { "src/other.py": "", "src/readme.md": "" } },
    unloadable: { handler, files: { "index.py": "raise RuntimeError('not loadable')\n" } },
    hang: program(def, [
      "if event.get('quick'): return 1",
      def === "def" ? "while True: time.sleep(1000)" : "while True: await asyncio.sleep(1000)",
    ]),
  };
}

describeRuntime({ name: "python", title: "python, def", command: pythonRuntime, programs: programs("def") });
describeRuntime({
  name: "python",
  title: "python, async def",
  command: pythonRuntime,
  programs: programs("async def"),
});
