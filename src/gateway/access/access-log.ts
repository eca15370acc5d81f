import { once } from "node:events";
import fs, { type WriteStream } from "node:fs";
import path from "node:path";
import type { Clock, Logger } from "../../core/index.ts";
import { DirectRequest } from "../listener/direct/direct-request.ts";
import type { Exchange } from "../listener/exchange.ts";

/** What is kept between two writes; more is dropped and counted. */
const maxLines = 8_192;
const firstBytes = 64 * 1024;
const maxBytes = 4 * 1024 * 1024;
const flushMs = 100;
/** At this size the file becomes `access.log.1`, in place of the one before. */
const rotateBytes = 64 * 1024 * 1024;

/**
 * One JSON line per exchange in `<data>/log/access.log`, written in batches, off the hot path. Between two writes lines are
 * kept as bytes: strings would outlive the young generation by thousands. When the disk is slower than the clients, lines
 * are dropped and their number is written instead.
 */
export class AccessLog implements AsyncDisposable {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #maxBytes: number;
  #gathered = Buffer.allocUnsafeSlow(firstBytes);
  #filled = 0;
  #lines = 0;
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

  /** Takes exchanges that ended together. */
  record(exchanges: readonly Exchange[]): void {
    const now = this.#clock.now();
    const room = this.#filled > maxBytes ? 0 : maxLines - this.#lines;
    const taken = Math.min(room, exchanges.length);
    const dropped = exchanges.length - taken;
    let lines = "";
    for (let i = 0; i < taken; i++) {
      const exchange = exchanges[i];
      if (exchange !== undefined) lines += accessLine(exchange, now);
    }
    this.#lines += taken;
    this.#dropped += dropped;
    this.#droppedInAll += dropped;
    if (taken > 0) this.#gather(lines);
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
    const lines = this.#lines;
    if (lines === 0) return;
    if (this.#dropped > 0) this.#gather(`{"at":"${isoTime(this.#clock.now())}","dropped":${this.#dropped}}\n`);
    const bytes = this.#gathered.subarray(0, this.#filled);
    this.#gathered = Buffer.allocUnsafeSlow(Math.max(firstBytes, bytes.length));
    this.#filled = 0;
    this.#lines = 0;
    this.#dropped = 0;
    try {
      if (this.#bytes > this.#maxBytes) await this.#rotate();
      this.#bytes += bytes.length;
      await new Promise<void>((resolve, reject) => {
        this.#stream.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
    } catch (error) {
      this.#droppedInAll += lines;
      this.#logger.warn({ err: error, file: this.#file }, "Lines of the access log could not be written");
    }
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

/**
 * The query stays out: it may hold what nobody should find in a log. Written by hand, as `JSON.stringify` of an object
 * and `toISOString` per line cost a fifth of a whole call.
 */
function accessLine(exchange: Exchange, now: number): string {
  const { scfStatus } = exchange;
  return (
    `{"at":"${isoTime(now)}","requestId":"${exchange.requestId}",${requestFields(exchange)}"status":${exchange.httpStatus},` +
    (scfStatus === 0 ? "" : `"scfStatus":${scfStatus},`) +
    `"ms":${thousandths(exchange.durationMs)},"bytesIn":${exchange.bytesIn},"bytesOut":${exchange.bytesOut}}\n`
  );
}

interface Described {
  readonly kind: string;
  readonly route: Exchange["route"];
  readonly fields: string;
}

/** Kept with requests that their client repeats, and gone with them. */
const described = new WeakMap<Exchange["request"], Described>();

function requestFields(exchange: Exchange): string {
  const { request, route, kind } = exchange;
  const before = described.get(request);
  if (before !== undefined && before.route === route && before.kind === kind) return before.fields;
  const fields =
    `"peer":${peers.quote(exchange.connection.peer.address)},"method":"${request.method ?? ""}",` +
    `"host":${hosts.quote(exchange.head.authority)},"path":${paths.quote(loggedPath(exchange))},` +
    `"kind":"${kind}",${route === null ? "" : `"function":"${exchange.subject}",`}`;
  if (request instanceof DirectRequest && request.isRepeated) described.set(request, { kind, route, fields });
  return fields;
}

/** Without the query, and without what follows in the platform's own addresses: a key to a package or to credentials. */
function loggedPath({ request, route }: Exchange): string {
  const url = request.url ?? "";
  if (route === null && url.startsWith("/-/")) return url.replace(/^(\/-\/[^/?]*\/?)[^]*/, "$1");
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

/** Three decimals, made of whole numbers: a tenth of what a fraction costs to print. */
function thousandths(value: number): string {
  const whole = Math.round(value * 1_000);
  const rest = whole % 1_000;
  return `${(whole - rest) / 1_000}.${rest < 10 ? "00" : rest < 100 ? "0" : ""}${rest}`;
}

/** What JSON writes as it is: visible ASCII but for the quote and the backslash. */
const plainText = /^[ !#-[\]-~]*$/;

/** Quotes texts of one kind, which mostly repeat themselves: the last one is kept. */
class Quotes {
  #text = "";
  #quoted = '""';

  quote(text: string): string {
    if (text === this.#text) return this.#quoted;
    this.#text = text;
    this.#quoted = plainText.test(text) ? `"${text}"` : ascii(JSON.stringify(text));
    return this.#quoted;
  }
}

const [peers, hosts, paths] = [new Quotes(), new Quotes(), new Quotes()];

function ascii(json: string): string {
  return json.replaceAll(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
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
