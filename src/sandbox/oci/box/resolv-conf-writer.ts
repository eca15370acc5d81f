import { writeFile } from "node:fs/promises";

/** Writes only what differs from the last time; in place, because boxes have the file open by its directory. */
export function resolvConfWriter(file: string): (text: string) => Promise<void> {
  let written = "";
  return async (text) => {
    if (text === written) return;
    await writeFile(file, text);
    written = text;
  };
}
