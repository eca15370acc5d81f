import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { functionsOf, listFiles, readSource, root } from "./source-files.ts";

const code = listFiles("*.ts", "*.js", "*.mjs", "*.py", "*.php").filter(
  (file) => !/(^|\/)(fixtures|generated)\//.test(file) && !file.startsWith("docs/"),
);

/** What runs for users: no tests, and nothing that is there for them. */
const product = code.filter((file) => !/(^tests\/|\/testing\/|\.(test|suite|bench)\.ts$|-under-test\.ts$)/.test(file));

const lineLimits = { file: 300, testFile: 500, function: 40 } as const;

/** Each waits for somebody who finds the seam; a new one is split when it is written. */
const longFiles = new Set(["src/sandbox/channel/socket-channel.ts", "src/store/store.ts"]);

const longFunctions = new Set([
  // one switch, a line or two for each case
  "src/gateway/listener/request-head.ts readField",
  "src/gateway/proxy/upstream-failure.ts explainFailure",
  // to be split
  "cli/commands/functions/info.ts addInfo",
  "cli/commands/project/watch-files.ts watchFiles",
  "cli/project/template-project.ts #functionOf",
  "src/scheduler/instances/start-instance.ts startOnce",
]);

function lineCount(file: string): number {
  return readSource(file).split("\n").length - 1;
}

describe("the house", () => {
  it("has no file over 300 lines, tests over 500", () => {
    const isLong = (file: string): boolean =>
      lineCount(file) > (product.includes(file) && !longFiles.has(file) ? lineLimits.file : lineLimits.testFile);
    assert.deepEqual(code.filter(isLong), []);
  });

  it("has no function over 40 lines", () => {
    const long = product
      .filter((file) => /\.[jt]s$/.test(file))
      .flatMap((file) => functionsOf(file).map(({ name, lines }) => ({ name: `${file} ${name}`, lines })))
      .filter(({ name, lines }) => lines > lineLimits.function && !longFunctions.has(name));
    assert.deepEqual(long, []);
  });

  it("has no folder with more than 12 source files, tests apart", () => {
    const counts = Map.groupBy(
      code.filter((file) => !file.includes(".test.") && !file.includes(".suite.") && !file.startsWith("tests/")),
      (file) => path.dirname(file),
    );
    const crowded = [...counts]
      .filter(([, files]) => files.length > 12)
      .map(([folder, files]) => `${folder}: ${files.length}`);
    assert.deepEqual(crowded, []);
  });

  it("has no drawers", () => {
    const drawers = code.filter((file) => /(^|\/)(utils?|helpers?|common|misc|lib|types)(\.[jt]s|\/)/.test(file));
    assert.deepEqual(
      drawers.filter((file) => !file.startsWith("examples/")),
      [],
    );
  });

  it("reads the environment in src/config.ts alone", () => {
    const readers = code
      .filter((file) => file.startsWith("src/") && !file.includes(".test.") && file !== "src/config.ts")
      .filter((file) => /process\.env\b/.test(readSource(file)));
    assert.deepEqual(readers, []);
  });

  it("keeps SQL in the store", () => {
    const statement = /\b(?:SELECT\s.+\sFROM|INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\w+\s+SET)\b/s;
    const strangers = code
      .filter((file) => file.startsWith("src/") && !file.startsWith("src/store/") && !file.includes(".test."))
      .filter((file) => statement.test(readSource(file)));
    assert.deepEqual(strangers, []);
  });

  it("describes every room in at most 15 lines", () => {
    const rooms = new Set(
      listFiles("src/**/*.ts")
        .map((file) => file.split("/"))
        .filter((parts) => parts.length > 2)
        .map((parts) => parts[1]),
    );
    for (const room of rooms) {
      const readme = `src/${room}/README.md`;
      assert.ok(existsSync(path.join(root, readme)), `${readme} is missing`);
      assert.ok(readSource(readme).trimEnd().split("\n").length <= 15, `${readme} has more than 15 lines`);
      assert.ok(existsSync(path.join(root, `src/${room}/index.ts`)), `src/${room}/index.ts, the door, is missing`);
    }
  });

  it("names only files that exist in docs/architecture.md", () => {
    const named = [
      ...readSource("docs/architecture.md").matchAll(
        /`((?:src|runtimes|cli|sdk|tests|script|docs|examples)\/[\w./-]*)`/g,
      ),
    ];
    assert.ok(named.length > 20, "docs/architecture.md walks through the house file by file");
    const missing = named.map((match) => String(match[1])).filter((file) => !existsSync(path.join(root, file)));
    assert.deepEqual(missing, []);
  });
});
