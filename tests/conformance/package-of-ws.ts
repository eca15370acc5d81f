import fs from "node:fs/promises";
import path from "node:path";

/** The files of the package ws as it is published, for a code package. */
export async function packageOfWs(): Promise<Record<string, string>> {
  const root = path.resolve(import.meta.dirname, "../../node_modules/ws");
  const files: Record<string, string> = {};
  for (const name of await fs.readdir(root, { recursive: true })) {
    if (/\.js(?:on)?$/.test(name)) files[`node_modules/ws/${name}`] = await fs.readFile(path.join(root, name), "utf8");
  }
  return files;
}
