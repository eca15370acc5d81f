import { describe } from "node:test";
import { describeRuntime, type RuntimeSubject } from "./runtime.suite.ts";
import { phpRuntime, withoutPhp } from "../../runtimes/php/testing/with-package.ts";

const handler = "index.main_handler";

/** A package of one file whose handler has these lines. */
function program(...lines: readonly string[]): { handler: string; files: Record<string, string> } {
  const source = ["<?php", "function main_handler($event, $context) {", ...lines.map((line) => `    ${line}`), "}"];
  return { handler, files: { "index.php": `${source.join("\n")}\n` } };
}

const programs: RuntimeSubject["programs"] = {
  echo: program(
    "return ['event' => $event, 'requestId' => $context->request_id, 'variable' => getenv('GREETING') ?: null];",
  ),
  print: program(
    "foreach ($event->lines as $line) echo $line, PHP_EOL;",
    "if ($event->err) fwrite(STDERR, $event->err . PHP_EOL);",
    "print 'rest';",
  ),
  fail: program("throw new RuntimeException('broken on purpose');"),
  size: program("return str_repeat('x', $event->size);"),
  exit: program("exit(7);"),
  notJson: program("$ring = new stdClass;", "$ring->ring = $ring;", "return $ring;"),
  noExport: { handler, files: { "index.php": "<?php\nfunction other_handler($event, $context) { return 1; }\n" } },
  noFile: { handler: "src/app.main", files: { "src/other.php": "", "src/readme.md": "" } },
  unloadable: { handler, files: { "index.php": "<?php\nthrow new RuntimeException('not loadable');\n" } },
  hang: program("if ($event->quick ?? false) return 1;", "while (true) sleep(1000);"),
};

describe("PHP", { skip: withoutPhp }, () => {
  describeRuntime({ name: "php", command: phpRuntime, programs });
});
