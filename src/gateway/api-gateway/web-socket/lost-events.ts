import type { FunctionTarget, Logger } from "../../../core/index.ts";
import type { ApiOfRequest } from "../api-of-request.ts";

/** Between two lines of the log about the same. */
const quietMs = 60_000;

/** Why an event of a WebSocket did not reach its function. */
export type WhyLost = "no-room" | "no-function" | "full" | "no-store";

const sentences: Readonly<Record<WhyLost, string>> = {
  "no-room": "Messages of WebSockets are lost: their function has no room; their clients are closed",
  "no-function": "Events of WebSockets are lost: their function does not exist",
  full: "Ends of WebSockets are lost: their function has no room, and as many of its events wait as may",
  "no-store": "Ends of WebSockets are lost: their function has no room, and the database does not take events",
};

interface Kind {
  count: number;
  readonly timer: NodeJS.Timeout;
  tell(): void;
}

/** Tells the log of events that are lost: of each API and reason the first at once, further ones once a minute with their number. */
export class LostEvents implements Disposable {
  readonly #logger: Pick<Logger, "warn">;
  readonly #kinds = new Map<string, Kind>();

  constructor(logger: Pick<Logger, "warn">) {
    this.#logger = logger;
  }

  add(why: WhyLost, { serviceId, apiId }: ApiOfRequest, { namespace, functionName }: FunctionTarget): void {
    const key = `${why} ${serviceId}/${apiId} ${namespace}/${functionName}`;
    const known = this.#kinds.get(key);
    if (known !== undefined) return void known.count++;
    const fields = { serviceId, apiId, function: `${namespace}/${functionName}` };
    const tell = (): void => {
      const { count } = kind;
      kind.count = 0;
      if (count > 0) this.#logger.warn({ ...fields, events: count }, sentences[why]);
      else this.#forget(key, kind);
    };
    const kind: Kind = { count: 1, timer: setInterval(() => tell(), quietMs).unref(), tell };
    this.#kinds.set(key, kind);
    tell();
  }

  /** Tells what was not told yet. */
  [Symbol.dispose](): void {
    for (const [key, kind] of this.#kinds) {
      if (kind.count > 0) kind.tell();
      this.#forget(key, kind);
    }
  }

  #forget(key: string, { timer }: Kind): void {
    clearInterval(timer);
    this.#kinds.delete(key);
  }
}
