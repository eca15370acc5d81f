import { isUtf8 } from "node:buffer";
import { getFileNameLowLevel, type Entry } from "yauzl";
import { PackageRefusal, shown } from "./package-refusal.ts";

/** One entry as the central directory has it, before anything is believed about where it goes. */
export interface RawEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "link";
  readonly isExecutable: boolean;
  readonly isDeflated: boolean;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
}

const flag = { encrypted: 0x1, strongEncryption: 0x40, utf8: 0x800, maskedHeaders: 0x2000 };
const fileType = { mask: 0o170000, regular: 0o100000, directory: 0o040000, link: 0o120000, unknown: 0 };
const method = { stored: 0, deflated: 8 };

/** Reads one entry of the central directory. Throws PackageRefusal for what no function can have. */
export function readRawEntry(entry: Entry): RawEntry {
  const name = decodeName(entry);
  if ((entry.generalPurposeBitFlag & (flag.encrypted | flag.strongEncryption | flag.maskedHeaders)) !== 0) {
    throw new PackageRefusal("encrypted", `Entry ${shown(name)} is encrypted; pack it without a password.`);
  }
  if (entry.compressionMethod !== method.stored && entry.compressionMethod !== method.deflated) {
    throw new PackageRefusal(
      "unsupported",
      `Entry ${shown(name)} is compressed by method ${entry.compressionMethod}; only "stored" (0) and "deflated" (8) are read.`,
    );
  }
  // Zips made on Windows may have Unix modes too, so the mode counts whichever system the zip names.
  const mode = entry.externalFileAttributes >>> 16;
  const kind = kindOf(name, mode & fileType.mask);
  if (kind === "directory" && entry.uncompressedSize !== 0) {
    throw new PackageRefusal("corrupt", `Entry ${shown(name)} is a directory and has content.`);
  }
  return {
    name,
    kind,
    isExecutable: kind === "file" && (mode & 0o111) !== 0,
    isDeflated: entry.compressionMethod === method.deflated,
    crc32: entry.crc32,
    compressedSize: entry.compressedSize,
    size: entry.uncompressedSize,
  };
}

function decodeName(entry: Entry): string {
  if ((entry.generalPurposeBitFlag & flag.utf8) !== 0 && !isUtf8(entry.fileNameRaw)) {
    throw new PackageRefusal(
      "corrupt",
      `Entry ${shown(entry.fileNameRaw.toString("latin1"))} has a name that is not UTF-8.`,
    );
  }
  return getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
}

function kindOf(name: string, type: number): RawEntry["kind"] {
  const endsInSlash = name.endsWith("/");
  if (type === fileType.directory) return "directory";
  if (type === fileType.regular || type === fileType.unknown) return endsInSlash ? "directory" : "file";
  if (type === fileType.link && !endsInSlash) return "link";
  throw new PackageRefusal(
    "unsupported",
    `Entry ${shown(name)} is neither file, directory nor link (mode ${type.toString(8)}); devices, pipes and sockets cannot be packed.`,
  );
}
