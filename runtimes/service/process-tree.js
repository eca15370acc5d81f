// @ts-check
import { readdirSync, readFileSync } from "node:fs";

/**
 * Every living descendant of this process, and what else is in its process group if it leads one. Linux only.
 * @returns {number[]}
 */
export function processTree() {
  const all = readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readStat(pid) : null;
    return stat === null ? [] : [stat];
  });
  const own = new Set([process.pid]);
  // Parents have mostly, not always, the smaller number: go on until nothing is added.
  for (let size = 0; size !== own.size;) {
    size = own.size;
    for (const { pid, parent, group } of all) if (own.has(parent) || group === process.pid) own.add(pid);
  }
  own.delete(process.pid);
  return [...own];
}

/** Signals every process of the tree, and says which they were. @param {NodeJS.Signals} signal */
export function signalTree(signal) {
  const tree = processTree();
  for (const pid of tree) {
    try {
      process.kill(pid, signal);
    } catch {
      // ended meanwhile
    }
  }
  return tree;
}

/** Whether a process runs; one that ended and was not waited for does not. @param {number} pid */
export function isRunning(pid) {
  return readStat(pid) !== null;
}

/** @param {number} pid */
function readStat(pid) {
  try {
    const [, state, parent, group] = /\) (\S) (\d+) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "latin1")) ?? [];
    return state === undefined || state === "Z" ? null : { pid, parent: Number(parent), group: Number(group) };
  } catch {
    return null; // ended meanwhile
  }
}
