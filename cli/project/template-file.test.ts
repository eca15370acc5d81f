import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTemplate } from "./template-file.ts";

const valid = `Globals:
  Function:
    Runtime: Nodejs18.15
    MemorySize: 256
Resources:
  default:
    Type: TencentCloud::Serverless::Namespace
    hello:
      Type: TencentCloud::Serverless::Function
      Properties:
        CodeUri: ./
        Handler: index.main_handler
        Timeout: 10
        Environment:
          Variables:
            VERSION: 1.10
            FLAG: yes
  staging:
    Type: TencentCloud::Serverless::Namespace
    site:
      Type: TencentCloud::Serverless::Function
      Properties:
        CodeUri: site.zip
        Type: HTTP
        Handler: index.default
`;

function problemsOf(text: string): string[] {
  const parsed = parseTemplate(text);
  return parsed.kind === "problems" ? parsed.problems.map(({ line, message }) => `${line}: ${message}`) : [];
}

/** The valid file with one piece replaced. */
function broken(piece: string, replacement: string): string[] {
  assert.ok(valid.includes(piece), piece);
  return problemsOf(valid.replace(piece, replacement));
}

describe("a project file", () => {
  it("is read with its numbers as numbers and its variables as they are written", () => {
    const parsed = parseTemplate(valid);
    assert.equal(parsed.kind, "template");
    if (parsed.kind !== "template") return;
    const hello = parsed.template.Resources["default"]?.["hello"];
    assert.ok(typeof hello === "object");
    assert.equal(hello.Properties.Timeout, 10);
    assert.deepEqual(hello.Properties.Environment, { Variables: { VERSION: "1.10", FLAG: "yes" } });
    assert.equal(parsed.template.Globals?.Function?.MemorySize, 256);
    assert.deepEqual(Object.keys(parsed.template.Resources), ["default", "staging"]);
  });

  for (const [what, problems, expected] of [
    [
      "an unknown key at the top",
      () => broken("Globals:", "Transform: x\nGlobals:"),
      /^1: Transform is not known here$/,
    ],
    [
      "an unknown property",
      () => broken("Timeout: 10", "TimeOut: 10"),
      /^13: Resources\.default\.hello\.Properties\.TimeOut is not known here; did you mean Timeout\?$/,
    ],
    [
      "memory that is none",
      () => broken("MemorySize: 256", "MemorySize: 100"),
      /^4: Globals\.Function\.MemorySize: expected 64, or 128–3072 in steps of 128 \(MB\)/,
    ],
    [
      "a timeout in words",
      () => broken("Timeout: 10", "Timeout: long"),
      /^13: .*\.Timeout: expected 1–900 \(seconds\); found "long"$/,
    ],
    [
      "a type that does not exist",
      () => broken("Type: HTTP", "Type: Web"),
      /^24: .*\.Type: expected Event, HTTP or Service; found "Web"$/,
    ],
    [
      "a function that stands outside a namespace",
      () =>
        broken(
          "Type: TencentCloud::Serverless::Namespace\n    hello",
          "Type: TencentCloud::Serverless::Function\n    hello",
        ),
      /^7: Resources\.default\.Type: expected TencentCloud::Serverless::Namespace \(functions stand inside a namespace\)/,
    ],
    [
      "a name that functions may not have",
      () => broken("    hello:", "    9lives:"),
      /^8: Resources\.default\.9lives: expected the name of a function: 2–60 letters/,
    ],
    [
      "a key twice",
      () => broken("        Timeout: 10", "        Timeout: 10\n        Timeout: 11"),
      /^14: not YAML: .*unique/,
    ],
    ["text that is not YAML", () => problemsOf("Resources: [\n"), /^\d+: not YAML: /],
    ["an empty file", () => problemsOf(""), /^1: .*Resources: expected namespaces with functions$/],
    [
      "variables that are a list",
      () =>
        broken("          Variables:\n            VERSION: 1.10\n            FLAG: yes", "          Variables: [a, b]"),
      /^15: .*Variables: expected names with their values$/,
    ],
  ] as const) {
    it(`with ${what} is refused with the line and what was expected`, () => {
      const found = problems();
      assert.ok(
        found.some((problem) => expected.test(problem)),
        found.join("\n"),
      );
    });
  }

  it("has all its problems told at once", () => {
    const text = valid.replace("Timeout: 10", "Timeout: 0").replace("Type: HTTP", "Type: Web");
    assert.equal(problemsOf(text).length, 2);
  });
});
