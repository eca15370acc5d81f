import { crc32, deflateRawSync } from "node:zlib";

/** An entry of a zip made by hand; what is not given is what an honest writer would put there. */
export interface RawZipEntry {
  readonly name: string | Buffer;
  /** Name in the local header. */
  readonly localName?: string | Buffer;
  readonly content?: string | Buffer;
  /** Bytes in the zip. */
  readonly packed?: Buffer;
  readonly method?: number;
  readonly flags?: number;
  readonly mode?: number;
  readonly madeBy?: number;
  readonly crc32?: number;
  readonly size?: number;
  readonly compressedSize?: number;
  readonly extra?: Buffer;
  /** Use this local header instead of writing one. */
  readonly headerOffset?: number;
  readonly descriptor?: "signed" | "plain" | "none";
  readonly zip64?: boolean;
}

export interface RawZipOptions {
  readonly prefix?: Buffer;
  readonly beforeDirectory?: Buffer;
  readonly afterDirectory?: Buffer;
  readonly suffix?: Buffer;
  readonly comment?: Buffer;
  readonly entryCount?: number;
  readonly zip64?: boolean;
  /** Added to every offset, as a writer does that counts from the start of a prefix. */
  readonly shift?: number;
}

export const deflated = 8;
const utf8Flag = 0x800;

/** Writes a zip byte by byte, so that a test can lie about each of them. */
export function rawZip(entries: readonly RawZipEntry[], options: RawZipOptions = {}): Buffer {
  const shift = options.shift ?? 0;
  const parts: Buffer[] = [options.prefix ?? Buffer.alloc(0)];
  const directory: Buffer[] = [];
  let position = parts[0]?.length ?? 0;
  for (const entry of entries) {
    const fields = fieldsOf(entry);
    directory.push(centralHeader(entry, fields, entry.headerOffset ?? position + shift));
    if (entry.headerOffset !== undefined) continue;
    const written = Buffer.concat([localHeader(entry, fields), fields.packed, descriptor(entry, fields)]);
    parts.push(written);
    position += written.length;
  }
  const gap = options.beforeDirectory ?? Buffer.alloc(0);
  const central = Buffer.concat(directory);
  const end = endRecords(options, position + gap.length + shift, central.length, options.entryCount ?? entries.length);
  return Buffer.concat([
    ...parts,
    gap,
    central,
    options.afterDirectory ?? Buffer.alloc(0),
    end,
    options.suffix ?? Buffer.alloc(0),
  ]);
}

interface Fields {
  readonly packed: Buffer;
  readonly method: number;
  readonly flags: number;
  readonly crc32: number;
  readonly size: number;
  readonly compressedSize: number;
}

function fieldsOf(entry: RawZipEntry): Fields {
  const content = Buffer.from(entry.content ?? "");
  const method = entry.method ?? 0;
  const packed = entry.packed ?? (method === deflated ? deflateRawSync(content) : content);
  return {
    packed,
    method,
    flags: (entry.flags ?? utf8Flag) | (entry.descriptor === undefined ? 0 : 0x8),
    crc32: entry.crc32 ?? crc32(content),
    size: entry.size ?? content.length,
    compressedSize: entry.compressedSize ?? packed.length,
  };
}

function localHeader(entry: RawZipEntry, fields: Fields): Buffer {
  const name = Buffer.from(entry.localName ?? entry.name);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(fields.flags, 6);
  header.writeUInt16LE(fields.method, 8);
  const isLater = entry.descriptor !== undefined;
  header.writeUInt32LE(isLater ? 0 : fields.crc32, 14);
  header.writeUInt32LE(isLater ? 0 : fields.compressedSize, 18);
  header.writeUInt32LE(isLater ? 0 : fields.size, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function descriptor(entry: RawZipEntry, fields: Fields): Buffer {
  if (entry.descriptor === undefined || entry.descriptor === "none") return Buffer.alloc(0);
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(0x08074b50, 0);
  bytes.writeUInt32LE(fields.crc32, 4);
  bytes.writeUInt32LE(fields.compressedSize, 8);
  bytes.writeUInt32LE(fields.size, 12);
  return entry.descriptor === "signed" ? bytes : bytes.subarray(4);
}

function centralHeader(entry: RawZipEntry, fields: Fields, offset: number): Buffer {
  const name = Buffer.from(entry.name);
  const extra = entry.zip64 === true ? zip64Extra(fields, offset) : (entry.extra ?? Buffer.alloc(0));
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(entry.madeBy ?? (3 << 8) | 63, 4);
  header.writeUInt16LE(20, 6);
  header.writeUInt16LE(fields.flags, 8);
  header.writeUInt16LE(fields.method, 10);
  header.writeUInt32LE(fields.crc32, 16);
  header.writeUInt32LE(entry.zip64 === true ? 0xffffffff : fields.compressedSize, 20);
  header.writeUInt32LE(entry.zip64 === true ? 0xffffffff : fields.size, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 38);
  header.writeUInt32LE(entry.zip64 === true ? 0xffffffff : offset, 42);
  return Buffer.concat([header, name, extra]);
}

function zip64Extra(fields: Fields, offset: number): Buffer {
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(fields.size), 4);
  extra.writeBigUInt64LE(BigInt(fields.compressedSize), 12);
  extra.writeBigUInt64LE(BigInt(offset), 20);
  return extra;
}

function endRecords(options: RawZipOptions, directoryStart: number, directorySize: number, entryCount: number): Buffer {
  const comment = options.comment ?? Buffer.alloc(0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(options.zip64 === true ? 0xffff : entryCount & 0xffff, 8);
  end.writeUInt16LE(options.zip64 === true ? 0xffff : entryCount & 0xffff, 10);
  end.writeUInt32LE(options.zip64 === true ? 0xffffffff : directorySize, 12);
  end.writeUInt32LE(options.zip64 === true ? 0xffffffff : directoryStart, 16);
  end.writeUInt16LE(comment.length, 20);
  if (options.zip64 !== true) return Buffer.concat([end, comment]);
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(entryCount), 24);
  record.writeBigUInt64LE(BigInt(entryCount), 32);
  record.writeBigUInt64LE(BigInt(directorySize), 40);
  record.writeBigUInt64LE(BigInt(directoryStart), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(directoryStart + directorySize), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end, comment]);
}
