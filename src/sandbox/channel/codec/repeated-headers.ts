import { readStringList } from "./string-list.ts";

/** Longer lists are rare, and comparing them costs more than it saves. */
const maxBytes = 512;
/** After so many different lists in a row, only each so many-th is remembered. */
const maxMisses = 8;

/**
 * Reads the header lists of one channel. A list equal to the last one comes as the very same frozen list, so that whoever
 * made something of it need not make it again; comparing 60 bytes costs a tenth of cutting four strings and looking at them.
 */
export class RepeatedHeaders {
  #bytes: Buffer = Buffer.alloc(0);
  #list: readonly string[] = Object.freeze([]);
  #misses = 0;

  read(buffer: Buffer, start: number, bytes: number): readonly string[] {
    if (this.#isSame(buffer, start, bytes)) {
      this.#misses = 0;
      if (!Object.isFrozen(this.#list)) Object.freeze(this.#list);
      return this.#list;
    }
    const list = readStringList(buffer, start, bytes);
    if (bytes <= maxBytes && (this.#misses < maxMisses || this.#misses % maxMisses === 0)) {
      this.#bytes = Buffer.from(buffer.subarray(start, start + bytes));
      this.#list = list;
    }
    this.#misses++;
    return list;
  }

  #isSame(buffer: Buffer, start: number, bytes: number): boolean {
    const known = this.#bytes;
    if (bytes !== known.length) return false;
    for (let i = 0; i < bytes; i++) if (known[i] !== buffer[start + i]) return false;
    return true;
  }
}
