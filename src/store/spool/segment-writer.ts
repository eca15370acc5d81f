import fs from "node:fs";
import type { Clock, Logger } from "../../core/index.ts";
import { describeFullDisk, saysDiskFull } from "../postgres/index.ts";
import { nextSegmentName, openSegmentFile, type Segment } from "./segments.ts";

/** Lines kept in memory while the disk takes none; about 80,000 calls. */
const memoryBytes = 16 * 1024 * 1024;
const retryMs = 1_000;

interface Options {
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Appends and answers how many bytes it took; a parameter so that a full disk can be tried. */
  readonly append?: (descriptor: number, data: Buffer) => number;
}

interface Current {
  readonly id: string;
  readonly file: string;
  readonly descriptor: number;
  records: number;
  bytes: number;
}

/**
 * Appends lines to the current segment, synchronously: when `write` returns they are with the
 * kernel and survive the death of this process.
 *
 * When the disk does not take them (full, broken) functions go on being answered: the lines wait in
 * memory, up to 16 MiB, and are written in order once the disk takes them again. Beyond that they
 * are dropped and counted. The first failure is logged as an error, so is every drop while it lasts.
 */
export class SegmentWriter {
  readonly #options: Options;
  readonly #append: (descriptor: number, data: Buffer) => number;
  #current: Current | null = null;
  #encoded = Buffer.allocUnsafeSlow(64 * 1024);
  #unwritten: Buffer[] = [];
  #unwrittenBytes = 0;
  /** Records in memory for which no segment could be opened yet. */
  #waitingRecords = 0;
  #retry: NodeJS.Timeout | null = null;
  #dropped = 0;
  #droppedUnreported = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#append = options.append ?? appendToFile;
  }

  /** Bytes in the current segment, those still in memory included. */
  get bytes(): number {
    return (this.#current?.bytes ?? 0) + this.#unwrittenBytes;
  }

  /** Records that neither disk nor memory could take. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Answers how many of the records were kept: all, or none when the memory for a full disk is used up. */
  write(text: string, records: number): number {
    const lines = this.#encode(text);
    if (this.#unwritten.length > 0) return this.#keep(Buffer.from(lines), records);
    let written = 0;
    try {
      const current = (this.#current ??= this.#open());
      written = this.#append(current.descriptor, lines);
      current.records += records;
      current.bytes += written;
    } catch (error) {
      this.#startWaiting(error);
      return this.#keep(Buffer.from(lines), records, true);
    }
    if (written === lines.length) return records;
    // Part of it is on disk: exactly the rest has to follow, in this same segment.
    this.#startWaiting(new Error("ENOSPC: the disk took only part of a write"));
    this.#push(Buffer.from(lines.subarray(written)));
    return records;
  }

  /** Closes the current segment; null when it holds nothing or its last lines are still in memory. */
  seal(): Segment | null {
    if (this.#unwritten.length > 0) this.#drain();
    const current = this.#current;
    if (!current || this.#unwritten.length > 0) return null;
    this.#current = null;
    fs.closeSync(current.descriptor);
    return { id: current.id, file: current.file, records: current.records };
  }

  /** Tries a last time to bring the lines in memory to disk; what cannot be written is reported. */
  close(): Segment | null {
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    const sealed = this.seal();
    if (this.#unwritten.length === 0) return sealed;
    this.#options.logger.error({ bytes: this.#unwrittenBytes }, "Usage records are lost: the disk did not take them");
    if (this.#current) fs.closeSync(this.#current.descriptor);
    this.#current = null;
    return null;
  }

  /** Valid until the next call: one buffer serves all, and knows its length without counting the text's bytes first. */
  #encode(text: string): Buffer {
    const most = text.length * 3;
    if (most > this.#encoded.length) this.#encoded = Buffer.allocUnsafeSlow(most);
    return this.#encoded.subarray(0, this.#encoded.write(text, 0, "utf8"));
  }

  #open(): Current {
    const { directory, clock } = this.#options;
    const name = nextSegmentName(directory, clock.now());
    return { ...name, descriptor: openSegmentFile(name.file), records: 0, bytes: 0 };
  }

  #keep(lines: Buffer, records: number, isFirst = false): number {
    if (!isFirst && this.#unwrittenBytes + lines.length > memoryBytes) {
      this.#dropped += records;
      this.#droppedUnreported += records;
      return 0;
    }
    this.#push(lines);
    if (this.#current) this.#current.records += records;
    else this.#waitingRecords += records;
    return records;
  }

  #push(lines: Buffer): void {
    this.#unwritten.push(lines);
    this.#unwrittenBytes += lines.length;
  }

  #startWaiting(cause: unknown): void {
    const { directory, logger } = this.#options;
    const message = cause instanceof Error ? cause.message : String(cause);
    this.#retry ??= setTimeout(() => this.#tryAgain(), retryMs).unref();
    const consequence = "Usage records wait in memory; they would be lost if this process ended now";
    if (!saysDiskFull(message)) return logger.error({ err: cause, directory }, `${consequence}: ${message}`);
    void describeFullDisk(directory).then((sentence) => logger.error({ directory }, `${sentence} ${consequence}.`));
  }

  #tryAgain(): void {
    this.#retry = null;
    this.#drain();
    const { logger, directory } = this.#options;
    if (this.#droppedUnreported > 0) {
      logger.error(
        { directory, records: this.#droppedUnreported },
        "Usage records were dropped: no room on disk or in memory",
      );
      this.#droppedUnreported = 0;
    }
    if (this.#unwritten.length > 0) this.#retry = setTimeout(() => this.#tryAgain(), retryMs).unref();
    else logger.info({ directory }, "Usage records go to disk again");
  }

  /** Writes what waits, in order, as far as the disk takes it. */
  #drain(): void {
    try {
      const current = (this.#current ??= this.#open());
      current.records += this.#waitingRecords;
      this.#waitingRecords = 0;
      for (let lines = this.#unwritten[0]; lines; lines = this.#unwritten[0]) {
        const written = this.#append(current.descriptor, lines);
        current.bytes += written;
        this.#unwrittenBytes -= written;
        if (written < lines.length) this.#unwritten[0] = lines.subarray(written);
        else this.#unwritten.shift();
      }
    } catch {
      // Still no room: reported when it began; the next try comes by itself.
    }
  }
}

function appendToFile(descriptor: number, data: Buffer): number {
  return fs.writeSync(descriptor, data);
}
