import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync } from "oxc-parser";

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
