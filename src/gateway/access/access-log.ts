import fs from "node:fs";
import path from "node:path";
import type { Clock, Logger } from "../../core/index.ts";
import type { Exchange } from "../listener/exchange.ts";
import { CombinedLines } from "./combined-lines.ts";
import { JsonLines } from "./json-lines.ts";

export type AccessLogFormat = "json" | "combined";

/** What an exchange looks like in the file, and that there were more of them. ASCII, newline included. */
interface Lines {
  line(exchange: Exchange, now: number): string;
  /** Empty: the format has no place for it. */
  dropped(count: number, now: number): string;
}

/** What is kept between two writes; more is dropped and counted. */
const maxLines = 8_192;
const firstBytes = 64 * 1024;
const maxBytes = 4 * 1024 * 1024;
const flushMs = 100;
/** At this size the file becomes `access.log.1`, in place of the one before. */
const rotateBytes = 64 * 1024 * 1024;

/**
 * One line per exchange in `<data>/log/access.log`, written in batches, off the hot path. Between two writes lines are
 * kept as bytes: strings would outlive the young generation by thousands. When the disk is slower than the clients, lines
 * are dropped and their number is said instead. The file may be moved or removed at any time, by logrotate for one: the next
 * batch makes it anew.
 */
export class AccessLog implements AsyncDisposable {
  readonly #file: string;
  readonly #format: Lines;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #maxBytes: number;
  #gathered: Buffer = Buffer.allocUnsafeSlow(firstBytes);
  /** What the last batch was written from; null while it is being written. */
  #spare: Buffer | null = Buffer.allocUnsafeSlow(firstBytes);
  #filled = 0;
  #lines = 0;
  #dropped = 0;
  #droppedInAll = 0;
  #opened: Opened | null = null;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;

  constructor(options: {
    directory: string;
    format: AccessLogFormat;
    clock: Clock;
    logger: Logger;
    maxBytes?: number;
  }) {
    fs.mkdirSync(options.directory, { recursive: true });
    this.#file = path.join(options.directory, "access.log");
    this.#format = options.format === "json" ? new JsonLines() : new CombinedLines();
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#maxBytes = options.maxBytes ?? rotateBytes;
  }

  /** Lines lost since start. */
  get dropped(): number {
    return this.#droppedInAll;
  }

  /** Takes exchanges that ended together. */
  record(exchanges: readonly Exchange[]): void {
    const now = this.#clock.now();
    const room = this.#filled > maxBytes ? 0 : maxLines - this.#lines;
    const taken = Math.min(room, exchanges.length);
    const dropped = exchanges.length - taken;
    let lines = "";
    for (let i = 0; i < taken; i++) {
      const exchange = exchanges[i];
      if (exchange !== undefined) lines += this.#format.line(exchange, now);
    }
    this.#lines += taken;
    this.#dropped += dropped;
    this.#droppedInAll += dropped;
    if (taken > 0) this.#gather(lines);
    this.#timer ??= setTimeout(() => this.#onTimer(), flushMs).unref();
  }

  /** What was recorded so far is in the file, or given up. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#startWriting();
    await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.flush();
    await this.#opened?.handle.close();
  }

  #onTimer(): void {
    this.#timer = null;
    if (this.#isWriting) {
      this.#timer = setTimeout(() => this.#onTimer(), flushMs).unref();
      return;
    }
    this.#startWriting();
  }

  #startWriting(): void {
    this.#isWriting = true;
    this.#writing = this.#write().finally(() => {
      this.#isWriting = false;
    });
  }

  /** Never rejects: a disk that fails costs lines, not calls. */
  async #write(): Promise<void> {
    const lines = this.#lines;
    if (lines === 0) return;
    if (this.#dropped > 0) this.#sayDropped(this.#dropped);
    const batch = this.#gathered;
    const bytes = batch.subarray(0, this.#filled);
    this.#gathered = this.#spare ?? Buffer.allocUnsafeSlow(firstBytes);
    this.#spare = null;
    this.#filled = 0;
    this.#lines = 0;
    this.#dropped = 0;
    try {
      const { handle } = await this.#openFile();
      await handle.appendFile(bytes);
    } catch (error) {
      this.#droppedInAll += lines;
      this.#logger.warn({ err: error, file: this.#file }, "Lines of the access log could not be written");
    }
    this.#spare = usedAgain(batch, bytes.length);
  }

  /** Every line is ASCII, so that a character is a byte. */
  #gather(lines: string): void {
    if (this.#filled + lines.length > this.#gathered.length) {
      const larger = Buffer.allocUnsafeSlow(this.#gathered.length * 2 + lines.length);
      this.#gathered.copy(larger, 0, 0, this.#filled);
      this.#gathered = larger;
    }
    this.#filled += this.#gathered.write(lines, this.#filled, "latin1");
  }

  #sayDropped(count: number): void {
    const notice = this.#format.dropped(count, this.#clock.now());
    if (notice !== "") this.#gather(notice);
    else
      this.#logger.warn({ dropped: count }, "Requests came faster than the access log is written: lines are missing");
  }

  /** The file of that name, as it is now. */
  async #openFile(): Promise<Opened> {
    const found = await fs.promises.stat(this.#file).catch(nullIfAbsent);
    const isTooLarge = found !== null && found.size > this.#maxBytes;
    if (this.#opened !== null && !isTooLarge && found?.ino === this.#opened.inode) return this.#opened;
    const before = this.#opened;
    this.#opened = null;
    await before?.handle.close();
    if (isTooLarge) await fs.promises.rename(this.#file, `${this.#file}.1`);
    const handle = await fs.promises.open(this.#file, "a", 0o640);
    this.#opened = { handle, inode: (await handle.stat()).ino };
    return this.#opened;
  }
}

/**
 * The memory of a batch for the one after the next, half of it when most of it was not needed. Memory made anew for each batch is megabytes a second outside
 * of V8's heap, which V8 counts: in some runs it collected everything twice a second for them, in which calls waited up to 15 ms.
 */
function usedAgain(batch: Buffer, needed: number): Buffer {
  const isMuch = batch.length > firstBytes && needed < batch.length / 4;
  return isMuch ? Buffer.allocUnsafeSlow(Math.max(firstBytes, batch.length >> 1)) : batch;
}

interface Opened {
  readonly handle: fs.promises.FileHandle;
  readonly inode: number;
}

function nullIfAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
