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

const extensions = [".js", ".cjs", ".mjs", ".ts", ".mts", ".cts", ".py", ".php"];
const maxFiles = 20;

/** What Node.js, Python and PHP say about changed files that do not parse; empty when all do. */
export async function syntaxProblems(files: readonly string[], signal: AbortSignal): Promise<string[]> {
  const code = files.filter((file) => checkerOf(file) !== undefined && !file.endsWith(".d.ts")).slice(0, maxFiles);
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

const checkPython = 'import sys; name = sys.argv[1]; compile(open(name, "rb").read(), name, "exec")';

interface Checker {
  readonly files: RegExp;
  /** Program and arguments; the file follows. */
  readonly command: readonly string[];
  /** Place, line and message of what the program says. */
  readonly shorten: (stderr: string) => string;
}

const checkers: readonly Checker[] = [
  { files: /\.[mc]?js$/, command: [process.execPath, "--check"], shorten: shortenNode },
  {
    files: /\.[mc]?ts$/,
    command: [process.execPath, "--disable-warning=ExperimentalWarning", "--eval", checkTypeScript],
    shorten: shortenNode,
  },
  {
    files: /\.py$/,
    command: ["python3", "-I", "-S", "-c", checkPython],
    // the stack above is that of our own line
    shorten: (stderr) => stderr.replace(/^Traceback[^]*?<module>\n/, ""),
  },
  {
    files: /\.php$/,
    command: ["php", "-n", "-d", "display_errors=stderr", "-l"],
    shorten: (stderr) => stderr.trimStart().replace(/\nErrors parsing [^]*/, ""),
  },
];

function checkerOf(file: string): Checker | undefined {
  return checkers.find(({ files }) => files.test(file));
}

/** Empty also when the file has gone meanwhile, or nothing here can check it. */
function checkFile(file: string, signal: AbortSignal): Promise<string> {
  const { command = [], shorten = String } = checkerOf(file) ?? {};
  const [program = "", ...options] = command;
  return new Promise((resolve) => {
    execFile(program, [...options, file], { signal }, (error, _stdout, stderr) => {
      const isFine = error === null || error.code === "ENOENT" || signal.aborted;
      if (isFine || /ENOENT|Cannot find module|FileNotFoundError/.test(stderr)) return resolve("");
      resolve(
        shorten(stderr)
          .replaceAll(path.dirname(file) + path.sep, "")
          .trimEnd(),
      );
    });
  });
}

/** The stack below is Node's own. */
function shortenNode(stderr: string): string {
  const text = stderr.split(/\n\s+at /)[0] ?? stderr;
  return text.replace(/\n+Node\.js v[^\n]*/, "");
}
