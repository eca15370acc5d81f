import { setTimeout as delay } from "node:timers/promises";
import { GrowingPause, type Logger } from "../core/index.ts";

const flushEveryMs = 200;
const longestPauseMs = 5_000;
const lastFlushMs = 2_000;

/** What may wait for the store before rows are dropped. */
export interface Bounds {
  readonly rows: number;
  readonly bytes: number;
}

const defaultBounds: Bounds = { rows: 50_000, bytes: 64 * 1024 * 1024 };

export interface Pending<Row> {
  readonly row: Row;
  bytes: number;
}

interface Options<Row> {
  /** All of them or none. */
  readonly insert: (rows: readonly Row[]) => Promise<void>;
  /** In plural, as the begin of a sentence. */
  readonly what: string;
  readonly batchRows: number;
  /** Its rows are on their way: they take no more. */
  readonly onBatch?: () => void;
  readonly logger: Logger;
  readonly bounds?: Bounds | undefined;
}

/**
 * Rows that wait for the store, within bounds, written in batches: every 200 ms, or sooner when a batch is full. A row: pending → stored, or →
 * dropped (the bounds are reached, or the process ends while the store is away). One batch is written at a time; a batch the store refused stays
 * pending.
 */
export class PendingRows<Row> implements AsyncDisposable {
  readonly #options: Options<Row>;
  readonly #bounds: Bounds;
  readonly #stop = new AbortController();
  #pending: Pending<Row>[] = [];
  /** Rows taken in and rows stored since start. */
  #recorded = 0;
  #stored = 0;
  #bytes = 0;
  #dropped = 0;
  #reportedDrops = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  readonly #pause = new GrowingPause({ firstMs: flushEveryMs, longestMs: longestPauseMs });

  constructor(options: Options<Row>) {
    this.#options = options;
    this.#bounds = options.bounds ?? defaultBounds;
  }

  /** Since start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** False: it was dropped. */
  add(pending: Pending<Row>): boolean {
    if (this.#pending.length >= this.#bounds.rows) {
      this.#dropped++;
      return false;
    }
    if (!this.#hasRoom(pending.bytes)) return false;
    this.#pending.push(pending);
    this.#recorded++;
    this.#bytes += pending.bytes;
    if (this.#pending.length >= this.#options.batchRows && this.#pause.ms === 0) void this.#write();
    this.#timer ??= setTimeout(() => this.#onTimer(), flushEveryMs).unref();
    return true;
  }

  /** Makes room for more of a row that waits. False: what was to be added is dropped. */
  grow(pending: Pending<Row>, bytes: number): boolean {
    if (!this.#hasRoom(bytes)) return false;
    pending.bytes += bytes;
    this.#bytes += bytes;
    return true;
  }

  /** Resolves when everything added so far is in the store. */
  async flush(options: { signal: AbortSignal }): Promise<void> {
    const upTo = this.#recorded;
    while (this.#stored < upTo) {
      options.signal.throwIfAborted();
      await Promise.race([this.#write(), aborted(options.signal)]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const signal = AbortSignal.timeout(lastFlushMs);
    await this.flush({ signal }).catch(() => undefined); // what is left is counted and said below
    this.#stop.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#dropped += this.#pending.length;
    this.#pending = [];
    this.#reportDrops();
  }

  #hasRoom(bytes: number): boolean {
    if (this.#stop.signal.aborted) return false;
    if (this.#bytes + bytes <= this.#bounds.bytes) return true;
    this.#dropped++;
    return false;
  }

  #onTimer(): void {
    this.#timer = null;
    this.#reportDrops();
    void this.#write();
  }

  /** Writes one batch; callers while one is being written share it. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeBatch().finally(() => {
      this.#writing = null;
      if (this.#pending.length > 0 && !this.#stop.signal.aborted) {
        this.#timer ??= setTimeout(() => this.#onTimer(), flushEveryMs).unref();
      }
    });
    return this.#writing;
  }

  async #writeBatch(): Promise<void> {
    const { insert, what, batchRows, onBatch, logger } = this.#options;
    const batch = this.#pending.slice(0, batchRows);
    if (batch.length === 0) return;
    onBatch?.();
    try {
      await insert(batch.map(({ row }) => row));
    } catch (error) {
      this.#pause.grow();
      logger.warn({ err: error, waiting: this.#pending.length }, `${what} could not be stored; trying again`);
      await delay(this.#pause.ms, null, { signal: this.#stop.signal, ref: false }).catch(() => undefined); // only an abort
      return;
    }
    this.#pause.reset();
    this.#pending.splice(0, batch.length);
    this.#stored += batch.length;
    for (const { bytes } of batch) this.#bytes -= bytes;
  }

  #reportDrops(): void {
    const since = this.#dropped - this.#reportedDrops;
    if (since === 0) return;
    this.#reportedDrops = this.#dropped;
    const { what, logger } = this.#options;
    logger.warn({ dropped: since }, `${what} were dropped: the store could not take them in time`);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }); // reason of AbortSignal: an Error
  });
}
