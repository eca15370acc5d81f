// @ts-check
import os from "node:os";
import path from "node:path";
import { copyTree } from "../tree/copy-tree.js";
import { PackageTooLarge, zipTree } from "../tree/zip-tree.js";
import { installWithNpm } from "./npm.js";
import { installWithPip } from "./pip.js";

/** @typedef {import("../build-runtime.js").Outcome} Outcome */

/**
 * What the platform asks for.
 * @typedef {object} InstallRequest
 * @property {"node" | "python"} language
 * @property {string} interpreterDirectory folder of the function's own `node`
 * @property {string} [npmRegistry] npm's own default where absent
 * @property {string} [pipIndexUrl] pip's own default where absent
 * @property {import("../tree/zip-tree.js").TreeLimits} limits
 */

/**
 * An installer of one language, in a writable copy of the package.
 * @typedef {{ kind: "installed", note: string } | { kind: "nothing" | "failed", reason: string }} InstallOutcome
 */

/**
 * The package with its dependencies installed: what it says itself (scripts of packages included) runs here, in this box.
 * @param {import("../build-runtime.js").BuildContext} context @param {InstallRequest} request
 * @returns {Promise<Outcome>}
 */
export async function install(context, request) {
  const directory = path.join(os.tmpdir(), "package");
  copyTree(context.codeRoot, directory);
  const installer = request.language === "python" ? installWithPip : installWithNpm;
  const outcome = await installer(directory, context, request);
  if (outcome.kind !== "installed") return outcome;
  return zipOf(directory, request, outcome.note);
}

/** @param {string} directory @param {InstallRequest} request @param {string} note @returns {Outcome} */
function zipOf(directory, { limits }, note) {
  try {
    return { kind: "made", zip: zipTree(directory, limits), note };
  } catch (error) {
    if (!(error instanceof PackageTooLarge)) throw error;
    return { kind: "failed", reason: `with its dependencies ${error.message}` };
  }
}
