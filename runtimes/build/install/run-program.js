// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const lateOutputMs = 300;

/**
 * @typedef {object} Place
 * @property {string} directory
 * @property {Readonly<Record<string, string>>} environment beside what the box itself has
 * @property {import("../../service/output-lines.js").OutputLines} output where its lines go
 */

/**
 * Runs a program to its end; its output becomes the build's log. `last`: the last lines of it; `how`: how it ended, in words.
 * @param {string} program @param {readonly string[]} args @param {Place} place
 * @returns {Promise<{ code: number | null, how: string, last: string }>}
 */
export async function runProgram(program, args, { directory, environment, output }) {
  const home = path.join(os.tmpdir(), "home");
  mkdirSync(home, { recursive: true });
  const { GUST_CHANNEL_FD: _, ...own } = process.env; // the channel is not inherited
  const child = spawn(program, args, {
    cwd: directory,
    env: { ...own, HOME: home, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  output.follow(child.stdout, 1);
  output.follow(child.stderr, 2);
  const closed = once(child, "close");
  const [code, signal] = /** @type {[number | null, string | null]} */ (await once(child, "exit"));
  await Promise.race([closed, delay(lateOutputMs)]); // what it left running may hold its output open
  await output.settle();
  const how =
    signal === null ? `exit code ${code}` : `signal ${signal}; perhaps the build needs more memory than it has`;
  return { code, how, last: output.last };
}
