import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { PlatformError, type Sha256 } from "../../../core/index.ts";
import type { PackageListing } from "../artifacts.ts";
import type { CancelFlag } from "../package/cancel-flag.ts";
import { readContent, verifyContent } from "../package/entry-content.ts";
import { readPackage } from "../package/package-contents.ts";
import { PackageRefusal } from "../package/package-refusal.ts";
import { asDiskFailure } from "./disk-failure.ts";
import type { JobKind, Jobs, KeptZip, PackedListing } from "./jobs.ts";

/** What a job gives, and the memory that goes to the event loop with it. */
export interface JobResult<Kind extends JobKind = JobKind> {
  readonly output: Jobs[Kind]["output"];
  readonly transfer?: ArrayBuffer[];
}

const entriesPerPiece = 500;
const encoder = new TextEncoder();

/** Reads a kept zip and checks its hash. Throws PlatformError `InternalError` when it is missing or damaged. */
export function readVerified({ file, sha256 }: KeptZip): Buffer<ArrayBuffer> {
  const bytes = readWhole(file, sha256);
  const found = hashOf(bytes);
  if (found !== sha256) {
    throw new PlatformError(
      "InternalError",
      `Code package ${file} is damaged: its SHA-256 is ${found}. Deploy the function again.`,
    );
  }
  return bytes;
}

export function hashZip({ zip }: Jobs["hash"]["input"]): JobResult<"hash"> {
  return { output: { sha256: hashOf(Buffer.from(zip)), zip }, transfer: [zip] };
}

/** Checks a package and keeps it; one that is kept already, undamaged, is neither inflated nor written again. */
export async function keepZip(
  { zip, kept, partialFile }: Jobs["keep"]["input"],
  cancel: CancelFlag,
): Promise<JobResult<"keep">> {
  const bytes = Buffer.from(zip);
  try {
    const contents = await readPackage(bytes, cancel);
    if (!touchKept(kept)) {
      for (const file of contents.files) await verifyContent(bytes, file, cancel);
      cancel.throwIfRaised();
      writeAtomically(bytes, partialFile, kept.file);
    }
    const listing = packListing(contents.listing);
    return { output: { kind: "stored", listing }, transfer: listing.pieces.map((piece) => piece.buffer) };
  } catch (error) {
    if (error instanceof PackageRefusal) return { output: { kind: "refused", problem: error.problem } };
    throw error;
  }
}

export function readZip({ kept }: Jobs["read"]["input"]): JobResult<"read"> {
  const zip = readVerified(kept).buffer;
  return { output: { zip }, transfer: [zip] };
}

export async function listPackage({ kept }: Jobs["list"]["input"], cancel: CancelFlag): Promise<JobResult<"list">> {
  const { listing } = await readPackage(readVerified(kept), cancel);
  const output = packListing(listing);
  return { output, transfer: output.pieces.map((piece) => piece.buffer) };
}

export async function readKeptText(
  { kept, path: wanted, maxBytes }: Jobs["readText"]["input"],
  cancel: CancelFlag,
): Promise<JobResult<"readText">> {
  const zip = readVerified(kept);
  const contents = await readPackage(zip, cancel);
  const parts = wanted.split("/");
  if (parts.includes("..")) return { output: null };
  const found = contents.tree.resolve(parts);
  const place = found?.path.join("/");
  const entry = contents.files.find((file) => file.path.join("/") === place);
  if (entry === undefined) return { output: null };
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of readContent(zip, entry, cancel)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= maxBytes) break;
  }
  return { output: Buffer.concat(chunks).toString("utf8", 0, Math.min(size, maxBytes)) };
}

function hashOf(bytes: Buffer): Sha256 {
  return createHash("sha256").update(bytes).digest("hex") as Sha256; // brand: made here
}

function readWhole(file: string, sha256: Sha256): Buffer<ArrayBuffer> {
  try {
    // Not readFile: memory of its own, without a copy, so that it can move to the event loop.
    using descriptor = openFile(file);
    const bytes = Buffer.allocUnsafeSlow(fs.fstatSync(descriptor.fd).size);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = fs.readSync(descriptor.fd, bytes, length, bytes.length - length, length);
    }
    return bytes;
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const what = isMissing ? `is missing (${file}). Deploy the function again.` : `cannot be read: ${String(error)}`;
    throw new PlatformError("InternalError", `Code package ${sha256} ${what}`, { cause: error });
  }
}

function openFile(file: string): Disposable & { readonly fd: number } {
  const fd = fs.openSync(file, "r");
  return { fd, [Symbol.dispose]: () => fs.closeSync(fd) };
}

/** Whether the package is kept and undamaged; a new date keeps it from being collected before its row is written. */
function touchKept(kept: KeptZip): boolean {
  if (!fs.existsSync(kept.file)) return false;
  try {
    readVerified(kept);
    const now = new Date();
    fs.utimesSync(kept.file, now, now);
    return true;
  } catch (error) {
    if (error instanceof PlatformError) return false;
    throw asDiskFailure(error, path.dirname(kept.file));
  }
}

/** After a return the bytes are on the disk; after a crash at any moment the file is there whole or not at all. */
function writeAtomically(bytes: Buffer, partialFile: string, file: string): void {
  const directory = path.dirname(file);
  try {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    fs.writeFileSync(partialFile, bytes, { flag: "wx", mode: 0o600, flush: true });
    fs.renameSync(partialFile, file);
    syncDirectory(directory);
    syncDirectory(path.dirname(directory));
  } catch (error) {
    fs.rmSync(partialFile, { force: true });
    throw asDiskFailure(error, path.dirname(directory));
  }
}

function syncDirectory(directory: string): void {
  using descriptor = openFile(directory);
  fs.fsyncSync(descriptor.fd);
}

function packListing({ entries, unpackedBytes }: PackageListing): PackedListing {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0; start < entries.length; start += entriesPerPiece) {
    pieces.push(encoder.encode(JSON.stringify(entries.slice(start, start + entriesPerPiece))));
  }
  return { pieces, unpackedBytes };
}
