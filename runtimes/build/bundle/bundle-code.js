// @ts-check
import path from "node:path";
import { pathToFileURL } from "node:url";
import { isModuleFile } from "./module-kind.js";
import { ownPlaces } from "./own-places.js";

/** The package cannot be one file and stay the same program; the message says why. */
export class NotBundled extends Error {}

/** What a bundle would do in another way than the files themselves: each is a reason to leave them alone. */
const refused = /** @type {const} */ ([
  "commonjs-variable-in-esm",
  "empty-import-meta",
  "import-is-undefined",
  "indirect-require",
  "require-resolve-not-external",
  "unsupported-dynamic-import",
  "unsupported-require-call",
]);

/** What Node.js loads; anything else it would not, or not like a bundler. */
const known = new Set([".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".json"]);
const sourceMapName = ".map";

/**
 * @typedef {object} MadeBundle
 * @property {string} code
 * @property {string} sourceMap
 * @property {".cjs" | ".mjs"} ending
 * @property {number} modules
 */

/**
 * Throws `NotBundled` where the result could differ from what Node.js makes of the files.
 * @param {string} entry
 * @param {{ codeRoot: string, tools: import("../build-runtime.js").Tools, fewestModules: number }} options
 * @returns {Promise<MadeBundle>}
 */
export async function bundleCode(entry, { codeRoot, tools, fewestModules }) {
  const esbuild = await loadEsbuild(tools);
  const isModule = isModuleFile(entry);
  try {
    const built = await esbuild.build(options(entry, codeRoot, isModule));
    const inputs = Object.keys(built.metafile.inputs);
    if (inputs.length < fewestModules)
      throw new NotBundled(`it has ${inputs.length} modules, and below ${fewestModules} it does not pay`);
    for (const [name, { format }] of Object.entries(built.metafile.inputs)) checkInput(codeRoot, name, format);
    checkKinds(codeRoot, inputs);
    const map = built.outputFiles.find((file) => file.path.endsWith(sourceMapName));
    const code = built.outputFiles.find((file) => !file.path.endsWith(sourceMapName));
    if (map === undefined || code === undefined) throw new Error("esbuild wrote no bundle");
    return {
      code: code.text,
      sourceMap: withAbsolutePaths(map.text, path.dirname(map.path)),
      ending: isModule ? ".mjs" : ".cjs",
      modules: inputs.length,
    };
  } catch (error) {
    throw isBuildFailure(error) ? new NotBundled(describe(error)) : error;
  } finally {
    await esbuild.stop();
  }
}

/** @param {import("../build-runtime.js").Tools} tools @returns {Promise<typeof import("esbuild")>} */
async function loadEsbuild({ esbuildModule, esbuildBinary }) {
  process.env["ESBUILD_BINARY_PATH"] = esbuildBinary;
  return (await import(pathToFileURL(esbuildModule).href)).default;
}

/** @param {string} entry @param {string} codeRoot @param {boolean} isModule @returns {import("esbuild").BuildOptions & { metafile: true, write: false }} */
function options(entry, codeRoot, isModule) {
  return {
    entryPoints: [entry],
    absWorkingDir: codeRoot,
    outfile: path.join(codeRoot, "bundle.js"),
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "esnext",
    format: isModule ? "esm" : "cjs",
    // What Node.js looks at, and nothing that only bundlers know.
    mainFields: ["main"],
    conditions: ["node-addons", "module-sync"],
    resolveExtensions: [".js", ".json", ".node"],
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    ignoreAnnotations: true,
    keepNames: true,
    charset: "utf8",
    legalComments: "none",
    sourcemap: "external",
    sourcesContent: false,
    logLevel: "silent",
    logLimit: 5,
    logOverride: Object.fromEntries(refused.map((name) => [name, /** @type {const} */ ("error")])),
    plugins: [ownPlaces],
    // CommonJS in a module has no `require` of its own to fall back on.
    ...(isModule ? { banner: { js: requireOf(entry) } } : {}),
  };
}

/** @param {string} entry */
function requireOf(entry) {
  return `import { createRequire as __gustCreateRequire } from "node:module"; const require = __gustCreateRequire(${JSON.stringify(entry)});`;
}

/** @param {string} codeRoot @param {string} name @param {"cjs" | "esm" | undefined} format */
function checkInput(codeRoot, name, format) {
  const ending = path.extname(name);
  if (!known.has(ending)) throw new NotBundled(`${name} is not what Node.js loads by itself`);
  if (format !== "esm" || (ending !== ".js" && ending !== ".ts")) return;
  if (!isModuleFile(path.join(codeRoot, name))) {
    throw new NotBundled(`${name} is an ES module, and its package.json does not say so ("type": "module")`);
  }
}

/**
 * ES modules are strict and CommonJS is not unless it says so; in one file they all are what that file is.
 * @param {string} codeRoot @param {readonly string[]} inputs
 */
function checkKinds(codeRoot, inputs) {
  const code = inputs.filter((name) => path.extname(name) !== ".json");
  const modules = code.filter((name) => isModuleFile(path.join(codeRoot, name)));
  const other = code.find((name) => !modules.includes(name));
  if (modules.length > 0 && other !== undefined)
    throw new NotBundled(`${modules[0]} is an ES module, and ${other} is CommonJS`);
}

/** The bundle will lie elsewhere than where it was made. @param {string} text @param {string} directory */
function withAbsolutePaths(text, directory) {
  const map = JSON.parse(text);
  map.sources = map.sources.map((/** @type {string} */ source) => path.resolve(directory, source));
  return JSON.stringify(map);
}

/** @param {unknown} error @returns {error is import("esbuild").BuildFailure} */
function isBuildFailure(error) {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

/** @param {import("esbuild").BuildFailure} failure */
function describe({ errors }) {
  const [first] = errors;
  if (first === undefined) return "esbuild gave no reason";
  const place = first.location === null ? "" : `${first.location.file}:${first.location.line}: `;
  return place + first.text;
}
