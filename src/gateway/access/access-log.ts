import { once } from "node:events";
import fs, { type WriteStream } from "node:fs";
import path from "node:path";
import type { Clock, Logger } from "../../core/index.ts";
import type { Exchange } from "../listener/exchange.ts";

/** Lines kept between two writes; more are dropped and counted. */
const ringSize = 8_192;
const flushMs = 100;
/** At this size the file becomes `access.log.1`, in place of the one before. */
const rotateBytes = 64 * 1024 * 1024;

/** Only what a line is made of, so that no request or socket outlives its exchange. */
interface AccessRecord {
  at: number;
  exchangeMs: number;
  requestId: string;
  peer: string;
  method: string;
  host: string;
  url: string;
  kind: string;
  subject: string;
  httpStatus: number;
  scfStatus: number;
  bytesIn: number;
  bytesOut: number;
}

/**
 * One JSON line per exchange in `<data>/log/access.log`. Recording fills a ring; lines are made and written in batches,
 * off the hot path. When the disk is slower than the clients, lines are dropped and their number is written instead.
 */
export class AccessLog implements AsyncDisposable {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #maxBytes: number;
  readonly #ring: AccessRecord[] = [];
  #length = 0;
  #dropped = 0;
  #droppedInAll = 0;
  #bytes: number;
  #stream: WriteStream;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;

  constructor(options: { directory: string; clock: Clock; logger: Logger; maxBytes?: number }) {
    fs.mkdirSync(options.directory, { recursive: true });
    this.#file = path.join(options.directory, "access.log");
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#maxBytes = options.maxBytes ?? rotateBytes;
    this.#bytes = fs.statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    this.#stream = this.#open();
  }

  /** Lines lost since start. */
  get dropped(): number {
    return this.#droppedInAll;
  }

  record(exchange: Exchange, durationMs: number): void {
    if (this.#length === ringSize) {
      this.#dropped++;
      this.#droppedInAll++;
      return;
    }
    const { request } = exchange;
    const record = (this.#ring[this.#length++] ??= emptyRecord());
    record.at = this.#clock.now();
    record.exchangeMs = durationMs;
    record.requestId = exchange.requestId;
    record.peer = exchange.connection.peerAddress;
    record.method = request.method ?? "";
    record.host = exchange.head.authority;
    record.url = request.url ?? "";
    record.kind = exchange.kind;
    record.subject = exchange.subject;
    record.httpStatus = exchange.httpStatus;
    record.scfStatus = exchange.scfStatus;
    record.bytesIn = exchange.bytesIn;
    record.bytesOut = exchange.bytesOut;
    this.#timer ??= setTimeout(() => this.#onTimer(), flushMs).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#writing;
    await this.#write();
    await closeStream(this.#stream);
  }

  #onTimer(): void {
    this.#timer = null;
    if (this.#isWriting) {
      this.#timer = setTimeout(() => this.#onTimer(), flushMs).unref();
      return;
    }
    this.#isWriting = true;
    this.#writing = this.#write().finally(() => {
      this.#isWriting = false;
    });
  }

  /** Never rejects: a disk that fails costs lines, not calls. */
  async #write(): Promise<void> {
    const text = this.#takeText();
    if (text === "") return;
    try {
      if (this.#bytes > this.#maxBytes) await this.#rotate();
      const bytes = Buffer.from(text);
      this.#bytes += bytes.length;
      await new Promise<void>((resolve, reject) => {
        this.#stream.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
    } catch (error) {
      this.#droppedInAll += text.split("\n").length - 1;
      this.#logger.warn({ err: error, file: this.#file }, "Lines of the access log could not be written");
    }
  }

  #takeText(): string {
    let text = "";
    for (const record of this.#ring.slice(0, this.#length)) text += accessLine(record);
    this.#length = 0;
    if (this.#dropped > 0)
      text += `${JSON.stringify({ at: new Date(this.#clock.now()).toISOString(), dropped: this.#dropped })}\n`;
    this.#dropped = 0;
    return text;
  }

  async #rotate(): Promise<void> {
    await closeStream(this.#stream);
    await fs.promises.rename(this.#file, `${this.#file}.1`);
    this.#bytes = 0;
    this.#stream = this.#open();
  }

  #open(): WriteStream {
    const stream = fs.createWriteStream(this.#file, { flags: "a", mode: 0o640 });
    stream.on("error", () => undefined); // each write reports its own failure
    return stream;
  }
}

function emptyRecord(): AccessRecord {
  return {
    at: 0,
    exchangeMs: 0,
    requestId: "",
    peer: "",
    method: "",
    host: "",
    url: "",
    kind: "",
    subject: "",
    httpStatus: 0,
    scfStatus: 0,
    bytesIn: 0,
    bytesOut: 0,
  };
}

/**
 * The query stays out: it may hold what nobody should find in a log. Written by hand, as `JSON.stringify` of an object
 * and `toISOString` per line cost a fifth of a whole call.
 */
function accessLine(record: AccessRecord): string {
  const end = record.url.indexOf("?");
  const target = end < 0 ? record.url : record.url.slice(0, end);
  return (
    `{"at":"${isoTime(record.at)}","requestId":"${record.requestId}","peer":${quoted(record.peer)},` +
    `"method":"${record.method}","host":${quoted(record.host)},"path":${quoted(target)},"kind":"${record.kind}",` +
    (record.subject === "" ? "" : `"function":"${record.subject}",`) +
    `"status":${record.httpStatus},` +
    (record.scfStatus === 0 ? "" : `"scfStatus":${record.scfStatus},`) +
    `"ms":${Math.round(record.exchangeMs * 1_000) / 1_000},"bytesIn":${record.bytesIn},"bytesOut":${record.bytesOut}}\n`
  );
}

/** What JSON writes as it is: visible ASCII but for the quote and the backslash. */
const plainText = /^[ !#-[\]-~]*$/;

function quoted(text: string): string {
  return plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}

let lastTime = { at: 0, text: new Date(0).toISOString() };

function isoTime(at: number): string {
  if (at !== lastTime.at) lastTime = { at, text: new Date(at).toISOString() };
  return lastTime.text;
}

async function closeStream(stream: WriteStream): Promise<void> {
  if (stream.closed) return;
  const closed = once(stream, "close");
  stream.end();
  await closed;
}
