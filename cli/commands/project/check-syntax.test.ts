import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { it } from "node:test";
import { syntaxProblems } from "./check-syntax.ts";

it("finds what does not parse, in JavaScript, TypeScript and Python, and nothing else", async () => {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "gust-syntax-"));
  const files = {
    "good.ts": "interface Event { x: string }\nexport const main_handler = ({ x }: Event): string => x;\n",
    "good.js": "exports.main_handler = () => 1;\n",
    "bad.ts": "const a: string = ;\n",
    "bad.js": "const a = ;\n",
    "good.py": "def main_handler(event, context): pass\n",
    "bad.py": "x = 1\ndef main_handler(event:\n    pass\n",
    "notes.txt": "def (\n",
  };
  for (const [name, text] of Object.entries(files)) await fs.writeFile(path.join(directory, name), text);
  const paths = [...Object.keys(files), "gone.py", "gone.js"].map((name) => path.join(directory, name));
  const problems = await syntaxProblems(paths, new AbortController().signal);
  await fs.rm(directory, { recursive: true });
  assert.deepEqual(
    problems.slice(0, 2).map((problem) => problem.split(":")[0]),
    ["bad.ts", "bad.js"],
  );
  assert.match(problems[2] ?? "", /^ {2}File "bad\.py", line 2\n[^]*SyntaxError: /);
  assert.equal(problems.length, 3);
});

const withoutPhp = spawnSync("php", ["-v"]).error !== undefined;

it("finds PHP that does not parse", { skip: withoutPhp && "php is not installed" }, async () => {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "gust-syntax-"));
  const files = { "good.php": "<?php\nfunction main_handler($event) {}\n", "bad.php": "<?php\nfunction (\n" };
  for (const [name, text] of Object.entries(files)) await fs.writeFile(path.join(directory, name), text);
  const paths = [...Object.keys(files), "gone.php"].map((name) => path.join(directory, name));
  const problems = await syntaxProblems(paths, new AbortController().signal);
  await fs.rm(directory, { recursive: true });
  assert.match(problems.join(), /^(?:PHP )?Parse error: .* in bad\.php on line \d+$/);
});
