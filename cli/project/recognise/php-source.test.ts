import assert from "node:assert/strict";
import { it } from "node:test";
import { findPhpHandler } from "./php-source.ts";

const sources: Record<string, [source: string, handler: string | null]> = {
  main_handler: ["<?php\ndeclare(strict_types=1);\nfunction main_handler($event, $context) {\n}", "event main_handler"],
  "main_handler with types": [
    "<?php\nfunction main_handler(object $event, object $context): array {}",
    "event main_handler",
  ],
  "a front controller": ["<?php\nrequire __DIR__ . '/../vendor/autoload.php';\n$app->run();", "http php"],
  "a page with some PHP": ["<html><?= date('c') ?></html>", "http php"],
  "main_handler in comments and texts alone": [
    "<?php\n/*\nfunction main_handler() {}\n*/\n# function main_handler()\n$a = 'x\nfunction main_handler() {}';",
    "http php",
  ],
  "main_handler after an attribute": ["<?php\n#[Pure]\nfunction main_handler($event) {}", "event main_handler"],
  "no PHP": ["function main_handler() {}", null],
};

for (const [name, [source, expected]] of Object.entries(sources)) {
  it(`recognises ${name}`, () => {
    const found = findPhpHandler(source);
    assert.equal(found === null ? null : `${found.kind} ${found.name}`, expected);
  });
}
