import { randomFillSync } from "node:crypto";
import fs from "node:fs";
import fsPromises from "node:fs/promises";
import path from "node:path";
import { GrowingPause, messageOf, type Logger } from "../../core/index.ts";
import { describeFullDisk, walSegmentBytes } from "../postgres/index.ts";

/** How much a reserve holds. */
export interface ReserveSize {
  readonly files: number;
  readonly fileBytes: number;
}

/**
 * 16 MiB: about 80,000 calls, so thirteen minutes at 100 calls a second and a day at one, until a person has made room.
 * In files of a segment's size, because each becomes a segment.
 */
export const reserveSize: ReserveSize = { files: 4, fileBytes: 4 * 1024 * 1024 };

/** Left free by filling: two segments of the database's log, so that the reserve is never what fills the disk. */
const leaveFreeBytes = 2 * walSegmentBytes;
const backoff = { firstMs: 1_000, longestMs: 30_000 } as const;
const pieceBytes = 1024 * 1024;

interface Options {
  readonly directory: string;
  readonly logger: Logger;
  readonly size: ReserveSize;
}

/** A file of the reserve that became a segment. */
export interface ReservedFile {
  readonly descriptor: number;
  /** Bytes that it takes without asking the disk for room. */
  readonly bytes: number;
}

/**
 * Room for usage records on a full disk: files that have their blocks already and are written over in place, so that
 * nobody else can take what is given up. A file: being filled → ready → taken (a segment from then on).
 * Files that were taken are made again as soon as the disk has room, in the background.
 */
export class Reserve implements AsyncDisposable {
  readonly #options: Options;
  readonly #stop = new AbortController();
  readonly #pause = new GrowingPause(backoff);
  readonly #ready: string[];
  #timer: NodeJS.Timeout | null = null;
  #filling: Promise<void> = Promise.resolve();
  /** Since the reserve was whole last: whether it was said that it is not, and that it is used. */
  #saidMissing = false;
  #saidTaken = false;

  constructor(options: Options) {
    this.#options = options;
    this.#ready = this.#files().filter(isWhole(options.size.fileBytes));
    this.#filling = this.#fill();
  }

  /** Bytes of the files that are ready. */
  get bytes(): number {
    return this.#ready.length * this.#options.size.fileBytes;
  }

  /** Makes a file of the reserve the segment `file`, to be written from its beginning; null when none is left. */
  take(file: string): ReservedFile | null {
    const reserved = this.#ready.pop();
    if (reserved === undefined) return null;
    fs.renameSync(reserved, file);
    this.#sayTaken();
    this.#fillLater();
    return { descriptor: fs.openSync(file, "r+"), bytes: this.#options.size.fileBytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    if (this.#timer) clearTimeout(this.#timer);
    await this.#filling;
  }

  #files(): string[] {
    const { directory, size } = this.#options;
    return Array.from({ length: size.files }, (_, index) => path.join(directory, `reserve-${index}`));
  }

  #fillLater(): void {
    if (this.#timer || this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#filling = this.#filling.then(() => this.#fill());
    }, this.#pause.grow()).unref();
  }

  /** Makes the files that are missing, as far as there is room. Never rejects. */
  async #fill(): Promise<void> {
    const { size } = this.#options;
    try {
      for (const file of this.#files()) {
        if (this.#ready.includes(file)) continue;
        if (!(await this.#hasRoom()))
          return this.#sayMissing(`less than ${leaveFreeBytes + size.fileBytes} bytes are free`);
        await allocate(file, size.fileBytes, this.#stop);
        this.#ready.push(file);
      }
      if (this.#ready.length === size.files) this.#sayWhole();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#sayMissing(messageOf(error));
    }
  }

  async #hasRoom(): Promise<boolean> {
    const { bavail, bsize } = await fsPromises.statfs(this.#options.directory);
    return bavail * bsize >= this.#options.size.fileBytes + leaveFreeBytes;
  }

  #sayMissing(reason: string): void {
    const { directory, logger } = this.#options;
    this.#fillLater();
    if (this.#saidMissing || this.#saidTaken) return;
    this.#saidMissing = true;
    const sentence = "There is no whole reserve for usage records: on a full disk they may have to wait in memory";
    logger.warn({ directory, bytes: this.bytes }, `${sentence} (${reason})`);
  }

  #sayTaken(): void {
    if (this.#saidTaken) return;
    this.#saidTaken = true;
    const { directory, logger, size } = this.#options;
    const bytes = this.bytes + size.fileBytes;
    void describeFullDisk(directory).then((sentence) =>
      logger.error({ directory, bytes }, `${sentence} Usage records go to their reserve meanwhile.`),
    );
  }

  #sayWhole(): void {
    const { directory, logger } = this.#options;
    this.#pause.reset();
    if (this.#saidMissing || this.#saidTaken)
      logger.info({ directory }, "The reserve for usage records is whole again");
    this.#saidMissing = false;
    this.#saidTaken = false;
  }
}

function isWhole(bytes: number): (file: string) => boolean {
  return (file) => fs.statSync(file, { throwIfNoEntry: false })?.size === bytes;
}

/**
 * Writes bytes that no filesystem can store as less, and none of which ends a line: what is left of them behind the
 * lines of a segment is a torn last line to whoever reads it.
 */
async function allocate(file: string, bytes: number, { signal }: AbortController): Promise<void> {
  const piece = randomFillSync(Buffer.allocUnsafe(Math.min(pieceBytes, bytes)));
  for (let at = piece.indexOf(0x0a); at !== -1; at = piece.indexOf(0x0a, at)) piece[at] = 0;
  const handle = await fsPromises.open(file, "w", 0o600);
  try {
    for (let left = bytes; left > 0; left -= piece.length) {
      signal.throwIfAborted();
      await handle.writeFile(piece.subarray(0, left));
    }
  } catch (error) {
    await fsPromises.rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}
