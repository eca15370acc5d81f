import { lstat, readdir, readlink, realpath } from "node:fs/promises";
import path from "node:path";
import { IgnoreRules } from "./ignore-rules.ts";
import { PackError } from "./pack-error.ts";

/** Something that goes into a package. `path` is its name there, `place` where it is on the disk. */
export type SourceEntry =
  | {
      readonly kind: "file";
      readonly path: string;
      readonly place: string;
      readonly size: number;
      readonly isExecutable: boolean;
    }
  | {
      readonly kind: "link";
      readonly path: string;
      readonly place: string;
      readonly size: number;
      readonly target: string;
    }
  | { readonly kind: "directory"; readonly path: string; readonly place: string };

interface TreeOptions {
  readonly ignoreFile?: string;
  /** More rules like those in that file. */
  readonly leaveOut?: readonly string[];
  readonly signal: AbortSignal;
}

/** A file or a link: what a person would count. */
export type PackedFile = Exclude<SourceEntry, { readonly kind: "directory" }>;

/** Reads a directory into the entries of its package, sorted by name. Directories are entries only when they are empty. */
export async function readTree(
  directory: string,
  { ignoreFile, leaveOut, signal }: TreeOptions,
): Promise<readonly SourceEntry[]> {
  const root = await realpath(directory);
  const entries: SourceEntry[] = [];
  const waiting = [{ base: "", rules: await IgnoreRules.read(ignoreFile, leaveOut) }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    signal.throwIfAborted();
    const place = path.join(root, next.base);
    const rules = await next.rules.enter(place, next.base);
    const children = await readdir(place, { withFileTypes: true });
    if (children.length === 0 && next.base !== "") entries.push({ kind: "directory", path: next.base, place });
    for (const child of children) {
      const name = path.posix.join(next.base, child.name);
      if (rules.ignores(name, child.isDirectory())) continue;
      checkName(name);
      if (child.isDirectory()) waiting.push({ base: name, rules });
      else entries.push(await readEntry(root, name));
    }
  }
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** A zip has no place for these names: other systems read them as paths of their own. */
function checkName(name: string): void {
  if (!name.includes("\\") && !/^[A-Za-z]:/.test(name)) return;
  throw new PackError(
    `${JSON.stringify(name)} cannot be packed: its name has a backslash or begins with a drive letter. Rename or ignore it.`,
  );
}

async function readEntry(root: string, name: string): Promise<SourceEntry> {
  const place = path.join(root, name);
  const stats = await lstat(place);
  if (stats.isSymbolicLink()) {
    const target = await linkInside(root, name);
    return { kind: "link", path: name, place, target, size: Buffer.byteLength(target) };
  }
  if (!stats.isFile()) throw new PackError(`${name} is neither a file, a directory nor a link; ignore it.`);
  return { kind: "file", path: name, place, size: stats.size, isExecutable: (stats.mode & 0o111) !== 0 };
}

/** Target of a link, relative to it; an absolute one that stays inside is made so. Throws PackError when it leads out. */
async function linkInside(root: string, name: string): Promise<string> {
  const place = path.join(root, name);
  const target = await readlink(place);
  const lexical = path.resolve(path.dirname(place), target);
  const real = await realpath(place).catch(() => lexical);
  if (isInside(root, lexical) && isInside(root, real)) {
    return path.isAbsolute(target) ? path.relative(path.dirname(place), lexical) || "." : target;
  }
  throw new PackError(
    `${name} is a link to ${target}, which is outside the packed directory and would lead nowhere on the platform. ` +
      `Copy the file there, or ignore the link (for local npm packages: npm install --install-links).`,
  );
}

function isInside(root: string, place: string): boolean {
  return place === root || place.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
}
