import { existsSync, readFileSync } from "node:fs";

const limitsFile = "/proc/self/limits";

/** macOS has so many, and says it nowhere. */
const elsewhere = 10_240;

/** Files and sockets that this process may have open. Node.js raises its limit to the hard one when it starts. */
export function openFilesLimit(): number {
  const limits = existsSync(limitsFile) ? readFileSync(limitsFile, "utf8") : "";
  const [, soft] = /^Max open files +(\d+) /m.exec(limits) ?? [];
  return soft === undefined ? elsewhere : Number(soft);
}
