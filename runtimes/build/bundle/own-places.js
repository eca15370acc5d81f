// @ts-check
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { isModuleFile } from "./module-kind.js";

/** What a module says about where it is. */
const places = /\b__dirname\b|\b__filename\b|\bimport\s*\.\s*meta\b/;
/** What has to stay first: a hashbang, comments, `"use strict"` and the like. */
const prologue = /^(?:#![^\n]*\n)?(?:\s|\/\/[^\n]*\n|\/\*[^]*?\*\/|(["'])[^"'\n]*\1\s*(?:;|(?=\n)))*/;
/** What a module of a bundle cannot be asked: what it is to its loader, who loaded it, and what else there is. */
const loaderWords = {
  cjs: /\bmodule\s*(?:\[|\?\.)|\}\s*=\s*module\b|\beval\s*\(|\bmodule\s*\.\s*(?:parent|children|paths|path|id|loaded|filename|require|constructor)\b|\brequire\s*\.\s*(?:main|cache|extensions)\b|\bcreateRequire\b/,
  // Its scope is another one: in CommonJS `require` there leads elsewhere, and ES modules share one.
  esm: /\beval\s*\(|\bimport\s*\.\s*meta\b(?!\s*\.\s*(?:url|dirname|filename)\b)|\btypeof\s+require\b|\bcreateRequire\b/,
};

/** Where files say where they are, a bundle says these names; each file declares what Node.js gives files of its kind. */
const names = {
  cjs: { __filename: "__gustFilename", __dirname: "__gustDirname" },
  esm: {
    "import.meta.url": "__gustMetaUrl",
    "import.meta.dirname": "__gustMetaDirname",
    "import.meta.filename": "__gustMetaFilename",
  },
};
/** In files of both kinds: code made of text, or of a function's text, functions that another place runs, and who asks for callers' files. */
const farWords =
  /\bnew\s+Function\b|\bFunction\s*\(|\bprepareStackTrace\b|\bgetBuiltinModule\b|["'](?:node:)?(?:vm|worker_threads)["']|\.evaluate\s*\(/;
const resolving = Symbol("resolving");

/**
 * Keeps what files say about where they are: a bundle lies elsewhere. Refuses files that ask their loader more than that.
 * @type {import("esbuild").Plugin}
 */
export const ownPlaces = {
  name: "own-places",
  setup(build) {
    build.initialOptions.define = { ...names.cjs, ...names.esm };
    build.onLoad({ filter: /\.[cm]?[jt]s$/ }, ({ path: file }) => {
      const text = readFileSync(file, "utf8");
      const kind = isModuleFile(file) ? "esm" : "cjs";
      const asked = (loaderWords[kind].exec(text) ?? farWords.exec(text))?.[0];
      if (asked !== undefined) return { errors: [{ text: `${file} has ${asked}, which is not the same in a bundle` }] };
      if (!places.test(text)) return null;
      return { contents: withPlaces(text, file, kind), loader: /\.[cm]?ts$/.test(file) ? "ts" : "js" };
    });
    // What is not there when it is built may be there when it runs: in a layer, or never, where that is expected.
    build.onResolve(
      { filter: /^[^./]/ },
      async ({ path: name, pluginData, importer, namespace, resolveDir, kind, with: attributes }) => {
        if (pluginData === resolving || kind === "entry-point") return null;
        const found = await build.resolve(name, {
          importer,
          namespace,
          resolveDir,
          kind,
          with: attributes,
          pluginData: resolving,
        });
        return found.errors.length === 0 ? null : { path: name, external: true };
      },
    );
  },
};

/** On the first line of code, so that all lines keep their numbers. @param {string} text @param {string} file @param {"cjs" | "esm"} kind */
function withPlaces(text, file, kind) {
  const [kept = ""] = prologue.exec(text) ?? [];
  const [filename, dirname] = [file, path.dirname(file)];
  const values = kind === "cjs" ? [filename, dirname] : [pathToFileURL(file).href, dirname, filename];
  const said = Object.values(names[kind]).map((name, index) => `${name} = ${JSON.stringify(values[index])}`);
  return `${kept}var ${said.join(", ")}; ${text.slice(kept.length)}`;
}
