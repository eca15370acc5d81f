// @ts-check
import { symlinkSync, unlinkSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "../run-program.js";
import { NotBundled } from "./bundle-code.js";

const loader = fileURLToPath(new URL("load-once.js", import.meta.url));
const loadingLimitMs = 5_000;
/** As load-once.js has it. */
const failureMark = "a throw of ";

/**
 * @typedef {object} LoadOptions
 * @property {string} codeRoot
 * @property {Pick<import("../../service/output-lines.js").OutputLines, "follow">} output
 * @property {number} [limitMs] for each of the two
 */

/**
 * Loads the files, and the bundle, each in a process of its own, and compares what they export; the second leaves behind what V8 made of
 * it. Throws `NotBundled` where they differ, and where there is nothing to compare: code that fails without its variables or its network, ends its
 * process, or never finishes.
 * @param {string} original @param {string} bundle
 * @param {LoadOptions & { cache: string }} options
 */
export async function checkBundle(original, bundle, { cache, ...options }) {
  const { codeRoot } = options;
  const before = await load(original, "", options);
  if (before.startsWith(failureMark)) throw new NotBundled(`nothing can be compared: loading it ended with ${before}`);
  // Where a bundle looks for what is not in it, once it lies in the package.
  const packages = path.join(path.dirname(path.dirname(cache)), "node_modules");
  symlinkSync(path.join(codeRoot, "node_modules"), packages);
  const after = await load(bundle, cache, options).finally(() => unlinkSync(packages));
  if (before !== after) throw new NotBundled(`loaded as one file it gives ${after}, and as it is ${before}`);
}

/** @param {string} file @param {string} cache @param {LoadOptions} options */
async function load(file, cache, { codeRoot, output, limitMs = loadingLimitMs }) {
  const { code, signal, answer } = await runProgram(process.execPath, [loader, file, cache], {
    directory: codeRoot,
    environment: { NODE_PATH: [codeRoot, path.join(codeRoot, "node_modules")].join(":") },
    output,
    limitMs,
  });
  if (answer === "")
    throw new NotBundled(`nothing can be compared: loading it ended with ${signal ?? `exit code ${code}`}`);
  return answer;
}
