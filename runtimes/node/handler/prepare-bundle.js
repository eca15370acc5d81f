// @ts-check
import { readFileSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

/** As Error has it; user code may replace the global. */
const errorText = Error.prototype.toString;
const { parse } = JSON;

/** @typedef {NodeJS.CallSite & { toString(): string }} Frame */

/**
 * Gets Node.js ready for a bundle: what V8 made of it at deployment is taken from beside it, and stack traces name the files that it was made of.
 * @param {string} bundle @param {string} cache a directory, read-only
 */
export function prepareBundle(bundle, cache) {
  module.enableCompileCache?.({ directory: cache, portable: true });
  Error.prepareStackTrace = stackTraces(bundle);
}

/**
 * Not Node's own source maps: those are read when a bundle is loaded, which costs each cold start what only an error needs.
 * @param {string} bundle
 */
function stackTraces(bundle) {
  /** @type {module.SourceMap | null} */
  let map = null;
  /** @param {Frame} frame */
  const describe = (frame) => {
    const text = frame.toString();
    const file = frame.getFileName();
    const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
    if (file === null || file === undefined || line === null || column === null || !isFile(file, bundle)) return text;
    map ??= new module.SourceMap(parse(readFileSync(`${bundle}.map`, "utf8")));
    const entry = map.findEntry(line - 1, column - 1);
    if (!("originalSource" in entry)) return text;
    const place = `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    return text.replace(`${file}:${line}:${column}`, place);
  };
  /** @param {Error} error @param {Frame[]} frames */
  return (error, frames) => {
    try {
      return [errorText.call(error), ...frames.map((frame) => `    at ${describe(frame)}`)].join("\n");
    } catch {
      return [String(error), ...frames.map((frame) => `    at ${frame.toString()}`)].join("\n"); // without the map, as Node.js does
    }
  };
}

/** @param {string} name as a frame has it: a path, or a URL in ES modules @param {string} file */
function isFile(name, file) {
  return name === file || (name.startsWith("file:") && fileURLToPath(name) === file);
}
