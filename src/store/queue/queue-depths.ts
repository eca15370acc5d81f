import { sql } from "kysely";
import type { Clock, FunctionId } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";

interface Depth {
  /** Counted in the database, plus what this process added since. */
  waiting: Promise<number>;
  added: number;
  readonly countedAt: number;
}

/** A count is trusted for so long; another process may go over the limit by what it takes in that time. */
const trustedMs = 1_000;
const rememberedFunctions = 10_000;

/** How many events wait per function, counted at most once a second and not for every event. */
export class QueueDepths {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #depths = new Map<FunctionId, Depth>();

  constructor(database: Database, clock: Clock, limit: number) {
    this.#database = database;
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Takes one place in the function's queue; false when there is none. */
  async take(functionId: FunctionId): Promise<boolean> {
    const depth = this.#depth(functionId);
    depth.added++;
    const place = depth.added;
    return (await depth.waiting) + place <= this.#limit;
  }

  #depth(functionId: FunctionId): Depth {
    const now = this.#clock.monotonic();
    const known = this.#depths.get(functionId);
    if (known && now - known.countedAt < trustedMs) return known;
    if (this.#depths.size >= rememberedFunctions) this.#depths.clear();
    const counted: Depth = { waiting: this.#count(functionId), added: 0, countedAt: now };
    this.#depths.set(functionId, counted);
    // A failed count is for those who wait for it; the next call counts again.
    counted.waiting.catch(() => this.#depths.delete(functionId));
    return counted;
  }

  async #count(functionId: FunctionId): Promise<number> {
    const { rows } = await sql<{ waiting: number }>`
      select count(*) as waiting from
        (select from gust.events where function_id = ${functionId} limit ${this.#limit}) as waiting`.execute(
      this.#database,
    );
    return rows[0]?.waiting ?? 0;
  }
}
