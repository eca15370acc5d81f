import type { LogLine } from "../../core/index.ts";

/** Characters after which text becomes bytes, outside of the heap: there the collector of garbage need not move them. */
const pieceLength = 16 * 1024;

/**
 * Lines of a log as the JSON array that they are stored as, written line by line. A flood of lines would otherwise be an object and a string each,
 * for the collector to carry about (scavenges of 4 to 6 ms), and a megabyte to encode at once when it ends.
 */
export class EncodedLines {
  #pieces: Buffer[] = [];
  #last = "";
  #count = 0;
  #bytes = 0;

  static of(lines: readonly LogLine[]): EncodedLines {
    const encoded = new EncodedLines();
    for (const line of lines) encoded.add(line);
    return encoded;
  }

  add(line: LogLine): void {
    this.#last += `${this.#count === 0 ? "[" : ","}${JSON.stringify(line)}`;
    this.#count += 1;
    if (this.#last.length < pieceLength) return;
    const piece = Buffer.from(this.#last);
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#last = "";
  }

  /** How many lines there are. */
  get count(): number {
    return this.#count;
  }

  /** What they take, about: characters of the part that is no bytes yet. */
  get size(): number {
    return this.#bytes + this.#last.length;
  }

  /** The array so far: text when it is short, else UTF-8. */
  json(): string | Buffer {
    const end = this.#count === 0 ? "[]" : `${this.#last}]`;
    return this.#pieces.length === 0 ? end : Buffer.concat([...this.#pieces, Buffer.from(end)]);
  }
}
