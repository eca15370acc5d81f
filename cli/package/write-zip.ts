import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { ZipFile } from "yazl";
import { packageLimits } from "./package-limits.ts";
import type { SourceEntry } from "./read-tree.ts";

interface WriteOptions {
  readonly onProgress?: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
  readonly signal: AbortSignal;
}

/**
 * Nothing in the zip may differ between two runs. The DOS date has no time zone and yazl fills it with local time,
 * so the date is local, too; the date with a zone is left out (`forceDosTimestamp`).
 */
const fixed = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true };
const mode = { file: 0o100644, executable: 0o100755, directory: 0o040755, link: 0o120777 };
const compressionLevel = 6;
/** Up to this size a file is read and compressed at once, several at a time: streams take twice as long for many small ones. */
const atOnceBytes = 256 * 1024;

/** Writes the entries into a zip in their order; null as soon as it passes the limit of a package. */
export async function writeZip(
  entries: readonly SourceEntry[],
  totalBytes: number,
  options: WriteOptions,
): Promise<Buffer | null> {
  const zip = new ZipFile();
  let doneBytes = 0;
  const onRead = (bytes: number): void => {
    doneBytes += bytes;
    options.onProgress?.({ doneBytes, totalBytes });
  };
  // What is still being read when the zip is too large or the caller gives up ends with this function.
  const reading = new AbortController();
  const signal = AbortSignal.any([options.signal, reading.signal]);
  // yazl's types give the plain interface; it is a PassThrough.
  const output = zip.outputStream as Readable;
  zip.on("error", (error: Error) => output.destroy(error));
  const added = addEntries(zip, entries, onRead, signal).catch((error: Error) => output.destroy(error));
  try {
    return await collect(output, options.signal);
  } finally {
    reading.abort();
    await added;
  }
}

async function addEntries(
  zip: ZipFile,
  entries: readonly SourceEntry[],
  onRead: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const entry of entries) {
    signal.throwIfAborted();
    if (entry.kind === "file") await addFile(zip, entry, onRead, signal);
    else if (entry.kind === "link") addLink(zip, entry, onRead);
    else zip.addEmptyDirectory(entry.path, { ...fixed, mode: mode.directory });
  }
  zip.end();
}

async function collect(output: Readable, signal: AbortSignal): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of output) {
    signal.throwIfAborted();
    const bytes = chunk as Buffer; // no encoding is set on the stream
    chunks.push(bytes);
    size += bytes.length;
    if (size > packageLimits.zipBytes) return null;
  }
  return Buffer.concat(chunks);
}

function addLink(zip: ZipFile, entry: SourceEntry & { kind: "link" }, onRead: (bytes: number) => void): void {
  zip.addBuffer(Buffer.from(entry.target), entry.path, { ...fixed, mode: mode.link, compress: false });
  onRead(entry.size);
}

async function addFile(
  zip: ZipFile,
  entry: SourceEntry & { kind: "file" },
  onRead: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const attributes = { ...fixed, mode: entry.isExecutable ? mode.executable : mode.file, compressionLevel };
  if (entry.size <= atOnceBytes) {
    const bytes = await readFile(entry.place, { signal });
    zip.addBuffer(bytes, entry.path, attributes);
    onRead(bytes.length);
    return;
  }
  zip.addReadStreamLazy(entry.path, attributes, (give) => {
    const stream = Readable.from(readChunks(entry.place, onRead, signal), { objectMode: false });
    stream.on("error", (error) => zip.emit("error", error));
    give(null, stream);
  });
}

async function* readChunks(
  place: string,
  onRead: (bytes: number) => void,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(place, { signal })) {
    const bytes = chunk as Buffer; // no encoding is set on the stream
    onRead(bytes.length);
    yield bytes;
  }
}
