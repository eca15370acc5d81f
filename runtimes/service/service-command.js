// @ts-check
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../node/process/failure.js";

const bootstrap = "scf_bootstrap";
const extensions = ["", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"];
const headBytes = 512;
const executableBits = 0o111;

/** @typedef {{ kind: "command", name: string, program: string, args: string[] }} Command */
/** @typedef {{ kind: "impossible", failure: import("../node/channel/call.js").Failure }} Impossible */

/**
 * What starts the service in a code package: `scf_bootstrap`, or the file that the handler names, with Node. The 2019
 * `-service` runtimes know the handler alone.
 * @param {import("../node/channel/channel.js").InitMessage} init
 * @returns {Command | Impossible}
 */
export function serviceCommand({ codeRoot, handler, environment }) {
  const path = join(codeRoot, bootstrap);
  const file = handler === "" ? null : handlerFile(codeRoot, handler);
  const isHandlerFirst = environment["SCF_RUNTIME"]?.endsWith("-service") === true;
  if (file !== null && (isHandlerFirst || !existsSync(path))) {
    return { kind: "command", name: file, program: process.execPath, args: [join(codeRoot, file)] };
  }
  if (existsSync(path)) {
    const trouble = bootstrapTrouble(path);
    return trouble === null ? { kind: "command", name: bootstrap, program: path, args: [] } : impossible(trouble);
  }
  if (handler === "") {
    return impossible(`there is no ${bootstrap} in the code package: it is the script that starts the server`);
  }
  return impossible(`there is neither ${bootstrap} nor the file "${handler}" of the handler in the code package`);
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

/** Why the kernel would not run the file, as a sentence that says what to do. @param {string} path */
function bootstrapTrouble(path) {
  const { mode, size } = statSync(path);
  if (size === 0) return `${bootstrap} is empty`;
  const head = readHead(path);
  const isScript = head.startsWith("#!");
  if (!isScript && !head.startsWith("\x7fELF"))
    return `${bootstrap} does not say its interpreter: let its first line be #!/bin/sh`;
  const [firstLine = ""] = head.split("\n", 1);
  if (isScript && firstLine.endsWith("\r")) return `${bootstrap} has Windows line endings (CRLF): save it with LF`;
  if ((mode & executableBits) === 0)
    return `${bootstrap} is not executable: run chmod 755 ${bootstrap} and pack it again`;
  const interpreter = isScript ? firstLine.slice(2).trim().split(/\s/, 1)[0] : undefined;
  if (interpreter !== undefined && !existsSync(interpreter)) {
    return `${bootstrap} asks for the interpreter ${interpreter}, which does not exist here: use #!/bin/sh or #!/usr/bin/env`;
  }
  return null;
}

/** @param {string} path */
function readHead(path) {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(headBytes);
    return head.toString("latin1", 0, readSync(file, head, 0, headBytes, 0));
  } finally {
    closeSync(file);
  }
}

/** @param {string} message @returns {Impossible} */
function impossible(message) {
  return {
    kind: "impossible",
    failure: failure("start", "InstanceStartFailed", `The service cannot be started: ${message}`),
  };
}
