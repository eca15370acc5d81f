// @ts-check
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { failure } from "../process/failure.js";

/** In the order in which they are looked for. */
const extensions = [".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"];
/** Where the platform puts what it makes of a package. */
const bundleFolder = ".gust";
const namesShown = 20;
const checkTimeoutMs = 2_000;

/**
 * The handler cannot be had; the message says what there is instead.
 * @typedef {{ kind: "missing", failure: import("../channel/call.js").Failure }} Missing
 */

/** @typedef {{ kind: "found", value: unknown }} Found */

/**
 * Loads the file a handler names and takes the export it names. Errors of the file itself are thrown as they are.
 * @param {string} codeRoot
 * @param {string} handler `file.export`; the file may be in a folder
 * @param {{ defaultName: string | null, isBundled: boolean }} options `defaultName`: what is exported where the handler names a file alone;
 *   `isBundled`: the platform laid its bundle over the package, and a folder of that name is not the package's own
 * @returns {Promise<Found | Missing>}
 */
export async function loadHandler(codeRoot, handler, { defaultName, isBundled }) {
  const { file, name } = splitHandler(handler, defaultName);
  if (name === null)
    return missing(`Handler "${handler}" names no export: it must be <file>.<export>, such as index.main_handler`);
  const path = findFile(codeRoot, file);
  if (path === null) return missing(noFile(codeRoot, handler, file));
  const bundle = isBundled ? findBundle(codeRoot, file) : null;
  const exports = bundle === null ? await loadModule(path) : await loadBundle(codeRoot, bundle);
  const value = takeExport(exports, name);
  if (value !== undefined) return { kind: "found", value };
  return missing(
    `Handler "${handler}": ${basename(path)} has no export "${name}", it exports ${listNames(exportNames(exports))}`,
  );
}

/** @param {string} handler @param {string | null} defaultName */
function splitHandler(handler, defaultName) {
  const dot = handler.lastIndexOf(".");
  if (dot > handler.lastIndexOf("/") + 1) return { file: handler.slice(0, dot), name: handler.slice(dot + 1) };
  return { file: handler, name: defaultName };
}

/** @param {string} codeRoot @param {string} file */
function findFile(codeRoot, file) {
  const base = join(codeRoot, file);
  for (const extension of extensions) {
    if (existsSync(base + extension)) return base + extension;
  }
  return null;
}

/** What the platform made of the file and all that it loads, if it did. @param {string} codeRoot @param {string} file */
function findBundle(codeRoot, file) {
  const base = join(codeRoot, bundleFolder, file);
  return [".cjs", ".mjs"].map((extension) => base + extension).find((path) => existsSync(path)) ?? null;
}

/** @param {string} codeRoot @param {string} bundle */
async function loadBundle(codeRoot, bundle) {
  const { prepareBundle } = await import("./prepare-bundle.js");
  prepareBundle(bundle, join(codeRoot, bundleFolder, "cache"));
  return loadModule(bundle);
}

/** @param {string} path @returns {Promise<unknown>} */
async function loadModule(path) {
  try {
    return await loadFastest(path);
  } catch (error) {
    if (error instanceof SyntaxError) await locate(error, path);
    throw error;
  }
}

/** @param {string} path @returns {Promise<unknown>} */
async function loadFastest(path) {
  if (!path.endsWith(".mts")) {
    try {
      // Half a millisecond faster for an ES module, and the way that gives CommonJS exports as they are.
      return createRequire(path)(path);
    } catch (error) {
      if (!isModuleOnly(error)) throw error;
    }
  }
  return import(pathToFileURL(path).href);
}

/** Node does not say in which line an ES module is wrong, except when asked to check it. @param {SyntaxError} error @param {string} path */
async function locate(error, path) {
  if (error.stack?.includes(path)) return;
  const { spawnSync } = await import("node:child_process"); // rarely needed, and slow to load
  const { stderr } = spawnSync(process.execPath, ["--check", path], { encoding: "utf8", timeout: checkTimeoutMs });
  const end = stderr.indexOf("\nSyntaxError: ");
  if (end > 0) error.stack = `${stderr.slice(0, end)}\n${error.stack}`;
}

/** The file is an ES module that `require` does not take: an older Node, or a top-level await. @param {unknown} error */
function isModuleOnly(error) {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ERR_REQUIRE_ESM" || code === "ERR_REQUIRE_ASYNC_MODULE") return true;
  return (
    error instanceof SyntaxError && /import statement|Unexpected token 'export'|await is only valid/.test(error.message)
  );
}

/** @param {unknown} exports @param {string} name */
function takeExport(exports, name) {
  const value = property(exports, name) ?? property(property(exports, "default"), name);
  if (value !== undefined || name !== "default") return value;
  // `module.exports = app` is what a CommonJS file has for a default export.
  return typeof exports === "function" || !isModuleNamespace(exports) ? exports : undefined;
}

/** @param {unknown} exports */
function isModuleNamespace(exports) {
  return typeof exports === "object" && exports !== null && Reflect.get(exports, Symbol.toStringTag) === "Module";
}

/** @param {unknown} of @param {string} name @returns {unknown} */
function property(of, name) {
  if ((typeof of !== "object" && typeof of !== "function") || of === null) return undefined;
  return Reflect.get(of, name) ?? undefined;
}

/** @param {unknown} exports */
function exportNames(exports) {
  const names =
    exports !== null && (typeof exports === "object" || typeof exports === "function") ? Object.keys(exports) : [];
  return typeof exports === "function" ? ["a function as module.exports", ...names] : names;
}

/** @param {string} codeRoot @param {string} handler @param {string} file */
function noFile(codeRoot, handler, file) {
  const folder = dirname(join(codeRoot, file));
  const wanted = `${file}.js, .cjs, .mjs, .ts, .cts or .mts`;
  const where = folder === join(codeRoot) ? "the code package" : `folder ${dirname(file)} of the code package`;
  if (!existsSync(folder)) return `Handler "${handler}": there is no ${where}; looked for ${wanted}`;
  return `Handler "${handler}": no file ${wanted} in ${where}, there is ${listNames(readdirSync(folder).sort())}`;
}

/** @param {readonly string[]} names */
function listNames(names) {
  if (names.length === 0) return "nothing";
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : "";
  return names.slice(0, namesShown).join(", ") + more;
}

/** @param {string} message @returns {Missing} */
function missing(message) {
  return { kind: "missing", failure: failure("handler-missing", "HandlerNotFound", message) };
}
