import { createReadStream } from "node:fs";
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
  for (const entry of entries) addEntry(zip, entry, onRead, signal);
  // yazl's types give the plain interface; it is a PassThrough.
  const output = zip.outputStream as Readable;
  zip.on("error", (error: Error) => output.destroy(error));
  zip.end();
  try {
    return await collect(output, options.signal);
  } finally {
    reading.abort();
  }
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

function addEntry(zip: ZipFile, entry: SourceEntry, onRead: (bytes: number) => void, signal: AbortSignal): void {
  switch (entry.kind) {
    case "directory":
      zip.addEmptyDirectory(entry.path, { ...fixed, mode: mode.directory });
      return;
    case "link":
      zip.addBuffer(Buffer.from(entry.target), entry.path, { ...fixed, mode: mode.link, compress: false });
      onRead(entry.size);
      return;
    case "file": {
      const fileMode = entry.isExecutable ? mode.executable : mode.file;
      zip.addReadStreamLazy(entry.path, { ...fixed, mode: fileMode, compressionLevel }, (give) => {
        const stream = Readable.from(readFile(entry.place, onRead, signal), { objectMode: false });
        stream.on("error", (error) => zip.emit("error", error));
        give(null, stream);
      });
    }
  }
}

async function* readFile(place: string, onRead: (bytes: number) => void, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(place, { signal })) {
    const bytes = chunk as Buffer; // no encoding is set on the stream
    onRead(bytes.length);
    yield bytes;
  }
}
