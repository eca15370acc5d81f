import fs from "node:fs";
import { messageOf, type Clock, type Logger } from "../../core/index.ts";
import { describeFullDisk, saysDiskFull } from "../postgres/index.ts";
import { OpenSegment, type Append } from "./open-segment.ts";
import type { Reserve } from "./reserve.ts";
import { bytesOfWholeLines, nextSegmentName, type Segment } from "./segments.ts";

/** Lines kept in memory while neither disk nor reserve takes any; about 80,000 calls. */
const memoryBytes = 16 * 1024 * 1024;
const retryMs = 1_000;

interface Options {
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reserve: Reserve;
  /** A parameter so that a full disk can be tried. */
  readonly append?: Append | undefined;
}

/** Whole lines that are not on disk. */
interface Lines {
  readonly text: Buffer;
  readonly records: number;
}

/**
 * Appends lines to the current segment, synchronously: when `write` returns they are with the
 * kernel and survive the death of this process.
 *
 * on disk → (it is full) in the reserve → (that is used up, or the disk is broken) in memory → (there is room) on disk
 *
 * Functions go on being answered all the time. What waits in memory, up to 16 MiB, is written in order once the disk
 * takes it, and lost if this process ends before; beyond that, records are dropped. Each is counted and logged as an error.
 */
export class SegmentWriter {
  readonly #options: Options;
  readonly #append: Append;
  #current: OpenSegment | null = null;
  /** Segments that took no more before anybody sealed them, oldest first. */
  #closed: Segment[] = [];
  #encoded = Buffer.allocUnsafeSlow(64 * 1024);
  #waiting: Lines[] = [];
  #waitingBytes = 0;
  #retry: NodeJS.Timeout | null = null;
  #dropped = 0;
  #droppedUnreported = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#append = options.append ?? appendToFile;
  }

  /** Bytes in the current segment. */
  get bytes(): number {
    return this.#current?.bytes ?? 0;
  }

  /** Records that neither disk nor memory could take. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Answers how many of the records were kept: all, or none when the memory for a full disk is used up. */
  write(text: string, records: number): number {
    const lines = { text: this.#encode(text), records };
    if (this.#waiting.length > 0) return this.#keep(lines);
    const { left, cause } = this.#bring(lines);
    if (left !== null) this.#startWaiting(left, cause);
    return records;
  }

  /** Closes the current segment and answers all that were closed since the last call. */
  seal(): readonly Segment[] {
    this.#drain();
    this.#close();
    const closed = this.#closed;
    this.#closed = [];
    return closed;
  }

  /** Tries a last time to bring the lines in memory to disk; what cannot be written is reported. */
  close(): void {
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    this.seal();
    const records = this.#waiting.reduce((sum, lines) => sum + lines.records, 0);
    if (records === 0) return;
    const { logger, directory } = this.#options;
    logger.error({ directory }, `${records} usage records are lost: neither the disk nor the reserve took them`);
  }

  /** Valid until the next call: one buffer serves all, and knows its length without counting the text's bytes first. */
  #encode(text: string): Buffer {
    const most = text.length * 3;
    if (most > this.#encoded.length) this.#encoded = Buffer.allocUnsafeSlow(most);
    return this.#encoded.subarray(0, this.#encoded.write(text, 0, "utf8"));
  }

  /** Brings lines to disk; answers those that neither the disk nor the reserve took, and why. */
  #bring(lines: Lines): { readonly left: Lines | null; readonly cause: unknown } {
    let left = lines;
    for (;;) {
      const { current, taken, cause } = this.#tryAppend(left.text);
      if (current && taken === left.text.length) {
        current.records += left.records;
        return { left: null, cause };
      }
      if (current) left = countWhole(current, left, taken);
      this.#close();
      // It is full, or the filesystem copies on write and wants new blocks even for this: then those that it gave back.
      if (current?.isReserved) continue;
      this.#current = this.#openReserved(cause);
      if (!this.#current) return { left, cause };
    }
  }

  #tryAppend(text: Buffer): { readonly current: OpenSegment | null; readonly taken: number; readonly cause: unknown } {
    try {
      const current = (this.#current ??= this.#open());
      return { current, taken: current.append(text), cause: partOfWrite };
    } catch (cause) {
      return { current: this.#current, taken: 0, cause };
    }
  }

  #open(): OpenSegment {
    const { directory, clock } = this.#options;
    return new OpenSegment(nextSegmentName(directory, clock.now()), this.#append);
  }

  #openReserved(cause: unknown): OpenSegment | null {
    if (!saysDiskFull(messageOf(cause))) return null;
    const { directory, clock, reserve } = this.#options;
    const name = nextSegmentName(directory, clock.now());
    try {
      const reserved = reserve.take(name.file);
      return reserved && new OpenSegment(name, this.#append, reserved);
    } catch {
      return null; // the records wait in memory, and that is said
    }
  }

  #close(): void {
    const segment = this.#current?.close();
    this.#current = null;
    if (segment) this.#closed.push(segment);
  }

  #keep(lines: Lines): number {
    if (this.#waitingBytes + lines.text.length > memoryBytes) {
      this.#dropped += lines.records;
      this.#droppedUnreported += lines.records;
      return 0;
    }
    this.#push(lines);
    return lines.records;
  }

  #push({ text, records }: Lines): void {
    this.#waiting.push({ text: Buffer.from(text), records });
    this.#waitingBytes += text.length;
  }

  #startWaiting(lines: Lines, cause: unknown): void {
    this.#push(lines);
    const { directory, logger } = this.#options;
    const message = messageOf(cause);
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
    if (this.#waiting.length > 0) this.#retry = setTimeout(() => this.#tryAgain(), retryMs).unref();
    else logger.info({ directory }, "Usage records go to disk again");
  }

  /** Writes what waits, in order, as far as the disk takes it. */
  #drain(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const { left } = this.#bring(next);
      this.#waitingBytes -= next.text.length - (left?.text.length ?? 0);
      // Still no room: reported when it began; the next try comes by itself.
      if (left !== null) return void (this.#waiting[0] = left);
      this.#waiting.shift();
    }
  }
}

const partOfWrite = new Error("ENOSPC: the disk took only part of a write");

/** Counts the whole ones of the lines that a segment took; answers the others. A torn one is among them: readers leave it out. */
function countWhole(segment: OpenSegment, { text, records }: Lines, taken: number): Lines {
  const bytes = bytesOfWholeLines(text.subarray(0, taken));
  let whole = 0;
  for (let at = text.indexOf(0x0a); at !== -1 && at < bytes; at = text.indexOf(0x0a, at + 1)) whole++;
  segment.records += whole;
  return { text: text.subarray(bytes), records: records - whole };
}

function appendToFile(descriptor: number, data: Buffer): number {
  return fs.writeSync(descriptor, data);
}
