import path from "node:path";
import { Worker } from "node:worker_threads";
import { GrowingPause, PlatformError, type Clock, type Logger, type UsageRecord } from "../../core/index.ts";
import type { ConnectionSettings } from "../database/connection.ts";
import type { Append } from "./open-segment.ts";
import { Reserve, reserveSize, type ReserveSize } from "./reserve.ts";
import { SegmentWriter } from "./segment-writer.ts";
import { leftSegments, type Segment } from "./segments.ts";
import type { ShipperSettings, ShipReply, ShipRequest } from "./shipping.ts";
import { usageLine } from "./usage-line.ts";

/** A record waits at most so long before its segment is sealed, when nothing else is under way. */
const sealAfterMs = 100;
/** A segment never grows beyond this while the database is slow or away. */
const segmentBytes = 4 * 1024 * 1024;
/** Rest after a segment, in times of what it took: at most a quarter of one core goes into shipping. */
const restFactor = 3;
const longestRestMs = 5_000;
const backoff = { firstMs: 100, longestMs: 10_000 } as const;
const retrySealMs = 1_000;
const closeMs = 1_500;

interface Options {
  readonly directory: string;
  readonly connection: ConnectionSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reserve?: ReserveSize;
  readonly append?: Append;
}

/**
 * Takes usage records in at the speed of calls and brings them to the database exactly once.
 * A segment: open (appended to) → sealed → being shipped → in the database, file removed;
 * after a crash every file found is sealed. Segments are shipped one at a time, oldest first.
 */
export class UsageSpool implements AsyncDisposable {
  readonly #logger: Logger;
  readonly #reserve: Reserve;
  readonly #writer: SegmentWriter;
  readonly #connection: ConnectionSettings;
  #worker: Worker;
  readonly #sealed: Segment[];
  #lines = "";
  #written: (() => void)[] = [];
  #open = 0;
  #backlog: number;
  #timer: NodeJS.Timeout | null = null;
  #shipping: Segment | null = null;
  readonly #pause = new GrowingPause(backoff);
  #flushes: { readonly until: Segment; readonly resolve: () => void }[] = [];
  #isClosed = false;

