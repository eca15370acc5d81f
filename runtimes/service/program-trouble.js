// @ts-check
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { machineTrouble } from "./program-machine.js";

const headBytes = 4_096;
const executableBits = 0o111;

/**
 * Why the kernel would not run a file of the package, as a sentence that says what to do; null: it would.
 * @param {string} path @param {string} name as its owner knows it
 */
export function programTrouble(path, name) {
  const { mode, size, isFile } = statOf(path);
  if (!isFile) return `${name} is a directory: it must be the program itself`;
  if (size === 0) return `${name} is empty`;
  const head = readHead(path);
  if (head === null) return null;
  const text = head.toString("latin1");
  const isScript = text.startsWith("#!");
  if (!isScript && !text.startsWith("\x7fELF"))
    return `${name} does not say its interpreter: let its first line be #!/bin/sh`;
  const [firstLine = ""] = text.split("\n", 1);
  if (isScript && firstLine.endsWith("\r")) return `${name} has Windows line endings (CRLF): save it with LF`;
  if ((mode & executableBits) === 0) return `${name} is not executable: run chmod 755 ${name} and pack it again`;
  return isScript ? interpreterTrouble(name, firstLine) : machineTrouble(name, head);
}

/** @param {string} name @param {string} firstLine */
function interpreterTrouble(name, firstLine) {
  const interpreter = firstLine.slice(2).trim().split(/\s/, 1)[0] ?? "";
  if (existsSync(interpreter)) return null;
  return `${name} asks for the interpreter ${interpreter}, which does not exist here: use #!/bin/sh or #!/usr/bin/env`;
}

/** @param {string} path */
function statOf(path) {
  const stats = statSync(path);
  return { mode: stats.mode, size: stats.size, isFile: stats.isFile() };
}

/** Null: it may be run, not read. @param {string} path */
function readHead(path) {
  let file;
  try {
    file = openSync(path, "r");
  } catch {
    return null;
  }
  try {
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, readSync(file, head, 0, headBytes, 0));
  } finally {
    closeSync(file);
  }
}
