import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { fromBufferPromise } from "yauzl";
import { PackError } from "./pack-error.ts";
import { packageLimits } from "./package-limits.ts";
import { readTree, type PackedFile, type SourceEntry } from "./read-tree.ts";
import { writeZip } from "./write-zip.ts";

/** A code package as it goes to the platform. */
export interface PackedCode {
  readonly zip: Buffer;
  /** Lower-case hex. Equal trees give equal hashes on one machine, so that unchanged code need not be sent again. */
  readonly sha256: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

export interface PackOptions {
  /** A file of rules as in `.gitignore`, relative to the packed directory; one that does not exist has no rules. */
  readonly ignoreFile?: string;
  /** More such rules. */
  readonly leaveOut?: readonly string[];
  /** Files that come into the package of a directory beside its own, e.g. one that was made for it. */
  readonly extraFiles?: readonly PackedFile[];
  readonly onProgress?: (progress: PackProgress) => void;
  readonly signal: AbortSignal;
}

/** Bytes read so far, before compression. */
export interface PackProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** Packs what a project file can name as code: a directory, one file, or a zip or jar, which is taken as it is. */
export async function packSource(source: string, options: PackOptions): Promise<PackedCode> {
  const stats = await stat(source).catch((cause: unknown) => {
    throw new PackError(`There is no code at ${source}.`, { cause });
  });
  if (stats.isDirectory()) return packDirectory(source, options);
  if (!stats.isFile()) throw new PackError(`${source} is neither a file nor a directory.`);
  if (/\.(?:zip|jar)$/i.test(source)) return readZip(source, stats.size, options.signal);
  const entry: PackedFile = {
    kind: "file",
    path: path.basename(source),
    place: source,
    size: stats.size,
    isExecutable: (stats.mode & 0o111) !== 0,
  };
  return pack([entry], path.dirname(source), options);
}

/** Packs a directory, leaving out what its ignore rules name. Throws PackError with a sentence when it cannot be a package. */
export async function packDirectory(directory: string, options: PackOptions): Promise<PackedCode> {
  const entries = [...(await readTree(directory, options)), ...(options.extraFiles ?? [])];
  return pack(
    entries.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    directory,
    options,
  );
}

async function pack(entries: readonly SourceEntry[], source: string, options: PackOptions): Promise<PackedCode> {
  const files = entries.filter((entry) => entry.kind !== "directory");
  if (files.length === 0)
    throw new PackError(`${source} has no file to pack; everything in it is ignored or it is empty.`);
  const totalBytes = files.reduce((sum, file) => sum + file.size, 0);
  const { entries: maxEntries, unpackedBytes } = packageLimits;
  if (entries.length > maxEntries)
    throw new PackError(`${source} has ${entries.length} files; the limit of a package is ${maxEntries}.`);
  if (totalBytes > unpackedBytes) throw tooLarge(source, `over ${megabytes(unpackedBytes)} unpacked`, files);
  const zip = await writeZip(entries, totalBytes, options);
  if (zip === null) throw tooLarge(source, `over ${megabytes(packageLimits.zipBytes)} as a zip`, files);
  return { zip, sha256: hashOf(zip), files: files.map(({ path: name, size }) => ({ path: name, size })) };
}

async function readZip(source: string, size: number, signal: AbortSignal): Promise<PackedCode> {
  if (size > packageLimits.zipBytes) {
    throw new PackError(
      `${source} has ${megabytes(size)}; the limit of a package is ${megabytes(packageLimits.zipBytes)}.`,
    );
  }
  const zip = await readFile(source, { signal });
  try {
    const files: { path: string; size: number }[] = [];
    for await (const entry of (await fromBufferPromise(zip)).eachEntry()) {
      if (!entry.fileName.endsWith("/")) files.push({ path: entry.fileName, size: entry.uncompressedSize });
    }
    return { zip, sha256: hashOf(zip), files };
  } catch (cause) {
    throw new PackError(`${source} cannot be read as a zip: ${String(cause)}.`, { cause });
  }
}

function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function tooLarge(source: string, limit: string, files: readonly PackedFile[]): PackError {
  const sizes = new Map<string, number>();
  for (const file of files) {
    const directory = directoryOf(file.path);
    sizes.set(directory, (sizes.get(directory) ?? 0) + file.size);
  }
  const largest = [...sizes].toSorted((a, b) => b[1] - a[1]).slice(0, 5);
  const lines = largest.map(([directory, bytes]) => `  ${megabytes(bytes).padStart(9)}  ${directory}`);
  return new PackError(
    `${source} is ${limit}, which is the limit of a package. Leave out what the function does not need: name it in ` +
      `.gitignore or in ignore/<FUNCTION>.ignore. Largest directories, before compression:\n${lines.join("\n")}`,
  );
}

/** What a person can leave out: a package of node_modules, or a directory at the top. */
function directoryOf(file: string): string {
  const dependency = /^.*?(?:^|\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file);
  if (dependency !== null) return dependency[0];
  const slash = file.indexOf("/");
  return slash < 0 ? "(files at the top)" : file.slice(0, slash);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(bytes % (1024 * 1024) === 0 ? 0 : 1)} MB`;
}
