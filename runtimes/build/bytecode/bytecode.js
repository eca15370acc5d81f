// @ts-check
import { mkdirSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "../run-program.js";
import { PackageTooLarge, zipTree } from "../tree/zip-tree.js";

const compiler = fileURLToPath(new URL("compile_tree.py", import.meta.url));

/** What the platform asks for. @typedef {{ limits: import("../tree/zip-tree.js").TreeLimits }} BytecodeRequest */

/**
 * What Python makes of each module before it runs it: files to be laid over the package. Nothing of the package runs.
 * @param {import("../build-runtime.js").BuildContext} context @param {BytecodeRequest} request
 * @returns {Promise<import("../build-runtime.js").Outcome>}
 */
export async function bytecode({ codeRoot, output }, { limits }) {
  const directory = path.join(os.tmpdir(), "bytecode");
  mkdirSync(directory);
  const args = ["-I", "-S", compiler, codeRoot, directory];
  const { code, answer: count } = await runProgram("python3", args, { output });
  if (code !== 0) return { kind: "nothing", reason: `not compiled: exit code ${code}` };
  try {
    return { kind: "made", zip: zipTree(directory, limits), note: `${count.trim()} modules compiled` };
  } catch (error) {
    if (!(error instanceof PackageTooLarge)) throw error;
    return { kind: "nothing", reason: `not compiled: ${error.message}` };
  }
}
