import type { Logger } from "../../core/index.ts";
import type { Changes, CustomDomain, DomainEndpoint, DomainTable } from "../../store/index.ts";
import { pathsOf, type DomainSettings, type DomainTargets } from "./domain-routes.ts";
import { RouteTable } from "./route-table.ts";
import { StoreLoads } from "./store-loads.ts";

/** What the gateway needs of the store. */
export interface DomainSource {
  readonly domains: Pick<DomainTable, "find" | "page">;
  readonly changes: Pick<Changes, "subscribe">;
}

/** Domains that are read at a time; requests go on between two of these. */
const pageSize = 250;

/**
 * The custom domains as the store has them. `new → following → closed`. While the database is away, those in memory lead where they led.
 */
export class CustomDomains implements DomainTargets, AsyncDisposable {
  readonly #source: DomainSource;
  readonly #loads: StoreLoads;
  #table = RouteTable.empty<DomainEndpoint>();
  #settings = new Map<string, DomainSettings>();

  constructor(source: DomainSource, logger: Logger) {
    this.#source = source;
    this.#loads = new StoreLoads("The custom domains", logger);
  }

  find(hostName: string, path: string): DomainEndpoint | "no-path" | null {
    return this.#table.find(hostName, path);
  }

  settingsOf(hostName: string): DomainSettings | null {
    return this.#settings.get(hostName) ?? null;
  }

  /** Rejects when the store cannot tell. */
  open(): Promise<void> {
    const all = (): Promise<void> => this.#loadAll();
    this.#loads.subscribe(this.#source.changes, "domain", { one: (id) => this.#load(id), all });
    return this.#loads.once(all);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#loads[Symbol.asyncDispose]();
  }

  async #load(domain: string): Promise<void> {
    const found = await this.#source.domains.find(domain);
    this.#table = found === null ? this.#table.without(domain) : this.#table.with(domain, pathsOf(found));
    if (found === null) this.#settings.delete(domain);
    else this.#settings.set(domain, settingsOf(found));
  }

  async #loadAll(): Promise<void> {
    const draft = RouteTable.draft<DomainEndpoint>();
    const settings = new Map<string, DomainSettings>();
    let page: readonly CustomDomain[];
    let last = "";
    do {
      page = await this.#source.domains.page(last, pageSize);
      for (const found of page) {
        draft.add(found.domain, pathsOf(found));
        settings.set(found.domain, settingsOf(found));
      }
      last = page.at(-1)?.domain ?? last;
    } while (page.length === pageSize && !this.#loads.signal.aborted);
    if (this.#loads.signal.aborted) return;
    this.#table = draft.finish();
    this.#settings = settings;
  }
}

function settingsOf({ protocol, certificateId }: CustomDomain): DomainSettings {
  return { protocol, certificateId };
}