  constructor(options: Options) {
    this.#logger = options.logger;
    this.#sealed = leftSegments(options.directory);
    this.#backlog = this.#sealed.reduce((sum, { records }) => sum + records, 0);
    const { directory, logger, reserve: size = reserveSize } = options;
    this.#reserve = new Reserve({ directory, logger, size });
    this.#writer = new SegmentWriter({ ...options, reserve: this.#reserve });
    this.#connection = options.connection;
    this.#worker = this.#startWorker();
    if (this.#sealed.length > 0) this.#shipNext();
  }

  /** Bytes of the reserve that are ready to take records. */
  get reservedBytes(): number {
    return this.#reserve.bytes;
  }

  /** Records appended but not yet in the database; those a crash left are estimated until they are. */
  get backlog(): number {
    return this.#backlog;
  }

  /** Records that could not be kept because neither disk nor memory had room. */
  get dropped(): number {
    return this.#writer.dropped;
  }

  append(record: UsageRecord, written: () => void): void {
    if (this.#written.length === 0) queueMicrotask(() => this.#writeBatch());
    this.#lines += usageLine(record);
    this.#written.push(written);
  }

  /** One write for all records of this turn of the loop, then their callbacks. */
  #writeBatch(): void {
    const written = this.#written;
    const kept = this.#writer.write(this.#lines, written.length);
    this.#lines = "";
    this.#written = [];
    this.#open += kept;
    this.#backlog += kept;
    if (this.#writer.bytes >= segmentBytes) this.#seal();
    if (!this.#timer && !this.#shipping) this.#arm(sealAfterMs);
    for (const callback of written) {
      try {
        callback();
      } catch (error) {
        this.#logger.error({ err: error }, "A bug at the end of a call: it costs that call, and no other");
      }
    }
  }

  /** Everything appended so far is in the database when it resolves; it waits as long as the database is away. */
  async flush({ signal }: { signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    if (this.#written.length > 0) await Promise.resolve(); // the batch of this turn is written first
    this.#seal();
    if (this.#open > 0)
      throw new PlatformError("StoreUnavailable", "Usage records wait in memory: the disk takes none.");
    const until = this.#sealed.at(-1) ?? this.#shipping;
    if (!until) return;
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const flushed = Promise.withResolvers<void>();
    const entry = { until, resolve: flushed.resolve };
    this.#flushes.push(entry);
    if (this.#pause.ms === 0) this.#shipNext();
    try {
      await Promise.race([flushed.promise, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#flushes = this.#flushes.filter((other) => other !== entry);
    }
  }

  /** Ships what it can within a short time; the rest is on disk for the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    if (this.#written.length > 0) this.#writeBatch();
    // What does not make it, the next start ships.
    if (this.#pause.ms === 0) await this.flush({ signal: AbortSignal.timeout(closeMs) }).catch(() => undefined);
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#writer.close();
    await this.#reserve[Symbol.asyncDispose]();
    await this.#worker.terminate();
  }

  #startWorker(): Worker {
    const settings: ShipperSettings = { connection: this.#connection };
    // The extension is ours at run time: .ts from source, .js once built.
    const script = path.join(import.meta.dirname, `shipper-worker${path.extname(import.meta.filename)}`);
    const worker = new Worker(script, { workerData: settings, resourceLimits: { maxOldGenerationSizeMb: 64 } });
    worker.unref();
    worker.on("message", (reply: ShipReply) => this.#onReply(reply));
    worker.on("error", (error) => {
      this.#worker = this.#startWorker();
      const segment = this.#shipping;
      this.#shipping = null;
      this.#logger.error({ err: error }, "The thread that stores usage records died; another one goes on");
      if (segment) this.#onFailure(segment, "the thread that stores them died");
    });
    return worker;
  }

  #seal(): void {
    for (const segment of this.#writer.seal()) {
      this.#open -= segment.records;
      this.#sealed.push(segment);
    }
  }

  #arm(ms: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#sealed.length === 0) this.#seal();
      this.#shipNext();
      // Its last lines wait in memory for room on the disk.
      if (!this.#shipping && this.#open > 0) this.#arm(retrySealMs);
    }, ms).unref();
  }

  #shipNext(): void {
    if (this.#shipping || this.#isClosed) return;
    const segment = this.#sealed.shift();
    if (!segment) return;
    this.#shipping = segment;
    const request: ShipRequest = { segment };
    this.#worker.postMessage(request); // oxlint-disable-line unicorn/require-post-message-target-origin -- a thread, not a window
  }

  #onReply(reply: ShipReply): void {
    const segment = this.#shipping;
    if (segment?.id !== reply.id) return; // of a thread that was given up
    this.#shipping = null;
    if (reply.kind === "failed") return this.#onFailure(segment, reply.message);
    if (reply.kind === "refused") {
      const { message, movedTo } = reply;
      this.#logger.error({ movedTo }, `The database does not take a segment of usage records: ${message}`);
    }
    if (this.#pause.ms > 0) this.#logger.info({ backlog: this.#backlog }, "Usage records reach the database again");
    this.#pause.reset();
    this.#backlog -= segment.records;
    this.#settleFlushes(segment);
    if (this.#flushes.length > 0) return this.#shipNext();
    const tookMs = reply.kind === "shipped" ? reply.tookMs : 0;
    if (this.#sealed.length > 0 || this.#open > 0) this.#arm(Math.max(sealAfterMs, restMs(tookMs)));
  }

  #onFailure(segment: Segment, message: string): void {
    this.#sealed.unshift(segment);
    if (this.#pause.ms === 0) this.#logger.warn({ backlog: this.#backlog }, `Usage records wait on disk: ${message}`);
    this.#arm(this.#pause.grow());
  }

  /** Segments go in order, so whoever waits for this one or an earlier one is done. */
  #settleFlushes(shipped: Segment): void {
    const left = this.#flushes.filter(({ until }) => until !== shipped);
    for (const { until, resolve } of this.#flushes) if (until === shipped) resolve();
    this.#flushes = left;
  }
}

function restMs(tookMs: number): number {
  return Math.min(tookMs * restFactor, longestRestMs);
}
