import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import { Client } from "pg";
import { GrowingPause, type Logger } from "../../core/index.ts";
import { clientConfig, type ConnectionSettings, type Database } from "../database/connection.ts";
import type { ChangeListener, Changes, ChangeTopic } from "../store.ts";

interface Subscription {
  readonly topic: ChangeTopic;
  readonly listener: ChangeListener;
}

/** One LISTEN connection; `lost` resolves when it is no more. */
interface Listening {
  readonly lost: Promise<void>;
}

const channel = "gust_changes";
const backoff = { firstMs: 50, longestMs: 5_000 } as const;
/** A LISTEN connection says nothing for hours; this finds out when its other end vanished without a word. */
const probeEveryMs = 30_000;

/**
 * Changes over LISTEN/NOTIFY. Subscribe first, then load: from then on nothing is missed, and whenever
 * the connection was lost meanwhile the listener gets `resync`.
 * connecting → listening → (lost) → connecting → listening + resync …
 */
export class NotifiedChanges implements Changes, AsyncDisposable {
  readonly #database: Database;
  readonly #settings: ConnectionSettings;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #process = randomUUID();
  readonly #subscriptions = new Set<Subscription>();
  /** Topic and id of each change, as one string. */
  readonly #unsent = new Set<string>();
  #sending: Promise<void> | null = null;
  #listening: Promise<void> = Promise.resolve();
  #client: Client | null = null;

  private constructor(database: Database, settings: ConnectionSettings, logger: Logger) {
    this.#database = database;
    this.#settings = settings;
    this.#logger = logger;
  }

  /** Resolves when changes of other processes arrive. */
  static async open(database: Database, settings: ConnectionSettings, logger: Logger): Promise<NotifiedChanges> {
    const changes = new NotifiedChanges(database, settings, logger);
    changes.#listening = changes.#keepListening(await changes.#connect());
    return changes;
  }

  async announce(topic: ChangeTopic, id: string): Promise<void> {
    await this.#tell(topic, (listener) => listener.changed(id));
    this.#unsent.add(`${topic} ${id}`);
    this.#sending ??= this.#send().finally(() => (this.#sending = null));
  }

  subscribe(topic: ChangeTopic, listener: ChangeListener): { [Symbol.dispose](): void } {
    const subscription = { topic, listener };
    this.#subscriptions.add(subscription);
    return { [Symbol.dispose]: () => void this.#subscriptions.delete(subscription) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#client?.end().catch(() => undefined); // broken already: nothing to end
    await this.#listening;
    await this.#sending;
  }

  /** The change is committed whatever its listeners make of it: a failure of theirs is reported, not passed on. */
  async #tell(topic: string | null, call: (listener: ChangeListener) => Promise<void>): Promise<void> {
    const told = [...this.#subscriptions].filter((one) => topic === null || one.topic === topic);
    const outcomes = await Promise.allSettled(told.map(async ({ listener }) => call(listener)));
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") this.#logger.error({ err: outcome.reason }, "A change could not be followed");
    }
  }

  /** Never inside a transaction that writes: NOTIFY would make commits queue up. Several changes share a statement. */
  async #send(): Promise<void> {
    const pause = new GrowingPause(backoff);
    while (this.#unsent.size > 0 && !this.#stop.signal.aborted) {
      const changes = [...this.#unsent];
      this.#unsent.clear();
      try {
        const notes = changes.map((change) => `${this.#process} ${change}`);
        await sql`select pg_notify(${channel}, note) from unnest(${notes}::text[]) as note`.execute(this.#database);
        pause.reset();
      } catch (error) {
        for (const change of changes) this.#unsent.add(change);
        if (pause.ms === 0) this.#logger.warn({ err: error }, "Other processes could not be told of a change yet");
        await this.#wait(pause.grow());
      }
    }
  }

  async #keepListening(first: Listening): Promise<void> {
    let connection: Listening | null = first;
    const pause = new GrowingPause(backoff);
    while (!this.#stop.signal.aborted) {
      await connection?.lost;
      if (this.#stop.signal.aborted) return;
      await this.#wait(pause.grow());
      connection = await this.#connect().catch(() => null);
      if (!connection) continue;
      pause.reset();
      this.#logger.info({}, "Changes of other processes arrive again; loading everything anew");
      void this.#tell(null, (listener) => listener.resync()); // never rejects
    }
  }

  /** Resolves when LISTEN holds. */
  async #connect(): Promise<Listening> {
    const client = new Client(clientConfig(this.#settings, "gust changes"));
    const lost = Promise.withResolvers<void>();
    client.on("error", () => lost.resolve());
    client.on("end", () => lost.resolve());
    client.on("notification", ({ payload }) => this.#receive(payload ?? ""));
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
    } catch (error) {
      await client.end().catch(() => undefined); // not connected: nothing to end
      throw error;
    }
    this.#client = client;
    const probe = setInterval(() => void client.query("select 1").catch(() => lost.resolve()), probeEveryMs);
    probe.unref();
    const closed = lost.promise.finally(() => {
      clearInterval(probe);
      client.end().catch(() => undefined); // lost: nothing more to end
    });
    return { lost: closed };
  }

  #receive(note: string): void {
    const [sender, topic, id] = note.split(" ");
    if (sender === this.#process || topic === undefined || id === undefined) return;
    void this.#tell(topic, (listener) => listener.changed(id)); // never rejects
  }

  /** Ends at once at the stop. */
  async #wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
