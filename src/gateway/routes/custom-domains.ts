import { setTimeout as delay } from "node:timers/promises";
import { GrowingPause, type Logger } from "../../core/index.ts";
import type { ChangeListener, Changes, CustomDomain, DomainEndpoint, DomainTable } from "../../store/index.ts";
import { pathsOf, type DomainTargets } from "./domain-routes.ts";
import { RouteTable } from "./route-table.ts";

/** What the gateway needs of the store. */
export interface DomainSource {
  readonly domains: Pick<DomainTable, "find" | "page">;
  readonly changes: Pick<Changes, "subscribe">;
}

const retries = { firstMs: 250, longestMs: 10_000 } as const;
/** Domains that are read at a time; requests go on between two of these. */
const pageSize = 250;

/**
 * The custom domains as the store has them. `new → following → closed`. While the database is away, those in memory lead where they led.
 */
export class CustomDomains implements DomainTargets, ChangeListener, AsyncDisposable {
  readonly #source: DomainSource;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #background = new Set<Promise<void>>();
  #table = RouteTable.empty<DomainEndpoint>();
  /** Loads follow one another, so that an older answer never replaces a newer one. */
  #loads: Promise<void> = Promise.resolve();
  #subscription: Disposable | null = null;

  constructor(source: DomainSource, logger: Logger) {
    this.#source = source;
    this.#logger = logger;
  }

  find(hostName: string, path: string): DomainEndpoint | "no-path" | null {
    return this.#table.find(hostName, path);
  }

  /** Subscribes, then reads all: nothing is missed. Rejects when the store cannot tell. */
  async open(): Promise<void> {
    this.#subscription = this.#source.changes.subscribe("domain", this);
    await this.#inTurn(() => this.#loadAll());
  }

  /** Rejects when the store cannot tell; it is then asked again in the background. */
  async changed(domain: string): Promise<void> {
    const load = (): Promise<void> => this.#load(domain);
    try {
      await this.#inTurn(load);
    } catch (error) {
      this.#inBackground(load);
      throw error;
    }
  }

  async resync(): Promise<void> {
    const load = (): Promise<void> => this.#loadAll();
    try {
      await this.#inTurn(load);
    } catch (error) {
      this.#logger.warn({ err: error }, "The custom domains could not be read; going on with those in memory");
      this.#inBackground(load);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription?.[Symbol.dispose]();
    this.#stop.abort();
    await Promise.allSettled([this.#loads, ...this.#background]);
  }

  #inTurn(load: () => Promise<void>): Promise<void> {
    const turn = this.#loads.then(load);
    this.#loads = turn.catch(() => undefined); // reported to whoever asked for this load
    return turn;
  }

  async #load(domain: string): Promise<void> {
    const found = await this.#source.domains.find(domain);
    this.#table = found === null ? this.#table.without(domain) : this.#table.with(domain, pathsOf(found));
  }

  async #loadAll(): Promise<void> {
    const draft = RouteTable.draft<DomainEndpoint>();
    let page: readonly CustomDomain[];
    let last = "";
    do {
      page = await this.#source.domains.page(last, pageSize);
      for (const found of page) draft.add(found.domain, pathsOf(found));
      last = page.at(-1)?.domain ?? last;
    } while (page.length === pageSize && !this.#stop.signal.aborted);
    if (!this.#stop.signal.aborted) this.#table = draft.finish();
  }

  #inBackground(load: () => Promise<void>): void {
    const done = this.#untilDone(load).finally(() => this.#background.delete(done));
    this.#background.add(done);
  }

  async #untilDone(load: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    const pause = new GrowingPause(retries);
    while (!signal.aborted) {
      await delay(pause.grow(), undefined, { signal }).catch(() => undefined); // aborted: the loop ends
      if (signal.aborted) return;
      try {
        return await this.#inTurn(load);
      } catch (error) {
        this.#logger.warn({ err: error }, "The custom domains could not be read; trying again");
      }
    }
  }
}
