import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "node:test";
import { importsOf, listFiles, localImportsOf } from "./source-files.ts";

/** The import table of docs/architecture.md: which room may import which. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  core: [],
  store: ["core"],
  telemetry: ["core", "store"],
  sandbox: ["core", "telemetry"],
  scheduler: ["core", "store", "telemetry", "sandbox"],
  triggers: ["core", "store", "telemetry", "scheduler"],
  workflows: ["core", "store", "telemetry", "scheduler"],
  baas: ["core", "store", "telemetry", "scheduler"],
  control: ["core", "store", "telemetry", "triggers", "workflows", "baas"],
  gateway: ["core", "store", "telemetry", "scheduler"],
};

/** Files of src/ outside the rooms: the two programs, and the settings, which rooms may name as a type. */
const rootFiles = [
  "src/main.ts",
  "src/start-server.ts",
  "src/start-roles.ts",
  "src/stop-steps.ts",
  "src/doctor.ts",
  "src/config.ts",
];

const sources = listFiles("src/*.ts", "src/**/*.ts");
const productSources = sources.filter((file) => !file.endsWith(".test.ts"));

/** Files that only tests import, which may use what the tests share. */
function isForTests(file: string): boolean {
  return /(\.suite|-under-test)\.ts$/.test(file);
}

function roomOf(file: string): string | null {
  const [top, room, rest] = file.split("/");
  return top === "src" && room !== undefined && rest !== undefined ? room : null;
}

function explainImport(file: string, target: string): string | null {
  const from = roomOf(file);
  const to = roomOf(target);
  if (from === null) return rootFiles.includes(file) ? doorOnly(target, to) : `src/ holds only ${rootFiles.join(", ")}`;
  if (target === "src/config.ts") return null;
  if (to === null) return `rooms import neither main.ts nor anything outside src/ (${target})`;
  if (from === to) return target === `src/${from}/index.ts` ? "a file inside a room never imports its own door" : null;
  if (!rooms[from]?.includes(to)) return `${from} may not import ${to}`;
  return doorOnly(target, to);
}

function doorOnly(target: string, room: string | null): string | null {
  if (room === null || target === `src/${room}/index.ts`) return null;
  return `${target} is not the door of ${room}: import src/${room}/index.ts`;
}

describe("the import table", () => {
  it("is kept by every file of src/", () => {
    const broken = sources.flatMap((file) =>
      localImportsOf(file).flatMap((target) => {
        const isFixtureOfTest =
          (file.endsWith(".test.ts") && !target.startsWith("src/")) ||
          (isForTests(file) && target.startsWith("tests/"));
        const problem = isFixtureOfTest ? null : explainImport(file, target);
        return problem === null ? [] : [`${file}: ${problem}`];
      }),
    );
    assert.deepEqual(broken, []);
  });

  it("has no ring of imports", () => {
    const graph = new Map(productSources.map((file) => [file, localImportsOf(file)]));
    const done = new Set<string>();
    const rings: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      const at = trail.indexOf(file);
      if (at >= 0) rings.push([...trail.slice(at), file].join(" → "));
      if (at >= 0 || done.has(file)) return;
      for (const target of graph.get(file) ?? []) visit(target, [...trail, file]);
      done.add(file);
    };
    for (const file of productSources) visit(file, []);
    assert.deepEqual(rings, []);
  });

  it("lets runtimes import nothing of ours and no package", () => {
    const files = listFiles("runtimes/**/*.js").filter(
      (file) => !file.includes(".test.") && !file.includes("/fixtures/"),
    );
    const outside = files.flatMap((file) => [
      ...localImportsOf(file)
        .filter((target) => !target.startsWith("runtimes/"))
        .map((target) => `${file}: ${target}`),
      ...importsOf(file)
        .filter((name) => !name.startsWith(".") && !name.startsWith("node:"))
        .map((name) => `${file}: ${name}`),
    ]);
    assert.notEqual(files.length, 0);
    assert.deepEqual(outside, []);
  });

  it("lets the CLI reach the platform only through the SDK, and the SDK stand alone", () => {
    const broken = [
      ...listFiles("cli/**/*.ts").flatMap((file) =>
        localImportsOf(file)
          .filter((target) => !target.startsWith(`cli${path.sep}`) && !target.startsWith("sdk/src/"))
          .filter((target) => !(file.endsWith(".test.ts") && target.startsWith("tests/")))
          .map((target) => `${file}: ${target}`),
      ),
      ...listFiles("sdk/**/*.ts")
        .filter((file) => !file.endsWith(".test.ts"))
        .flatMap((file) => [
          ...localImportsOf(file)
            .filter((target) => !target.startsWith("sdk/"))
            .map((target) => `${file}: ${target}`),
          ...importsOf(file)
            .filter((name) => !name.startsWith(".") && !name.startsWith("node:"))
            .map((name) => `${file}: ${name}`),
        ]),
    ];
    assert.deepEqual(broken, []);
  });
});
