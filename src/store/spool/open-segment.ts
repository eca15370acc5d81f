import fs from "node:fs";
import type { ReservedFile } from "./reserve.ts";
import { bytesOfWholeLines, openSegmentFile, type Segment, type SegmentName } from "./segments.ts";

/** Appends and answers how many bytes it took. */
export type Append = (descriptor: number, data: Buffer) => number;

/** The segment that lines are appended to: a file of its own, or one that was reserved. */
export class OpenSegment {
  readonly #name: SegmentName;
  readonly #append: Append;
  readonly #descriptor: number;
  #bytes = 0;
  /** Of a reserved file: how much it takes. */
  readonly #mostBytes: number;
  /** Whole lines in it; its user counts. */
  records = 0;

  constructor(name: SegmentName, append: Append, reserved?: ReservedFile) {
    this.#name = name;
    this.#append = append;
    this.#descriptor = reserved?.descriptor ?? openSegmentFile(name.file);
    this.#mostBytes = reserved?.bytes ?? Number.POSITIVE_INFINITY;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isReserved(): boolean {
    return this.#mostBytes !== Number.POSITIVE_INFINITY;
  }

  /** Answers how many bytes it took; throws where the disk does. A reserved file takes whole lines, as many as fit. */
  append(lines: Buffer): number {
    if (!this.isReserved) return this.#write(lines);
    const room = this.#mostBytes - this.#bytes;
    return this.#write(lines.length <= room ? lines : lines.subarray(0, bytesOfWholeLines(lines.subarray(0, room))));
  }

  /** Null when it holds no record: its file is gone. What was reserved and is not used goes back to the disk. */
  close(): Segment | null {
    if (this.isReserved) fs.ftruncateSync(this.#descriptor, this.#bytes);
    fs.closeSync(this.#descriptor);
    if (this.records > 0) return { ...this.#name, records: this.records };
    fs.rmSync(this.#name.file, { force: true });
    return null;
  }

  #write(lines: Buffer): number {
    const written = this.#append(this.#descriptor, lines);
    this.#bytes += written;
    return written;
  }
}
