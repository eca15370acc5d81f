import type { Clock, Logger, LogLine } from "../core/index.ts";
import { EncodedLines, type LogRow, type RecordTable } from "../store/index.ts";
import { PendingRows, type Bounds, type Pending } from "./pending-rows.ts";
import type { FunctionLogs, InstanceLog, InvocationLog } from "./telemetry.ts";

const batchRows = 2_000;
const linesPerInstanceRow = 1_000;
const rowBytes = 64;

interface Options {
  readonly records: Pick<RecordTable, "insertLogs">;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly bounds?: Bounds;
}

/** Buffers what functions say, within bounds, and writes it in batches. */
export function createFunctionLogs(options: Options): FunctionLogs {
  return new BufferedLogs(options);
}

class BufferedLogs implements FunctionLogs {
  readonly #clock: Clock;
  /** Rows of instances that can still take lines, by instance. */
  readonly #open = new Map<string, Pending<LogRow>>();
  readonly #rows: PendingRows<LogRow>;

  constructor({ records, logger, clock, bounds }: Options) {
    this.#clock = clock;
    this.#rows = new PendingRows({
      insert: (rows) => records.insertLogs(rows),
      what: "Function logs",
      batchRows,
      onBatch: () => this.#open.clear(),
      logger,
      bounds,
    });
  }

  get dropped(): number {
    return this.#rows.dropped;
  }

  recordInvocation(log: InvocationLog): void {
    const { requestId, functionId, startedAt: at, lines, droppedLines, returnMessage } = log;
    const row = { requestId, functionId, at, lines, droppedLines, returnMessage, instanceId: null, version: "" };
    this.#rows.add({ row, bytes: rowBytes + lines.size + returnMessage.length });
  }

  recordInstance({ functionId, version, instanceId, lines }: InstanceLog): void {
    const bytes = sizeOf(lines);
    const open = this.#open.get(instanceId);
    if (open !== undefined && open.row.lines.count < linesPerInstanceRow) {
      if (!this.#rows.grow(open, bytes)) return;
      for (const line of lines) open.row.lines.add(line);
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
    if (this.#rows.add(added)) this.#open.set(instanceId, added);
  }

  flush(options: { signal: AbortSignal }): Promise<void> {
    return this.#rows.flush(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#rows[Symbol.asyncDispose]();
  }
}

function sizeOf(lines: readonly LogLine[]): number {
  let bytes = rowBytes;
  for (const { text } of lines) bytes += text.length + 24;
  return bytes;
}
