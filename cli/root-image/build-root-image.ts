import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { failed } from "../failure.ts";
import { isAlive } from "../installation/server-record.ts";
import type { Progress } from "../terminal/progress.ts";
import { builder, installSystem } from "./install-system.ts";
import { imageTime, tidySystem, type RootManifest } from "./tidy-system.ts";

/** What is to be built. */
export interface RootImageOptions {
  readonly suite: string;
  /** Debian packages beside those that every root has. */
  readonly packages: readonly string[];
  /** Where packages come from instead of Debian's own servers; null: those. */
  readonly mirror: string | null;
  /** The file, or the directory, to make or replace. */
  readonly output: string;
  /** A directory instead of an image: for hosts without EROFS. */
  readonly isDirectory: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface RootImage {
  readonly manifest: RootManifest;
  /** Of the image; of all files in a directory. */
  readonly bytes: number;
  /** Of the image; null for a directory. */
  readonly sha256: string | null;
}

const packer = "mkfs.erofs";
/** Any will do that is always the same. */
const imageId = "67757374-0000-4000-8000-726f6f740001";
const programPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Makes a system out of Debian packages and packs it. The same versions of packages give the same bytes, wherever and whenever. It is made aside
 * and renamed when it is whole: what was there before is replaced at the end or not at all.
 */
export async function buildRootImage(options: RootImageOptions): Promise<RootImage> {
  checkHost(options);
  const { output, progress, signal } = options;
  await fs.mkdir(path.dirname(output), { recursive: true }).catch((error: unknown) => explainDisk(error, output));
  await removeAbandoned(output);
  const aside = `${output}.partial-${process.pid}`;
  try {
    await fs.mkdir(aside, { mode: 0o700 }).catch((error: unknown) => explainDisk(error, output));
    const system = path.join(aside, "system");
    await installSystem({ ...options, directory: system });
    progress.update("packing");
    const manifest = await tidySystem(system, options.suite);
    signal.throwIfAborted();
    const made = options.isDirectory ? system : await pack(system, path.join(aside, "image"));
    const [bytes, sha256] = [await sizeOf(made), options.isDirectory ? null : await hashOf(made)];
    await replace(output, made);
    return { manifest, bytes, sha256 };
  } catch (error) {
    throw isDiskFull(error) ? noSpace(output, error) : error;
  } finally {
    await fs.rm(aside, { recursive: true, force: true });
  }
}

/** What cannot come well is said before anything is downloaded. */
function checkHost({ isDirectory, output }: RootImageOptions): void {
  if (process.platform !== "linux" || !existsSync("/usr/bin/apt-get")) {
    throw failed("A root is built out of Debian packages: this needs Debian, or a system made of it.");
  }
  if (process.getuid?.() !== 0) throw failed("Building a root needs root: files in it belong to root. Use sudo.");
  const wanted = { [builder]: "mmdebstrap", ...(isDirectory ? {} : { [packer]: "erofs-utils" }) };
  const missing = Object.entries(wanted).filter(([program]) => !isInstalled(program));
  if (missing.length > 0) {
    const names = missing.map(([program]) => program).join(" and ");
    const packages = missing.map(([, name]) => name).join(" ");
    throw failed(`${names} ${missing.length === 1 ? "is" : "are"} not installed: apt-get install -y ${packages}`);
  }
  if (path.dirname(output) === output) throw failed("--output must name a file of its own.");
}

function isInstalled(program: string): boolean {
  return programPath.split(":").some((place) => existsSync(path.join(place, program)));
}

/** Of builds that were ended by `kill -9`. */
async function removeAbandoned(output: string): Promise<void> {
  const prefix = `${path.basename(output)}.partial-`;
  for (const name of await fs.readdir(path.dirname(output))) {
    if (!name.startsWith(prefix) || isAlive(Number(name.slice(prefix.length)))) continue;
    await fs.rm(path.join(path.dirname(output), name), { recursive: true, force: true });
  }
}

/**
 * Without attributes (file capabilities mean nothing in a box) and compression: pages are mapped as they are, and shared by all boxes. Entries
 * are sorted by the program itself.
 */
async function pack(system: string, image: string): Promise<string> {
  const parameters = ["--quiet", "--all-root", "-x-1", "-T", String(imageTime), "-U", imageId, image, system];
  await promisify(execFile)(packer, parameters, { env: { PATH: programPath, LC_ALL: "C" } });
  return image;
}

/** A server that has the old one mounted keeps it until it stops. */
async function replace(output: string, made: string): Promise<void> {
  const before = `${made}.before`;
  if (await isThereAsDirectory(output)) await fs.rename(output, before);
  await fs.rename(made, output);
}

async function isThereAsDirectory(file: string): Promise<boolean> {
  return (await fs.stat(file).catch(() => null))?.isDirectory() === true;
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

async function sizeOf(made: string): Promise<number> {
  const found = await fs.lstat(made);
  if (!found.isDirectory()) return found.size;
  let bytes = 0;
  for (const entry of await fs.readdir(made, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await fs.lstat(path.join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

function explainDisk(error: unknown, output: string): never {
  if (isDiskFull(error)) throw noSpace(output, error);
  const why = error instanceof Error ? error.message : String(error);
  throw failed(`Nothing can be written beside ${output}: ${why}`, { cause: error });
}

function isDiskFull(error: unknown): boolean {
  return (
    error instanceof Error &&
    /ENOSPC|EDQUOT|No space left/.test(`${error.message} ${"code" in error ? String(error.code) : ""}`)
  );
}

function noSpace(output: string, cause: unknown): Error {
  return failed(
    `No space is left on the disk of ${output}: a root takes 400 MB while it is built. Nothing was changed.`,
    {
      cause,
    },
  );
}
