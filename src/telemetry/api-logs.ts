import type { ApiLog, Logger } from "../core/index.ts";
import type { ApiLogTable } from "../store/index.ts";
import { PendingRows, type Bounds } from "./pending-rows.ts";
import type { ApiLogs } from "./telemetry.ts";

/** As many as one statement takes without holding the loop: some 300 bytes each. */
const batchRows = 500;
const rowBytes = 256;

/** Buffers what the API gateway answered, within bounds, and writes it in batches. */
export function createApiLogs({
  table,
  logger,
  bounds,
}: {
  readonly table: Pick<ApiLogTable, "insert">;
  readonly logger: Logger;
  readonly bounds?: Bounds;
}): ApiLogs {
  const insert = (logs: readonly ApiLog[]): Promise<void> => table.insert(logs);
  const rows = new PendingRows<ApiLog>({ insert, what: "Logs of the API gateway", batchRows, logger, bounds });
  return {
    record: (log) => void rows.add({ row: log, bytes: rowBytes + log.path.length + log.errorMessage.length }),
    get dropped() {
      return rows.dropped;
    },
    flush: (options) => rows.flush(options),
    [Symbol.asyncDispose]: () => rows[Symbol.asyncDispose](),
  };
}
