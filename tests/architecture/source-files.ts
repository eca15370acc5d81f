import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync, Visitor } from "oxc-parser";

export const root = path.resolve(import.meta.dirname, "../..");

/** Files of the checkout that git knows or would take (ignored ones left out), relative to the root. */
export function listFiles(...patterns: string[]): string[] {
  const output = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...patterns], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return output.split("\n").filter((file) => file !== "" && existsSync(path.join(root, file)));
}

export function readSource(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

/** Module names that a file imports or re-exports, types and literal `import()` included. */
export function importsOf(file: string): string[] {
  const source = readSource(file);
  const { module, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message}`);
  const names = [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap((entry) => entry.entries.flatMap((item) => item.moduleRequest?.value ?? [])),
    ...module.dynamicImports.flatMap((entry) => {
      const text = source.slice(entry.moduleRequest.start, entry.moduleRequest.end);
      return /^["'].*["']$/s.test(text) ? [text.slice(1, -1)] : [];
    }),
  ];
  return [...new Set(names)];
}

/** Imports of a file that lead to files of the checkout, relative to the root. */
export function localImportsOf(file: string): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith("."))
    .map((name) => path.relative(root, path.resolve(root, path.dirname(file), name)));
}

export interface SourceFunction {
  /** By what it is declared, assigned or keyed; `line 12` when nothing names it. */
  readonly name: string;
  readonly lines: number;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Functions of a file, methods and those without a name included. */
export function functionsOf(file: string): SourceFunction[] {
  const source = readSource(file);
  const linesOf = (start: number, end: number): number => source.slice(start, end).split("\n").length;
  const names = new Map<number, string>();
  const found: SourceFunction[] = [];
  const named = (node: Node | null, name: Node): void => {
    if (node !== null) names.set(node.start, source.slice(name.start, name.end));
  };
  const add = (node: Node, id: Node | null = null): void => {
    const name = id === null ? names.get(node.start) : source.slice(id.start, id.end);
    found.push({ name: name ?? `line ${linesOf(0, node.start)}`, lines: linesOf(node.start, node.end) });
  };
  new Visitor({
    VariableDeclarator: ({ init, id }) => named(init, id),
    MethodDefinition: ({ value, key }) => named(value, key),
    Property: ({ value, key }) => named(value, key),
    PropertyDefinition: ({ value, key }) => named(value, key),
    FunctionDeclaration: (node) => add(node, node.id),
    FunctionExpression: (node) => add(node),
    ArrowFunctionExpression: (node) => add(node),
  }).visit(parseSync(file, source).program);
  return found;
}
