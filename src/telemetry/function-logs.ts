import { setTimeout as delay } from "node:timers/promises";
import { GrowingPause, type Clock, type Logger, type LogLine } from "../core/index.ts";
import { EncodedLines, type LogRow, type RecordTable } from "../store/index.ts";
import type { FunctionLogs, InstanceLog, InvocationLog } from "./telemetry.ts";

const flushEveryMs = 200;
const batchRows = 2_000;
const longestPauseMs = 5_000;
const linesPerInstanceRow = 1_000;
const lastFlushMs = 2_000;
const rowBytes = 64;

/** What may wait for the store before records are dropped. */
interface Bounds {
  readonly rows: number;
  readonly bytes: number;
}

const defaultBounds: Bounds = { rows: 50_000, bytes: 64 * 1024 * 1024 };

interface Pending {
  readonly row: LogRow;
  bytes: number;
}

/** Buffers what functions say, within bounds, and writes it in batches: every 200 ms, or sooner when a batch is full. */
export function createFunctionLogs(options: {
  readonly records: Pick<RecordTable, "insertLogs">;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly bounds?: Bounds;
}): FunctionLogs {
  return new BufferedLogs(options.records, options.logger, options.clock, options.bounds ?? defaultBounds);
}

/**
 * A record: pending → stored, or → dropped (the bounds are reached, or the process ends while the
 * store is away). One batch is written at a time; a batch the store refused stays pending.
 */
class BufferedLogs implements FunctionLogs {
  readonly #records: Pick<RecordTable, "insertLogs">;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #bounds: Bounds;
  readonly #stop = new AbortController();
  #pending: Pending[] = [];
  /** Rows of instances that can still take lines, by instance. */
  readonly #open = new Map<string, Pending>();
  /** Rows taken in and rows stored since start. */
  #recorded = 0;
  #stored = 0;
  #bytes = 0;
  #dropped = 0;
  #reportedDrops = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  readonly #pause = new GrowingPause({ firstMs: flushEveryMs, longestMs: longestPauseMs });

  constructor(records: Pick<RecordTable, "insertLogs">, logger: Logger, clock: Clock, bounds: Bounds) {
    this.#records = records;
    this.#logger = logger;
    this.#clock = clock;
    this.#bounds = bounds;
  }

  get dropped(): number {
    return this.#dropped;
  }

  recordInvocation(log: InvocationLog): void {
    const { requestId, functionId, startedAt: at, lines, droppedLines, returnMessage } = log;
    const row = { requestId, functionId, at, lines, droppedLines, returnMessage, instanceId: null, version: "" };
    this.#add({ row, bytes: rowBytes + lines.size + returnMessage.length });
  }

  recordInstance({ functionId, version, instanceId, lines }: InstanceLog): void {
    const bytes = sizeOf(lines);
    const open = this.#open.get(instanceId);
    if (open !== undefined && open.row.lines.count < linesPerInstanceRow) {
      if (!this.#hasRoom(bytes)) return;
      for (const line of lines) open.row.lines.add(line);
      open.bytes += bytes;
      this.#bytes += bytes;
      return;
    }
    const at = lines[0]?.at ?? this.#clock.now();
    const row = {
      functionId,
      requestId: null,
      instanceId,
      version,
      at,
      lines: EncodedLines.of(lines),
      droppedLines: 0,
      returnMessage: "",
    };
    const added = { row, bytes };
    if (this.#add(added)) this.#open.set(instanceId, added);
  }

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

  #add(pending: Pending): boolean {
    if (this.#pending.length >= this.#bounds.rows || !this.#hasRoom(pending.bytes)) {
      if (this.#pending.length >= this.#bounds.rows) this.#dropped++;
      return false;
    }
    this.#pending.push(pending);
    this.#recorded++;
    this.#bytes += pending.bytes;
    if (this.#pending.length >= batchRows && this.#pause.ms === 0) void this.#write();
    this.#timer ??= setTimeout(() => this.#onTimer(), flushEveryMs).unref();
    return true;
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
    const batch = this.#pending.slice(0, batchRows);
    if (batch.length === 0) return;
    this.#open.clear();
    try {
      await this.#records.insertLogs(batch.map(({ row }) => row));
    } catch (error) {
      this.#pause.grow();
      this.#logger.warn(
        { err: error, waiting: this.#pending.length },
        "Function logs could not be stored; trying again",
      );
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
    this.#logger.warn({ dropped: since }, "Function logs were dropped: the store could not take them in time");
  }
}

function sizeOf(lines: readonly LogLine[]): number {
  let bytes = rowBytes;
  for (const { text } of lines) bytes += text.length + 24;
  return bytes;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }); // reason of AbortSignal: an Error
  });
}
