import type { FunctionLog, GustClient } from "../../../sdk/src/index.ts";
import type { FunctionName } from "../../deployment/function-state.ts";

/** How far back each look goes: the longest call is recorded when it ends, with the time when it began. */
const windowMs = 16 * 60_000;
const maxEntries = 200;

/**
 * The entries of a function's log, each once. A call has an id; lines of an instance have none, so equal ones are
 * counted: as many as a look shows beyond those of earlier looks are new.
 */
export class LogFollower {
  readonly #client: GustClient;
  readonly #target: FunctionName;
  #seen = new Map<string, number>();

  constructor(client: GustClient, target: FunctionName) {
    this.#client = client;
    this.#target = target;
  }

  /** What is new since the last look, oldest first. */
  async look(signal: AbortSignal): Promise<FunctionLog[]> {
    const { Data: data } = await this.#client.request(
      "GetFunctionLogs",
      {
        FunctionName: this.#target.name,
        Namespace: this.#target.namespace,
        StartTime: wireTime(Date.now() - windowMs),
        Order: "desc",
        Limit: maxEntries,
      },
      { signal },
    );
    const counts = new Map<string, number>();
    const fresh: FunctionLog[] = [];
    for (const entry of data.toReversed()) {
      const key = keyOf(entry);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count > (this.#seen.get(key) ?? 0)) fresh.push(entry);
    }
    this.#seen = counts;
    return fresh;
  }
}

function keyOf(entry: FunctionLog): string {
  return entry.RequestId === "" ? `${entry.StartTime} ${entry.Log}` : `${entry.RequestId} ${entry.RetryNum}`;
}

const shanghaiMs = 8 * 3_600_000;

/** A time as the API writes it: `2026-11-24 08:00:00`, Asia/Shanghai. */
function wireTime(at: number): string {
  return new Date(at + shanghaiMs).toISOString().slice(0, 19).replace("T", " ");
}
