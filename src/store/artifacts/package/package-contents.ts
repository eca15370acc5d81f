import { isUtf8 } from "node:buffer";
import { fromBufferPromise, type Entry, type ZipFile } from "yauzl";
import { limits } from "../../../core/index.ts";
import type { PackageListing } from "../artifacts.ts";
import type { CancelFlag } from "./cancel-flag.ts";
import { readContent } from "./entry-content.ts";
import { parseEntryPath } from "./entry-path.ts";
import { PackageRefusal, shown } from "./package-refusal.ts";
import { PackageTree } from "./package-tree.ts";
import { readRawEntry } from "./raw-entry.ts";
import { checkLayout, locateEntry, type LocatedEntry } from "./zip-layout.ts";

/** A package whose names, sizes, layout and links hold; the bytes of its files are checked as they are read. */
export interface PackageContents {
  readonly tree: PackageTree;
  readonly files: readonly LocatedEntry[];
  readonly links: readonly { readonly path: readonly string[]; readonly target: string }[];
  readonly listing: PackageListing;
}

const maxTargetBytes = 4095;
const MiB = 1024 * 1024;

/**
 * Reads what a zip holds. Throws PackageRefusal for the first thing that is wrong.
 *
 * yauzl parses the records, zip64 included, and keeps within the bytes. It believes what they say: of names,
 * duplicates, links, overlaps, gaps, the local headers, checksums and totals it checks nothing that is relied on here.
 */
export async function readPackage(zip: Buffer, cancel: CancelFlag): Promise<PackageContents> {
  const entries = await readEntries(zip, cancel);
  const tree = new PackageTree();
  const links: { readonly path: readonly string[]; readonly target: string }[] = [];
  for (const entry of entries) {
    cancel.throwIfRaised();
    if (entry.kind === "link") {
      const target = await readTarget(zip, entry, cancel);
      tree.add(entry.path, { kind: "link", target });
      links.push({ path: entry.path, target });
      continue;
    }
    tree.add(entry.path, entry.kind === "directory" ? { kind: "directory", children: new Map() } : { kind: "file" });
  }
  for (const link of links) tree.resolve(link.path);
  const kept = entries.filter((entry) => entry.kind !== "directory");
  if (kept.length === 0) throw new PackageRefusal("empty", "The package holds no file.");
  const files = kept.filter((entry) => entry.kind === "file");
  return { tree, files, links, listing: listingOf(kept) };
}

function listingOf(kept: readonly LocatedEntry[]): PackageListing {
  return {
    entries: kept.map(({ path, size, kind, isExecutable }) => ({
      path: path.join("/"),
      size,
      kind: kind === "link" ? "link" : "file",
      isExecutable,
    })),
    unpackedBytes: totalSize(kept),
  };
}

async function readTarget(zip: Buffer, entry: LocatedEntry, cancel: CancelFlag): Promise<string> {
  if (entry.size === 0 || entry.size > maxTargetBytes) {
    throw new PackageRefusal(
      "unsupported",
      `Link ${shown(entry.name)} has a target of ${entry.size} bytes; the limit is ${maxTargetBytes}, the least 1.`,
    );
  }
  const target = Buffer.concat(await Array.fromAsync(readContent(zip, entry, cancel)));
  if (!isUtf8(target) || target.includes(0)) {
    throw new PackageRefusal("unsupported", `Link ${shown(entry.name)} has a target that is not a path.`);
  }
  return target.toString();
}

async function readEntries(zip: Buffer, cancel: CancelFlag): Promise<readonly LocatedEntry[]> {
  try {
    const file = await fromBufferPromise(zip, { decodeStrings: false });
    return await locateEntries(zip, file, cancel);
  } catch (error) {
    throw asRefusal(error);
  }
}

async function locateEntries(zip: Buffer, file: ZipFile, cancel: CancelFlag): Promise<readonly LocatedEntry[]> {
  if (file.entryCount > limits.package.entries) {
    throw new PackageRefusal(
      "too-many-entries",
      `The package has ${file.entryCount} entries; the limit is ${limits.package.entries}.`,
    );
  }
  const directoryStart = cursorOf(file);
  const entries: LocatedEntry[] = [];
  let unpackedBytes = 0;
  for await (const entry of file.eachEntry()) {
    cancel.throwIfRaised();
    const located = await locate(file, entry);
    entries.push(located);
    unpackedBytes += located.size;
    if (unpackedBytes > limits.package.unpackedBytes) throw tooLargeUnpacked(located);
  }
  checkLayout(
    zip,
    entries.map((entry) => entry.range),
    directoryStart,
    cursorOf(file),
  );
  return entries;
}

async function locate(file: ZipFile, entry: Entry): Promise<LocatedEntry> {
  const raw = readRawEntry(entry);
  const path = parseEntryPath(raw.name);
  if (path.length === 0 && raw.kind !== "directory") {
    throw new PackageRefusal("corrupt", `Entry ${shown(raw.name)} is no directory and names the root of the package.`);
  }
  const local = await file.readLocalFileHeaderPromise(entry);
  return { ...raw, path, range: locateEntry(raw.name, entry, local) };
}

/** Offset of the next record of the central directory. */
function cursorOf(file: ZipFile): number {
  return file.readEntryCursor as unknown as number; // a number in yauzl; its types say boolean
}

function totalSize(entries: readonly LocatedEntry[]): number {
  return entries.reduce((sum, entry) => sum + entry.size, 0);
}

function tooLargeUnpacked(entry: LocatedEntry): PackageRefusal {
  const limit = limits.package.unpackedBytes / MiB;
  return new PackageRefusal(
    "unpacked-too-large",
    `The package has more than ${limit} MB unpacked, which is the limit; ${shown(entry.name)} passes it.`,
  );
}

/** yauzl throws plain errors: they all mean that the bytes are not a zip we can read. */
function asRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || error.constructor !== Error) return error;
  const why = error.message;
  if (why.startsWith("End of central directory record signature not found")) {
    return new PackageRefusal("not-a-zip", "The package is not a zip, or its end is missing.");
  }
  if (why.includes("encryption"))
    return new PackageRefusal("encrypted", "The package is encrypted; pack it without a password.");
  if (why.startsWith("multi-disk"))
    return new PackageRefusal("unsupported", "The package is one part of a zip of several parts.");
  return new PackageRefusal("corrupt", `The package is damaged: ${why}.`);
}
