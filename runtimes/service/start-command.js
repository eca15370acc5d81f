// @ts-check
import fs from "node:fs/promises";
import path from "node:path";
import { failure } from "../node/process/failure.js";

/** @typedef {import("../node/channel/channel.js").InitMessage} InitMessage */
/** @typedef {{ kind: "found", program: string, args: readonly string[] } | { kind: "failed", failure: import("../node/channel/call.js").Failure }} StartCommand */

/**
 * What to run: `scf_bootstrap`, or the file that Handler names, with Node.js (the 2019 form of a service).
 * @param {InitMessage} init @returns {Promise<StartCommand>}
 */
export async function startCommand(init) {
  const bootstrap = path.join(init.codeRoot, "scf_bootstrap");
  const handler = await handlerFile(init);
  const wantsHandler = (init.environment["SCF_RUNTIME"] ?? "").endsWith("-service");
  if (handler !== null && (wantsHandler || !(await isFile(bootstrap)))) {
    return { kind: "found", program: process.execPath, args: [handler] };
  }
  if (!(await isFile(bootstrap))) {
    const named = init.handler === "" ? "" : `, nor the file "${init.handler}" that Handler names`;
    return failed(`The package has no scf_bootstrap at its root${named}`);
  }
  const problem = await explainBootstrap(bootstrap);
  return problem === null ? { kind: "found", program: bootstrap, args: [] } : failed(problem);
}

/** @param {InitMessage} init @returns {Promise<string | null>} */
async function handlerFile({ codeRoot, handler }) {
  if (handler === "") return null;
  const file = path.resolve(codeRoot, handler);
  const isInside = file.startsWith(path.resolve(codeRoot) + path.sep);
  return isInside && (await isFile(file)) ? file : null;
}

/** @param {string} bootstrap */
async function explainBootstrap(bootstrap) {
  const { mode } = await fs.stat(bootstrap);
  if ((mode & 0o111) === 0)
    return "scf_bootstrap is not executable; set its mode before packing: chmod 755 scf_bootstrap";
  const first = await firstBytes(bootstrap);
  if (first.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"))) return null;
  const line = first.toString("latin1").split("\n")[0] ?? "";
  if (!line.startsWith("#!"))
    return 'scf_bootstrap does not begin with "#!" and an interpreter; its first line has to be, for example, #!/bin/sh';
  if (line.endsWith("\r")) return "scf_bootstrap has Windows line endings (CRLF); save it with LF";
  return null;
}

/** @param {string} file */
async function firstBytes(file) {
  const handle = await fs.open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** @param {string} file */
async function isFile(file) {
  return (await fs.stat(file).catch(() => null))?.isFile() === true;
}

/** @param {string} message @returns {StartCommand} */
function failed(message) {
  return { kind: "failed", failure: failure("start", "CannotStart", message) };
}
