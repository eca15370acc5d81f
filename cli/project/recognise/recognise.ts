import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { bootstrapName, eventBootstrapName } from "../project.ts";
import { readPackageFile, startCommand, type PackageFile } from "../start-script.ts";
import { findPhpHandler } from "./php-source.ts";
import { findPythonHandler } from "./python-source.ts";
import { readExports, type SourceExports } from "./source-exports.ts";

/** What a directory without a project file was taken for, and why. */
export type Recognised =
  | {
      readonly kind: "event" | "http";
      readonly language: "node" | "python" | "php";
      readonly handler: string;
      readonly because: string;
    }
  | { readonly kind: "program"; readonly because: string }
  | {
      readonly kind: "service";
      /** Null: the package has its own scf_bootstrap. */
      readonly startCommand: string | null;
      readonly because: string;
    };

const extensions = ["mjs", "js", "cjs", "mts", "ts", "cts"];
const entryNames = ["index", "app", "server", "main"];
const pythonEntryNames = [...entryNames, "wsgi", "asgi", "application"];
/** Exports that are looked at first, when several could serve requests. */
const preferred = ["default", "handler", "main", "app", "fetch"];

/**
 * Recognises what a directory is, by reading it and never by running it. First match wins: `scf_bootstrap`; an executable
 * `bootstrap`; `main_handler`; a default export with `fetch` or an exported `(req, res)`; the same of
 * Python, `main_handler` or an application; `main_handler` or a script of PHP; a `start` script; a server that listens.
 */
export async function recognise(directory: string): Promise<Recognised | null> {
  if (existsSync(path.join(directory, bootstrapName))) {
    return { kind: "service", startCommand: null, because: `it has ${bootstrapName}` };
  }
  if (await isProgram(path.join(directory, eventBootstrapName))) {
    return { kind: "program", because: `it has an executable file ${eventBootstrapName}` };
  }
  const packageFile = await readPackageFile(directory);
  const script = packageFile?.scripts["start"]?.trim() ?? "";
  const entries = await readEntries(directory, packageFile);
  for (const { file, exports } of entries) {
    const found = recogniseExports(file, exports);
    // A file that listens by itself is a server, even if it also exports its application (for its tests).
    if (found !== null && !(found.kind === "http" && exports.listens)) return found;
  }
  const other = (await recognisePython(directory)) ?? (await recognisePhp(directory));
  if (other !== null) return other;
  if (script !== "") {
    return {
      kind: "service",
      startCommand: startCommand(script),
      because: `its package.json starts it with "${script}"`,
    };
  }
  const server = entries.find(({ exports }) => exports.listens);
  if (server === undefined) return null;
  return { kind: "service", startCommand: `node ${server.file}`, because: `${server.file} listens on a port` };
}

async function recognisePython(directory: string): Promise<Recognised | null> {
  const files = pythonEntryNames.map((name) => `${name}.py`).filter((file) => existsSync(path.join(directory, file)));
  for (const file of files) {
    const found = findPythonHandler(await fs.readFile(path.join(directory, file), "utf8"));
    if (found === null) continue;
    const handler = `${file.slice(0, -".py".length)}.${found.name}`;
    return { kind: found.kind, language: "python", handler, because: `${file} ${found.because}` };
  }
  return null;
}

/** Where PHP programs begin. */
const phpEntries = ["index.php", "public/index.php"];

async function recognisePhp(directory: string): Promise<Recognised | null> {
  for (const file of phpEntries.filter((it) => existsSync(path.join(directory, it)))) {
    const found = findPhpHandler(await fs.readFile(path.join(directory, file), "utf8"));
    if (found === null) continue;
    const handler = `${file.slice(0, -".php".length)}.${found.name}`;
    return { kind: found.kind, language: "php", handler, because: `${file} ${found.because}` };
  }
  return null;
}

const executableBits = 0o111;

async function isProgram(file: string): Promise<boolean> {
  const stats = await fs.stat(file).catch(() => null);
  return stats !== null && stats.isFile() && (stats.mode & executableBits) !== 0;
}

interface Entry {
  readonly file: string;
  readonly exports: SourceExports;
}

/** The files that may be a directory's entry, with what they export. */
export async function readEntries(directory: string, packageFile: PackageFile | null): Promise<Entry[]> {
  return Promise.all(entryFiles(directory, packageFile).map((file) => readEntry(directory, file)));
}

async function readEntry(directory: string, file: string): Promise<Entry> {
  const source = await fs.readFile(path.join(directory, file), "utf8");
  return { file, exports: readExports(source, /\.[mc]?ts$/.test(file)) };
}

/** Files that may be a package's entry, most likely first: what package.json names, then usual names. */
function entryFiles(directory: string, packageFile: PackageFile | null): string[] {
  const named = [packageFile?.main, entryOfExports(packageFile?.exports)]
    .filter((file) => file !== undefined)
    .flatMap((file) => [file, ...extensions.map((extension) => `${file}.${extension}`), `${file}/index.js`]);
  const usual = entryNames.flatMap((name) => extensions.map((extension) => `${name}.${extension}`));
  const files = [...named, ...usual].map((file) => path.normalize(file)).filter((file) => !file.startsWith(".."));
  return [...new Set(files)].filter((file) => isCode(path.join(directory, file)));
}

function isCode(file: string): boolean {
  return /\.[mc]?[jt]s$/.test(file) && existsSync(file);
}

/** The path that `exports` gives for the package itself, conditions looked through. */
function entryOfExports(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports;
  if (typeof exports !== "object" || exports === null) return undefined;
  const inner = new Map(Object.entries(exports));
  for (const key of [".", "import", "node", "default", "require"]) {
    const found = entryOfExports(inner.get(key));
    if (found !== undefined) return found;
  }
  return undefined;
}

function recogniseExports(file: string, { kinds }: SourceExports): Recognised | null {
  const base = file.replace(/\.\w+$/, "");
  if (kinds.has("main_handler")) {
    const because = `${file} exports main_handler`;
    return { kind: "event", language: "node", handler: `${base}.main_handler`, because };
  }
  const names = [...preferred.filter((name) => kinds.has(name)), ...kinds.keys()];
  const serving = names.find((name) => kinds.get(name) === "web" || kinds.get(name) === "node");
  if (serving !== undefined) {
    const shape = kinds.get(serving) === "web" ? "answers a Request" : "takes a request and a response";
    const what = serving === "default" ? `the default export of ${file}` : `${serving} of ${file}`;
    return { kind: "http", language: "node", handler: `${base}.${serving}`, because: `${what} ${shape}` };
  }
  const event = names.find((name) => kinds.get(name) === "event");
  if (event === undefined) return null;
  const because = `${event} of ${file} takes an event`;
  return { kind: "event", language: "node", handler: `${base}.${event}`, because };
}
