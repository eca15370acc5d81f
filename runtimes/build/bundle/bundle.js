// @ts-check
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { PackageTooLarge, zipTree } from "../tree/zip-tree.js";
import { bundleCode, NotBundled } from "./bundle-code.js";
import { checkBundle } from "./check-bundle.js";

/** Where bundles are in a package, by the name of the handler's file; `runtimes/node` looks there. */
const folder = ".gust";
/** As `runtimes/node` looks for a handler's file. */
const extensions = [".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"];

/**
 * What the platform asks for.
 * @typedef {object} BundleRequest
 * @property {string} file the handler's file without its ending
 * @property {number} fewestModules below which it does not pay
 * @property {import("../tree/zip-tree.js").TreeLimits} limits
 */

/**
 * The handler's file and what it loads as one file, with what V8 made of it: files to be laid over the package, which stays as it is.
 * Nothing where that would not be exactly the same program.
 * @param {import("../build-runtime.js").BuildContext} context @param {BundleRequest} request
 * @returns {Promise<import("../build-runtime.js").Outcome>}
 */
export async function bundle({ codeRoot, tools, output }, { file, fewestModules, limits }) {
  const entry = extensions.map((ending) => path.join(codeRoot, file + ending)).find((name) => existsSync(name));
  if (entry === undefined) return { kind: "nothing", reason: `there is no file ${file} to bundle` };
  if (isUnwanted(codeRoot)) return { kind: "nothing", reason: "package.json says gust.bundle false" };
  if (existsSync(path.join(codeRoot, folder))) return { kind: "nothing", reason: `the package has a folder ${folder}` };
  try {
    const made = await bundleCode(entry, { codeRoot, tools, fewestModules });
    const directory = path.join(os.tmpdir(), "bundle");
    const target = path.join(directory, folder, file + made.ending);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, made.code);
    writeFileSync(`${target}.map`, made.sourceMap);
    await checkBundle(entry, target, { codeRoot, cache: path.join(directory, folder, "cache"), output });
    return { kind: "made", zip: zipTree(directory, limits), note: `${made.modules} modules in one file` };
  } catch (error) {
    if (!(error instanceof NotBundled || error instanceof PackageTooLarge)) throw error;
    return { kind: "nothing", reason: `not bundled: ${error.message}` };
  }
}

/** @param {string} codeRoot */
function isUnwanted(codeRoot) {
  try {
    const { gust } = JSON.parse(readFileSync(path.join(codeRoot, "package.json"), "utf8"));
    return gust?.bundle === false;
  } catch {
    return false; // none, or none that Node.js could read
  }
}
