import { crc32, createInflateRaw, inflateRawSync, type InflateRaw } from "node:zlib";
import type { CancelFlag } from "./cancel-flag.ts";
import { PackageRefusal, shown } from "./package-refusal.ts";
import type { LocatedEntry } from "./zip-layout.ts";

/**
 * Up to this size an entry is inflated at once: a stream costs 0.2 ms before its first byte, which
 * is most of the time of a package of many small files. Larger ones stream, so that memory stays small.
 */
const atOnceBytes = 1024 * 1024;
const chunkBytes = 256 * 1024;

/** The bytes of an entry, never more than it declares. Throws PackageRefusal unless size and checksum come out as declared. */
export async function* readContent(zip: Buffer, entry: LocatedEntry, cancel: CancelFlag): AsyncGenerator<Buffer> {
  const packed = zip.subarray(entry.range.dataStart, entry.range.dataEnd);
  let size = 0;
  let checksum = 0;
  for await (const chunk of entry.isDeflated ? inflate(packed, entry) : slices(packed)) {
    cancel.throwIfRaised();
    size += chunk.length;
    if (size > entry.size) throw damaged(entry, `has more than the ${entry.size} bytes that it declares`);
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (size !== entry.size) throw damaged(entry, `has ${size} bytes and declares ${entry.size}`);
  if (checksum !== entry.crc32) throw damaged(entry, "has a wrong checksum (CRC-32)");
}

/** Reads an entry for its checks alone. */
export async function verifyContent(zip: Buffer, entry: LocatedEntry, cancel: CancelFlag): Promise<void> {
  const content = readContent(zip, entry, cancel);
  while ((await content.next()).done !== true);
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes);
}

async function* inflate(packed: Buffer, entry: LocatedEntry): AsyncGenerator<Buffer> {
  try {
    if (entry.size <= atOnceBytes) yield inflateAtOnce(packed, entry);
    else yield* inflateInChunks(packed, entry);
  } catch (error) {
    throw isZlibError(error) ? damaged(entry, `cannot be inflated (${error.message})`) : error;
  }
}

function inflateAtOnce(packed: Buffer, entry: LocatedEntry): Buffer {
  // `info` makes the result { buffer, engine }, which the types do not know; zlib refuses a limit of 0.
  const options = { maxOutputLength: Math.max(entry.size, 1), info: true };
  const result = inflateRawSync(packed, options) as unknown as { buffer: Buffer; engine: InflateRaw };
  checkAllUsed(result.engine, packed, entry);
  return result.buffer;
}

async function* inflateInChunks(packed: Buffer, entry: LocatedEntry): AsyncGenerator<Buffer> {
  const stream = createInflateRaw({ chunkSize: chunkBytes });
  stream.end(packed);
  yield* stream;
  checkAllUsed(stream, packed, entry);
}

function checkAllUsed(engine: InflateRaw, packed: Buffer, entry: LocatedEntry): void {
  const unused = packed.length - engine.bytesWritten;
  if (unused !== 0) throw damaged(entry, `has ${unused} bytes after its compressed data`);
}

/** Codes of zlib (`Z_DATA_ERROR`, `Z_BUF_ERROR`) and of Node's own limit. */
function isZlibError(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return String(error.code).startsWith("Z_") || error.code === "ERR_BUFFER_TOO_LARGE";
}

function damaged(entry: LocatedEntry, what: string): PackageRefusal {
  return new PackageRefusal("corrupt", `Entry ${shown(entry.name)} ${what}.`);
}
