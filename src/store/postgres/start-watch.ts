import { setTimeout as delay } from "node:timers/promises";
import { Client, DatabaseError } from "pg";
import type { Logger } from "../../core/index.ts";

/** How patient a start is. */
export interface StartPatience {
  /** A server that gives no sign of life for so long is started anew. */
  readonly silentMs: number;
  /** How often it is asked whether it lives. */
  readonly askEveryMs: number;
  /** How often the log says that it is still waited for. */
  readonly sayEveryMs: number;
}

export const startPatience: StartPatience = { silentMs: 120_000, askEveryMs: 2_000, sayEveryMs: 30_000 };

/** SQLSTATE of "the database system is starting up". */
const cannotConnectNow = "57P03";

/**
 * Waits for a starting server as long as it lives: recovery after a crash takes as long as the disk needs, and ending it
 * would only begin it anew. Signs of life are lines of its log (every ten seconds in recovery) and answers on its socket.
 */
export class StartWatch {
  readonly #connection: { readonly host: string; readonly user: string; readonly database: string };
  readonly #patience: StartPatience;
  readonly #logger: Logger;
  readonly #startedAt = performance.now();
  #lastSignAt = this.#startedAt;
  #lastSaidAt = this.#startedAt;
  #lastLine = "";

  constructor(
    connection: { readonly host: string; readonly user: string; readonly database: string },
    patience: StartPatience,
    logger: Logger,
  ) {
    this.#connection = connection;
    this.#patience = patience;
    this.#logger = logger;
  }

  onLine(line: string): void {
    this.#lastSignAt = performance.now();
    this.#lastLine = line;
  }

  /** Rejects when the server has been silent for too long, or the signal says that nobody waits any more. */
  async untilSilent({ signal }: { signal: AbortSignal }): Promise<never> {
    const { askEveryMs, silentMs, sayEveryMs } = this.#patience;
    for (;;) {
      await delay(askEveryMs, undefined, { signal });
      if (await this.#answers()) this.#lastSignAt = performance.now();
      const now = performance.now();
      if (now - this.#lastSignAt >= silentMs) throw new Error(`it gave no sign of life for ${silentMs / 1_000} s`);
      if (now - this.#lastSaidAt < sayEveryMs) continue;
      this.#lastSaidAt = now;
      const forS = Math.round((now - this.#startedAt) / 1_000);
      this.#logger.info(
        { forS, line: this.#lastLine },
        "PostgreSQL is still starting; after a crash it recovers first",
      );
    }
  }

  /** As pg_isready does: a server that refuses because it is starting up lives, too. */
  async #answers(): Promise<boolean> {
    const client = new Client({ ...this.#connection, connectionTimeoutMillis: this.#patience.askEveryMs });
    client.on("error", () => undefined); // after an answer, or none, nothing more is wanted of it
    try {
      await client.connect();
      await client.end();
      return true;
    } catch (error) {
      return error instanceof DatabaseError && error.code === cannotConnectNow;
    }
  }
}
