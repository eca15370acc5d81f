// @ts-check
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../node/process/failure.js";
import { programTrouble } from "./program-trouble.js";

const bootstrap = "scf_bootstrap";
const longestScript = 1_024;
const extensions = ["", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"];

/** @typedef {{ kind: "command", name: string, program: string, args: string[] }} Command */
/** @typedef {{ kind: "impossible", failure: import("../node/channel/call.js").Failure }} Impossible */

/**
 * What starts the service in a code package: `scf_bootstrap`, or the file that the handler names, with Node. The 2019
 * `-service` runtimes know the handler alone.
 * @param {import("../node/channel/channel.js").InitMessage} init
 * @param {string} node the Node.js that the function's runtime names
 * @returns {Command | Impossible}
 */
export function serviceCommand({ codeRoot, handler, environment }, node) {
  const path = join(codeRoot, bootstrap);
  const file = handler === "" ? null : handlerFile(codeRoot, handler);
  const isHandlerFirst = environment["SCF_RUNTIME"]?.endsWith("-service") === true;
  if (file !== null && (isHandlerFirst || !existsSync(path))) {
    return { kind: "command", name: file, program: node, args: [join(codeRoot, file)] };
  }
  if (existsSync(path)) {
    const trouble = programTrouble(path, bootstrap);
    if (trouble !== null) return impossible(trouble);
    return { kind: "command", name: execedBy(path) ?? bootstrap, program: path, args: [] };
  }
  if (handler === "") {
    return impossible(`there is no ${bootstrap} in the code package: it is the script that starts the server`);
  }
  return impossible(`there is neither ${bootstrap} nor the file "${handler}" of the handler in the code package`);
}

/**
 * The command of a script that does nothing else, as `gust deploy` makes one of a start script: its owner knows it
 * by that name, and may have no file `scf_bootstrap`.
 * @param {string} path
 */
function execedBy(path) {
  if (statSync(path).size > longestScript) return null;
  return /^#!\/bin\/sh\nexec (.+)\n?$/.exec(readFileSync(path, "utf8"))?.[1] ?? null;
}

/** @param {string} codeRoot @param {string} handler a file, with or without its extension, or as `file.export` */
function handlerFile(codeRoot, handler) {
  const stems = [handler, handler.replace(/\.[^./]+$/, "")];
  for (const stem of stems) {
    if (!join(codeRoot, stem).startsWith(join(codeRoot, "/"))) continue;
    for (const extension of extensions) {
      if (statSync(join(codeRoot, stem + extension), { throwIfNoEntry: false })?.isFile()) return stem + extension;
    }
  }
  return null;
}

/** @param {string} message @returns {Impossible} */
function impossible(message) {
  return {
    kind: "impossible",
    failure: failure("start", "InstanceStartFailed", `The service cannot be started: ${message}`),
  };
}
