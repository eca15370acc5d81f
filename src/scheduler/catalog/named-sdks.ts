import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";

/** Code that is longer is not written by hand, and brings what it needs. */
const longestFileBytes = 1024 * 1024;
const mostFiles = 500;

/**
 * Which of the built-in packages the files of a code directory name, other than those that it brings itself. A name in quotes is enough: one that is
 * fetched in vain costs a moment of one deployment, one that is missed a function that does not start.
 */
export async function namedSdks(codeDirectory: string, names: readonly string[]): Promise<string[]> {
  const quoted = new Map(names.map((name) => [name, new RegExp(`["'\`]${name.replaceAll("/", "\\/")}(?:["'\`]|/)`)]));
  const found = new Set<string>();
  for (const file of await sourceFiles(codeDirectory)) {
    const source = await readFile(file, "utf8");
    for (const [name, pattern] of quoted) if (pattern.test(source)) found.add(name);
  }
  const brought = await Promise.all(
    [...found].map(async (name) => isThere(path.join(codeDirectory, "node_modules", name))),
  );
  return [...found].filter((_, index) => brought[index] === false);
}

async function sourceFiles(codeDirectory: string): Promise<string[]> {
  const files: string[] = [];
  const folders = [codeDirectory];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== "node_modules") folders.push(file);
      if (!entry.isFile() || !/\.[cm]?[jt]s$/.test(entry.name)) continue;
      if ((await stat(file)).size <= longestFileBytes) files.push(file);
      if (files.length === mostFiles) return files;
    }
  }
  return files;
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null;
}
