import fs from "node:fs/promises";

/** Whether a line of the server, or a file error, says that the disk is full. */
export function saysDiskFull(text: string): boolean {
  return /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/.test(text);
}

/** A sentence that names the directory and how much room is left there. */
export async function describeFullDisk(directory: string): Promise<string> {
  const free = await fs.statfs(directory).then(
    ({ bavail, bsize }) => `${bavail * bsize} bytes free`,
    () => "free space unknown",
  );
  return `The disk under ${directory} is full (${free}). Free some space; nothing that was acknowledged is lost, and writes go on by themselves.`;
}
