// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { isRunning, signalTree } from "./process-tree.js";

/** Output that was on its way when the process ended; a grandchild may hold the pipe open. */
const lastOutputMs = 200;
const endPollMs = 5;
const notFoundCode = 127;

/** @typedef {{ program: string, args: string[] }} Command */
/** @typedef {{ code: number | null, signal: string | null }} Exit */

/** A program of the function's owner that this runtime started, and all that it starts. */
export class ChildProgram {
  /** How it ended; its output has been passed on. Never rejects. @type {Promise<Exit>} */
  ended;
  #child;

  /**
   * @param {Command} command @param {{ cwd: string, env: Record<string, string> }} place
   * @param {import("./output-lines.js").OutputLines} output
   */
  constructor({ program, args }, place, output) {
    this.#child = spawn(program, args, { ...place, stdio: ["ignore", "pipe", "pipe"] });
    this.ended = follow(this.#child, output);
  }

  /** Signals it and what it started; gives their process ids. @param {NodeJS.Signals} signal */
  signal(signal) {
    if (process.platform === "linux") return signalTree(signal);
    this.#child.kill(signal);
    return [];
  }

  /** SIGTERM, time until `until` (milliseconds since 1970) to end, then SIGKILL. @param {number} until */
  async stop(until) {
    const told = this.signal("SIGTERM");
    // A script that started the real program often ends before it.
    while ((told.some(isRunning) || this.#isRunning()) && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, endPollMs));
    this.signal("SIGKILL");
  }

  #isRunning() {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }
}

/**
 * @param {import("node:child_process").ChildProcess} child @param {import("./output-lines.js").OutputLines} output
 * @returns {Promise<Exit>}
 */
async function follow(child, output) {
  if (child.stdout) output.follow(child.stdout, 1);
  if (child.stderr) output.follow(child.stderr, 2);
  const closed = once(child, "close").catch(() => undefined); // `exit` below fails of the same
  try {
    const [code, signal] = await once(child, "exit");
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, lastOutputMs))]);
    return { code, signal };
  } catch (error) {
    output.say(`It could not be started: ${/** @type {Error} */ (error).message}`);
    return { code: notFoundCode, signal: null };
  }
}

/** @param {Exit} exit */
export function sayExit({ code, signal }) {
  return signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
}

/** What it printed is for its owner alone, as stack traces are: the message may be shown to anybody. @param {import("../node/channel/call.js").Failure} reason @param {string} output @returns {import("../node/channel/call.js").Failure} */
export function withOutput(reason, output) {
  const said = output === "" ? "It printed nothing" : `Its last output:\n${output}`;
  return { ...reason, stackTrace: `${reason.message}. ${said}` };
}
