// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync, unlinkSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { NotBundled } from "./bundle-code.js";

const loader = fileURLToPath(new URL("load-once.js", import.meta.url));
const loadingLimitMs = 20_000;
const longestAnswer = 65_536;

/**
 * Loads the files, and the bundle, each in a process of its own, and compares what they export or fail with; the second leaves behind what V8
 * made of it. Throws `NotBundled` where they differ.
 * @param {string} original @param {string} bundle
 * @param {{ codeRoot: string, cache: string, output: import("../../service/output-lines.js").OutputLines }} options
 */
export async function checkBundle(original, bundle, { codeRoot, cache, output }) {
  const before = await load(original, "", codeRoot, output);
  // Where a bundle looks for what is not in it, once it lies in the package.
  const packages = path.join(path.dirname(path.dirname(cache)), "node_modules");
  symlinkSync(path.join(codeRoot, "node_modules"), packages);
  const after = await load(bundle, cache, codeRoot, output);
  unlinkSync(packages);
  if (before !== after) throw new NotBundled(`loaded as one file it gives ${after}, and as it is ${before}`);
}

/**
 * @param {string} file @param {string} cache @param {string} codeRoot
 * @param {import("../../service/output-lines.js").OutputLines} output
 */
async function load(file, cache, codeRoot, output) {
  const { GUST_CHANNEL_FD: _, ...own } = process.env; // the channel is not inherited
  const child = spawn(process.execPath, [loader, file, cache], {
    cwd: codeRoot,
    env: { ...own, NODE_PATH: [codeRoot, path.join(codeRoot, "node_modules")].join(":") },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    timeout: loadingLimitMs,
    killSignal: "SIGKILL",
  });
  output.follow(/** @type {import("node:stream").Readable} */ (child.stdout), 1);
  output.follow(/** @type {import("node:stream").Readable} */ (child.stderr), 2);
  let answer = "";
  const channel = /** @type {import("node:stream").Readable} */ (child.stdio[3]);
  channel.setEncoding("utf8").on("data", (text) => {
    if (answer.length < longestAnswer) answer += text;
  });
  const [code, signal] = await once(child, "close");
  return answer === "" ? `nothing (${signal ?? `exit code ${code}`})` : answer;
}
