import fs from "node:fs/promises";

/** Whether a line of the server, or a file error, says that the disk is full. */
export function saysDiskFull(text: string): boolean {
  return /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/.test(text);
}

/** The server cannot go on without room for another segment of its log, and then ends. */
export const walSegmentBytes = 16 * 1024 * 1024;

/** Whether the server has too little room to write, as far as its directory tells. */
export async function isDiskFull(directory: string): Promise<boolean> {
  return fs.statfs(directory).then(
    ({ bavail, bsize }) => bavail * bsize < walSegmentBytes,
    () => false,
  );
}

/** A sentence that names the directory and how much room is left there. */
export async function describeFullDisk(directory: string): Promise<string> {
  const free = await fs.statfs(directory).then(
    ({ bavail, bsize }) => `${bavail * bsize} bytes free`,
    () => "free space unknown",
  );
  return `The disk under ${directory} is full (${free}). Free some space; nothing that was acknowledged is lost, and writes go on by themselves.`;
}
