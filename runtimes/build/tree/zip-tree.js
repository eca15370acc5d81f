// @ts-check
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { crc32, deflateRawSync } from "node:zlib";

/** @typedef {{ zipBytes: number, unpackedBytes: number, entries: number }} TreeLimits of a code package */

/** Beyond this many, a zip needs fields that nothing here writes. */
const mostEntries = 65_535;
const mebibyte = 1024 * 1024;
const unix = 3 << 8;
const version = 20;
const utf8Names = 0x800;
const deflated = 8;
const stored = 0;
/** Of all files: midnight of 1980-01-01, so that the same files make the same zip. */
const date = 33;
const modes = { directory: 0o040755, file: 0o100644, program: 0o100755, link: 0o120777 };

/** The message says what is too much of what. */
export class PackageTooLarge extends Error {}

/**
 * A zip of everything below a directory: files, links and directories, and nothing else. Throws `PackageTooLarge`.
 * @param {string} directory @param {TreeLimits} limits
 */
export function zipTree(directory, limits) {
  const writer = new ZipWriter(limits);
  addDirectory(writer, directory, "");
  return writer.end();
}

/** @param {ZipWriter} writer @param {string} directory @param {string} prefix */
function addDirectory(writer, directory, prefix) {
  for (const name of readdirSync(directory).sort()) {
    const file = path.join(directory, name);
    const status = lstatSync(file);
    if (status.isDirectory()) {
      writer.add(`${prefix}${name}/`, modes.directory, Buffer.alloc(0));
      addDirectory(writer, file, `${prefix}${name}/`);
    } else if (status.isSymbolicLink()) writer.add(prefix + name, modes.link, readlinkSync(file, "buffer"));
    else if (status.isFile()) {
      writer.reserve(status.size);
      writer.add(prefix + name, (status.mode & 0o111) === 0 ? modes.file : modes.program, readFileSync(file));
    }
  }
}

class ZipWriter {
  /** @type {Buffer[]} */
  #parts = [];
  /** @type {Buffer[]} */
  #directory = [];
  #offset = 0;
  #unpacked = 0;
  #limits;

  /** @param {TreeLimits} limits */
  constructor(limits) {
    this.#limits = limits;
  }

  /** Throws when so many more bytes are too many, before they are read. @param {number} bytes */
  reserve(bytes) {
    this.#unpacked += bytes;
    if (this.#unpacked > this.#limits.unpackedBytes) {
      throw new PackageTooLarge(
        `it has more than ${this.#limits.unpackedBytes / mebibyte} MB unpacked, which is the limit`,
      );
    }
  }

  /** @param {string} name @param {number} mode @param {Buffer} content */
  add(name, mode, content) {
    const most = Math.min(mostEntries, this.#limits.entries);
    if (this.#directory.length === most)
      throw new PackageTooLarge(`it has more than ${most} files, which is the limit`);
    const nameBytes = Buffer.from(name);
    const packed = content.length === 0 ? content : deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(version, 0);
    common.writeUInt16LE(utf8Names, 2);
    common.writeUInt16LE(content.length === 0 ? stored : deflated, 4);
    common.writeUInt16LE(date, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    this.#directory.push(this.#directoryEntry(common, mode, nameBytes));
    this.#put(Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, nameBytes, packed]));
  }

  end() {
    const entries = Buffer.concat(this.#directory);
    const end = Buffer.alloc(22);
    end.write("PK\x05\x06", 0, "latin1");
    end.writeUInt16LE(this.#directory.length, 8);
    end.writeUInt16LE(this.#directory.length, 10);
    end.writeUInt32LE(entries.length, 12);
    end.writeUInt32LE(this.#offset, 16);
    return Buffer.concat([...this.#parts, entries, end]);
  }

  /** @param {Buffer} common @param {number} mode @param {Buffer} name */
  #directoryEntry(common, mode, name) {
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((mode << 16) >>> 0, 6);
    rest.writeUInt32LE(this.#offset, 10);
    const made = Buffer.alloc(2);
    made.writeUInt16LE(unix | version);
    return Buffer.concat([Buffer.from("PK\x01\x02", "latin1"), made, common, rest, name]);
  }

  /** @param {Buffer} part */
  #put(part) {
    this.#parts.push(part);
    this.#offset += part.length;
    if (this.#offset > this.#limits.zipBytes) {
      throw new PackageTooLarge(`it has more than ${this.#limits.zipBytes / mebibyte} MB as a zip, which is the limit`);
    }
  }
}
