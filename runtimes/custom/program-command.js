// @ts-check
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../node/process/failure.js";
import { programTrouble } from "../service/program-trouble.js";

const bootstrap = "bootstrap";
const filesShown = 10;

/** @typedef {{ kind: "command", name: string, program: string, args: string[] }} Command */
/** @typedef {{ kind: "impossible", failure: import("../node/channel/call.js").Failure }} Impossible */

/**
 * The program of a code package: `bootstrap`; for Go1 the binary that the handler names.
 * @param {import("../node/channel/channel.js").InitMessage} init
 * @returns {Command | Impossible}
 */
export function programCommand({ codeRoot, handler, environment }) {
  const name = isGo(environment) ? handler : bootstrap;
  const program = join(codeRoot, name);
  if (name === "" || !program.startsWith(join(codeRoot, "/")) || !existsSync(program)) {
    return impossible("handler-missing", "HandlerNotFound", missing(name, codeRoot, isGo(environment)));
  }
  const trouble = programTrouble(program, name);
  if (trouble !== null)
    return impossible("start", "InstanceStartFailed", `The function's program cannot be started: ${trouble}`);
  return { kind: "command", name, program, args: [] };
}

/** Whether the program speaks the protocol of SCF's Go library. @param {Readonly<Record<string, string>>} environment */
export function isGo(environment) {
  return environment["SCF_RUNTIME"] === "Go1";
}

/** @param {string} name @param {string} codeRoot @param {boolean} isBinary */
function missing(name, codeRoot, isBinary) {
  const files = readdirSync(codeRoot);
  const shown = files.slice(0, filesShown).join(", ") + (files.length > filesShown ? ", …" : "");
  const there = files.length === 0 ? "the package is empty" : `there are ${shown}`;
  const wanted = isBinary ? `the program "${name}" that Handler names` : `an executable file ${bootstrap}`;
  return `The package needs ${wanted} at its root: ${there}`;
}

/** @param {string} kind @param {string} errorType @param {string} message @returns {Impossible} */
function impossible(kind, errorType, message) {
  return { kind: "impossible", failure: failure(kind, errorType, message) };
}
