// @ts-check
import fs from "node:fs";

/**
 * Processes of this sandbox: descendants of this one and what else is in its process group, itself left out.
 * Empty where there is no /proc.
 */
export function sandboxProcesses() {
  /** @type {Map<number, { parent: number, group: number }>} */
  const all = new Map();
  for (const name of listNumbers("/proc")) {
    const stat = readOrEmpty(`/proc/${name}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields.length > 3) all.set(Number(name), { parent: Number(fields[1]), group: Number(fields[2]) });
  }
  const group = all.get(process.pid)?.group;
  /** @param {number} pid @returns {boolean} */
  const isOurs = (pid) => {
    for (let at = pid, steps = 0; at > 1 && steps < 64; at = all.get(at)?.parent ?? 0, steps++) {
      if (at === process.pid) return true;
    }
    return all.get(pid)?.group === group;
  };
  return [...all.keys()].filter((pid) => pid !== process.pid && isOurs(pid));
}

/** @param {NodeJS.Signals} signal */
export function signalProcesses(signal) {
  for (const pid of sandboxProcesses()) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // ended meanwhile; anything else (another user's process) is the driver's to end
      if (/** @type {NodeJS.ErrnoException} */ (error).code === "ESRCH") continue;
    }
  }
}

/** Inodes of the sockets that a process holds. @param {number} pid */
export function socketInodes(pid) {
  return listNumbers(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode === undefined ? [] : [inode];
    } catch {
      return []; // closed meanwhile
    }
  });
}

/** @param {string} directory */
function listNumbers(directory) {
  try {
    return fs.readdirSync(directory).filter((name) => /^\d+$/.test(name));
  } catch {
    return []; // no /proc here, or the process has ended
  }
}

/** @param {string} file */
export function readOrEmpty(file) {
  try {
    return fs.readFileSync(file, "latin1");
  } catch {
    return ""; // no such file here, or the process has ended
  }
}
