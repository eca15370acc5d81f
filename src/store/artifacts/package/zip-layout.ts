import type { Entry, LocalFileHeader } from "yauzl";
import { PackageRefusal, shown } from "./package-refusal.ts";
import type { RawEntry } from "./raw-entry.ts";

/** Where an entry lies in the zip: its local header, then its data. */
export interface EntryRange {
  readonly name: string;
  readonly headerStart: number;
  readonly dataStart: number;
  readonly dataEnd: number;
  readonly hasDescriptor: boolean;
}

/** An entry with its checked path and the bytes that are its own. */
export interface LocatedEntry extends RawEntry {
  readonly path: readonly string[];
  readonly range: EntryRange;
}

/** A data descriptor: with or without its signature, with sizes of 4 or of 8 bytes; some writers leave it out. */
const descriptorSizes = [0, 12, 16, 20, 24];
const signature = { zip64End: 0x06064b50, zip64Locator: 0x07064b50, end: 0x06054b50 };
const dataDescriptorFlag = 0x8;
const inExtraField = 0xffffffff;

/** Compares an entry's two headers, since readers differ in which one they believe. */
export function locateEntry(name: string, entry: Entry, local: LocalFileHeader): EntryRange {
  const hasDescriptor = (local.generalPurposeBitFlag & dataDescriptorFlag) !== 0;
  const differs =
    !local.fileName.equals(entry.fileNameRaw) ||
    local.compressionMethod !== entry.compressionMethod ||
    (!hasDescriptor &&
      (local.crc32 !== entry.crc32 ||
        sizeDiffers(local.compressedSize, entry.compressedSize) ||
        sizeDiffers(local.uncompressedSize, entry.uncompressedSize)));
  if (differs) throw new PackageRefusal("corrupt", `Entry ${shown(name)} has two headers that do not agree.`);
  return {
    name,
    headerStart: entry.relativeOffsetOfLocalHeader,
    dataStart: local.fileDataStart,
    dataEnd: local.fileDataStart + entry.compressedSize,
    hasDescriptor,
  };
}

function sizeDiffers(local: number, central: number): boolean {
  return local !== inExtraField && local !== central;
}

/**
 * Checks that the zip is nothing but its entries, the central directory and the end record, in this order and without
 * gaps: no overlap (bombs that use the same bytes often), nothing before, between or after (a second zip that another
 * reader would find).
 */
export function checkLayout(
  zip: Buffer,
  ranges: readonly EntryRange[],
  directoryStart: number,
  directoryEnd: number,
): void {
  let position = 0;
  let slack: readonly number[] = [0];
  for (const range of ranges.toSorted((a, b) => a.headerStart - b.headerStart)) {
    checkGap(range.headerStart - position, slack, `before entry ${shown(range.name)}`);
    position = range.dataEnd;
    slack = range.hasDescriptor ? descriptorSizes : [0];
  }
  checkGap(directoryStart - position, slack, "before the central directory");
  checkEnd(zip, directoryEnd);
}

function checkGap(gap: number, allowed: readonly number[], where: string): void {
  if (allowed.includes(gap)) return;
  if (gap < 0)
    throw new PackageRefusal("corrupt", `The package has overlapping entries: ${-gap} bytes ${where} are used twice.`);
  throw new PackageRefusal("corrupt", `The package has ${gap} bytes ${where} that belong to nothing.`);
}

/** After the central directory: the two zip64 records or not, and the end record with its comment, up to the last byte. */
function checkEnd(zip: Buffer, directoryEnd: number): void {
  let position = directoryEnd;
  if (readSignature(zip, position) === signature.zip64End) {
    position = zip64RecordEnd(zip, position);
    if (readSignature(zip, position) !== signature.zip64Locator) throw brokenEnd();
    position += 20;
  }
  if (readSignature(zip, position) !== signature.end || position + 22 > zip.length) throw brokenEnd();
  if (position + 22 + zip.readUInt16LE(position + 20) !== zip.length) throw brokenEnd();
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(signature.end);
  if (zip.indexOf(mark, position + 4) !== -1) {
    throw new PackageRefusal("corrupt", "The package has a second end record in its comment.");
  }
}

function zip64RecordEnd(zip: Buffer, position: number): number {
  if (position + 56 > zip.length) throw brokenEnd();
  // Compared before it becomes a number: 8 bytes may hold more than a number can.
  const size = zip.readBigUInt64LE(position + 4);
  if (size > BigInt(zip.length)) throw brokenEnd();
  return position + 12 + Number(size);
}

function readSignature(zip: Buffer, position: number): number {
  return position + 4 <= zip.length ? zip.readUInt32LE(position) : 0;
}

function brokenEnd(): PackageRefusal {
  return new PackageRefusal(
    "corrupt",
    "The package does not end right after its central directory; bytes are missing or were added.",
  );
}
