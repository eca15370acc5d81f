import type { Logger } from "../../core/index.ts";
import type { CertificateTable, Changes, KeyedCertificateRecord } from "../../store/index.ts";
import { StoreLoads } from "../routes/store-loads.ts";
import { CertificateIndex } from "./certificate-index.ts";

/** What the gateway needs of the store. */
export interface CertificateSource {
  readonly certificates: Pick<CertificateTable, "findKeyed" | "page">;
  readonly changes: Pick<Changes, "subscribe">;
}

/** Certificates that are read at a time; requests go on between two of these. */
const pageSize = 250;

/**
 * The certificates as the store has them. `new → following → closed`. While the database is away, those in memory are served.
 */
export class GivenCertificates implements AsyncDisposable {
  readonly #source: CertificateSource;
  readonly #loads: StoreLoads;
  #index = new CertificateIndex(new Map());

  constructor(source: CertificateSource, logger: Logger) {
    this.#source = source;
    this.#loads = new StoreLoads("The certificates", logger);
  }

  /** Its parts belong together until something changes, and to the same object until then. */
  find(hostName: string): KeyedCertificateRecord | null {
    return this.#index.find(hostName);
  }

  byId(certificateId: string): KeyedCertificateRecord | null {
    return this.#index.byId(certificateId);
  }

  /** Rejects when the store cannot tell. */
  open(): Promise<void> {
    const all = (): Promise<void> => this.#loadAll();
    this.#loads.subscribe(this.#source.changes, "certificate", { one: (id) => this.#load(id), all });
    return this.#loads.once(all);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#loads[Symbol.asyncDispose]();
  }

  async #load(certificateId: string): Promise<void> {
    const found = await this.#source.certificates.findKeyed(certificateId);
    this.#index = found === null ? this.#index.without(certificateId) : this.#index.with(found);
  }

  async #loadAll(): Promise<void> {
    const all = new Map<string, KeyedCertificateRecord>();
    let page: readonly KeyedCertificateRecord[];
    let last = "";
    do {
      page = await this.#source.certificates.page(last, pageSize);
      for (const found of page) all.set(found.certificateId, found);
      last = page.at(-1)?.certificateId ?? last;
    } while (page.length === pageSize && !this.#loads.signal.aborted);
    if (!this.#loads.signal.aborted) this.#index = new CertificateIndex(all);
  }
}
