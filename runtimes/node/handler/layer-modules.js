// @ts-check
import module, { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Where layers have packages. `require` finds them by NODE_PATH, which `import` does not read. */
const packageFolders = [".", "nodejs"];

/**
 * Lets `import` find packages of layers that it finds nowhere else, so that the function's own win. Only for functions
 * with layers: the hook sees every resolution. Without effect on a Node before 22.15, which has no such hooks.
 * @param {string} layersRoot
 */
export function importFromLayers(layersRoot) {
  const parents = packageFolders.map((folder) => pathToFileURL(join(layersRoot, folder, "_")).href);
  const { resolve: find } = createRequire(join(layersRoot, "_"));
  module.registerHooks?.({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!isBare(specifier) || codeOf(error) !== "ERR_MODULE_NOT_FOUND") throw error;
        for (const parentURL of parents) {
          const found = attempt(() => next(specifier, { ...context, parentURL }));
          if (found !== null) return found;
        }
        const file = attempt(() => find(specifier)); // a file or folder of NODE_PATH itself
        if (file === null) throw error;
        return next(pathToFileURL(file).href, context);
      }
    },
  });
}

/** Neither a path nor a URL nor a name of the package's own. @param {string} specifier */
function isBare(specifier) {
  return !/^(?:[./#]|[a-z][a-z0-9+.-]*:)/i.test(specifier);
}

/** @template Value @param {() => Value} look @returns {Value | null} null: not there */
function attempt(look) {
  try {
    return look();
  } catch (error) {
    if (codeOf(error) === "ERR_MODULE_NOT_FOUND" || codeOf(error) === "MODULE_NOT_FOUND") return null;
    throw error; // there, and broken
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && "code" in error ? error.code : null;
}
