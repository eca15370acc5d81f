// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";

const lateOutputMs = 300;
const longestAnswer = 65_536;

/**
 * @typedef {object} RunOptions
 * @property {string} [directory] the build's own when absent
 * @property {Readonly<Record<string, string>>} [environment] beside what the box itself has
 * @property {Pick<import("../service/output-lines.js").OutputLines, "follow">} output where its lines go
 * @property {number} [limitMs] after which it is killed; absent: the build's own limit holds
 */

/** @typedef {import("node:stream").Readable} Readable */

/**
 * Runs a program of a build to its end; what it prints becomes the build's log. `answer`: what it said on descriptor 3, which programs of
 * ours do.
 * @param {string} program @param {readonly string[]} args @param {RunOptions} options
 * @returns {Promise<{ code: number | null, signal: string | null, answer: string }>}
 */
export async function runProgram(program, args, { directory, environment, output, limitMs }) {
  const { GUST_CHANNEL_FD: _, ...own } = process.env; // the channel is not inherited
  const child = spawn(program, args, {
    ...(directory === undefined ? {} : { cwd: directory }),
    env: { ...own, ...environment },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    ...(limitMs === undefined ? {} : { timeout: limitMs, killSignal: "SIGKILL" }),
  });
  const [, stdout, stderr, channel] = /** @type {[null, Readable, Readable, Readable]} */ (child.stdio.slice(0, 4));
  output.follow(stdout, 1);
  output.follow(stderr, 2);
  let answer = "";
  channel.setEncoding("utf8").on("data", (text) => {
    if (answer.length < longestAnswer) answer += text;
  });
  const closed = once(child, "close");
  const [code, signal] = /** @type {[number | null, string | null]} */ (await once(child, "exit"));
  await Promise.race([closed, delay(lateOutputMs)]); // what it left running may hold its output open
  await nextTurn(); // what is in the pipes by now is read in it, however late this process got its turn
  return { code, signal, answer };
}
