// @ts-check
import { mkdirSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { runProgram } from "../run-program.js";

/**
 * @typedef {object} Place
 * @property {string} directory
 * @property {Readonly<Record<string, string>>} environment beside what the box itself has
 * @property {import("../../service/output-lines.js").OutputLines} output where its lines go
 */

/**
 * Runs npm or pip, with a home of its own. `last`: the last lines of its output; `how`: how it ended, in words.
 * @param {string} program @param {readonly string[]} args @param {Place} place
 * @returns {Promise<{ code: number | null, how: string, last: string }>}
 */
export async function runInstaller(program, args, { directory, environment, output }) {
  const home = path.join(os.tmpdir(), "home");
  mkdirSync(home, { recursive: true });
  const { code, signal } = await runProgram(program, args, {
    directory,
    environment: { HOME: home, ...environment },
    output,
  });
  await output.settle();
  const how =
    signal === null ? `exit code ${code}` : `signal ${signal}; perhaps the build needs more memory than it has`;
  return { code, how, last: output.last };
}
