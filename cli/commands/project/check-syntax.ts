import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import type { ProjectFunction } from "../../project/project.ts";

/** The file that a function's handler or start command names, whatever its ending. */
export function entryFiles({ code, handler }: ProjectFunction): string[] {
  const base = handler?.slice(0, handler.lastIndexOf("."));
  const named = base === undefined ? [] : extensions.map((extension) => base + extension);
  const started = /^node ([\w./-]+)$/.exec(code.startCommand ?? "")?.slice(1) ?? [];
  const inDirectory = [...named, ...started].map((name) => path.join(code.path, name));
  return [code.path, ...inDirectory].filter((file) => existsSync(file)); // the code may be one file
}

const extensions = [".js", ".cjs", ".mjs", ".ts", ".mts", ".cts"];
const checked = /\.[mc]?[jt]s$/;
const maxFiles = 20;

/** What Node.js says about changed files that do not parse; empty when all do. */
export async function syntaxProblems(files: readonly string[], signal: AbortSignal): Promise<string[]> {
  const code = files.filter((file) => checked.test(file) && !file.endsWith(".d.ts")).slice(0, maxFiles);
  const problems = await Promise.all(code.map((file) => checkFile(file, signal)));
  return problems.filter((problem) => problem !== "");
}

/** `--check` knows JavaScript alone; types are taken off as the runtime does it. */
const checkTypeScript = `try {
  require("node:module").stripTypeScriptTypes(require("node:fs").readFileSync(process.argv[1], "utf8"));
} catch (error) {
  process.stderr.write(process.argv[1] + error.stack);
  process.exitCode = 1;
}`;

function checkFile(file: string, signal: AbortSignal): Promise<string> {
  const isTypeScript = /\.[mc]?ts$/.test(file);
  const how = isTypeScript ? ["--disable-warning=ExperimentalWarning", "--eval", checkTypeScript] : ["--check"];
  return new Promise((resolve) => {
    execFile(process.execPath, [...how, file], { signal }, (error, _stdout, stderr) => {
      resolve(
        error === null || signal.aborted || /ENOENT|Cannot find module/.test(stderr) ? "" : shorten(stderr, file),
      );
    });
  });
}

/** Place, line and message; the stack below them is Node's own. */
function shorten(stderr: string, file: string): string {
  const text = stderr.split(/\n\s+at /)[0] ?? stderr;
  return text
    .replaceAll(path.dirname(file) + path.sep, "")
    .replace(/\n+Node\.js v[^\n]*/, "")
    .trimEnd();
}
