// @ts-check
import { realpathSync } from "node:fs";
import module, { createRequire, Module } from "node:module";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";

/** Where layers have packages. `require` finds them by NODE_PATH, which `import` does not read. */
const packageFolders = [".", "nodejs"];

/** Where the platform's own packages lie, whatever links lead there. */
const ownPackages = /\/sdk-node-[0-9a-f]+\//;

/**
 * Lets `import` find packages of layers that it finds nowhere else, so that the function's own win, and those of layers win over the platform's. Only
 * for functions with layers: the hook sees every resolution. On a Node before 22.15, which has no such hooks, `import` finds nothing in layers.
 * @param {string} layersRoot
 */
export function importFromLayers(layersRoot) {
  requireOwnPackagesLast();
  const parents = packageFolders.map((folder) => pathToFileURL(join(layersRoot, folder, "_")).href);
  const { resolve: find } = createRequire(join(layersRoot, "_"));
  module.registerHooks?.({
    resolve(specifier, context, next) {
      // `require` has its own order, and is what `find` below asks
      if (!isBare(specifier) || context.conditions.includes("require")) return next(specifier, context);
      const [own, error] = attempt(() => next(specifier, context));
      if (own !== null && (!ownPackages.test(own.url) || ownPackages.test(context.parentURL ?? ""))) return own;
      for (const parentURL of parents) {
        const [found] = attempt(() => next(specifier, { ...context, parentURL }));
        if (found !== null && !ownPackages.test(found.url)) return found;
      }
      const [file] = attempt(() => find(specifier)); // a file or folder of NODE_PATH itself
      if (file !== null) return next(pathToFileURL(file).href, context);
      if (own !== null) return own;
      throw error;
    },
  });
}

/** `require` looks into folders above the code before NODE_PATH, and the platform's packages are in one of those. They go behind it. */
function requireOwnPackagesLast() {
  // Neither is documented; loaders have replaced the first for as long as there is Node.js, and both are there in every version from 18 to 26.
  const internals = /** @type {{ _nodeModulePaths: (from: string) => string[], _initPaths: () => void }} */ (
    /** @type {unknown} */ (Module)
  );
  const foldersAbove = internals._nodeModulePaths.bind(Module);
  const own = foldersAbove(process.cwd()).filter(isOwn);
  if (own.length === 0) return;
  internals._nodeModulePaths = (from) => foldersAbove(from).filter((folder) => !own.includes(folder));
  process.env["NODE_PATH"] = [process.env["NODE_PATH"] ?? "", ...own].filter((it) => it !== "").join(delimiter);
  internals._initPaths.call(Module);
}

/** @param {string} folder */
function isOwn(folder) {
  try {
    return ownPackages.test(`${realpathSync(folder)}/`);
  } catch {
    return false; // not there
  }
}

/** Neither a path nor a URL nor a name of the package's own. @param {string} specifier */
function isBare(specifier) {
  return !/^(?:[./#]|[a-z][a-z0-9+.-]*:)/i.test(specifier);
}

/** @template Value @param {() => Value} look @returns {[Value, null] | [null, unknown]} null: not there */
function attempt(look) {
  try {
    return [look(), null];
  } catch (error) {
    if (codeOf(error) === "ERR_MODULE_NOT_FOUND" || codeOf(error) === "MODULE_NOT_FOUND") return [null, error];
    throw error; // there, and broken
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && "code" in error ? error.code : null;
}
