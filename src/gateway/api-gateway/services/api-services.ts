import type { Logger, PublishedService } from "../../../core/index.ts";
import type { DomainSettings } from "../../routes/domain-routes.ts";
import { StoreLoads } from "../../routes/store-loads.ts";
import type { ApiGatewaySource } from "../api-gateway-source.ts";
import { CompiledService } from "./compiled-service.ts";

/** Lookup of the API gateway's services; synchronous, from memory. */
export interface ServiceLookup {
  byLabel(hostLabel: string): CompiledService | null;
  byDomain(hostName: string): CompiledService | null;
  byId(serviceId: string): CompiledService | null;
  /** Protocol and certificate of a domain of a service. */
  settingsOf(hostName: string): DomainSettings | null;
}

type ServiceSource = Pick<ApiGatewaySource, "apiGateway" | "changes">;

/** All services of the API gateway, as the store has them; while it is away, as it had them. `new → following → closed`. */
export class ApiServices implements ServiceLookup, AsyncDisposable {
  readonly #source: ServiceSource;
  readonly #loads: StoreLoads;
  readonly #whenChanged: () => Promise<void>;
  /** Replaced when everything is read, changed by one service when one is: nobody looks in between. */
  #byId = new Map<string, CompiledService>();
  #byLabel = new Map<string, CompiledService>();
  #byDomain = new Map<string, CompiledService>();

  /** @param whenChanged called after services changed here; what announced them waits for it */
  constructor(source: ServiceSource, logger: Logger, whenChanged: () => Promise<void>) {
    this.#source = source;
    this.#whenChanged = whenChanged;
    this.#loads = new StoreLoads("The services of the API gateway", logger);
  }

  /** Rejects when the store cannot tell. */
  open(): Promise<void> {
    this.#loads.subscribe(this.#source.changes, "api-service", {
      one: (id) => this.#load(id).then(this.#whenChanged),
      all: () => this.#loadAll().then(this.#whenChanged),
    });
    return this.#loads.once(() => this.#loadAll());
  }

  byLabel(hostLabel: string): CompiledService | null {
    return this.#byLabel.get(hostLabel) ?? null;
  }

  byDomain(hostName: string): CompiledService | null {
    return this.#byDomain.get(hostName) ?? null;
  }

  byId(serviceId: string): CompiledService | null {
    return this.#byId.get(serviceId) ?? null;
  }

  settingsOf(hostName: string): DomainSettings | null {
    const domain = this.#byDomain.get(hostName)?.domain(hostName) ?? null;
    if (domain === null) return null;
    const protocol = domain.isForcedHttps ? "HTTPS" : protocols[domain.protocol];
    return { protocol, certificateId: domain.certificateId ?? "" };
  }

  /** Whether a usage plan that acts on one of them has a quota. */
  hasQuota(): boolean {
    return this.#byId.values().some(({ hasQuota }) => hasQuota);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#loads[Symbol.asyncDispose]();
  }

  async #loadAll(): Promise<void> {
    const all = await this.#source.apiGateway.published.loadAll();
    this.#byId = new Map();
    this.#byLabel = new Map();
    this.#byDomain = new Map();
    for (const one of all) this.#put(one);
  }

  async #load(serviceId: string): Promise<void> {
    const loaded = await this.#source.apiGateway.published.load(serviceId);
    const before = this.#byId.get(serviceId);
    if (before !== undefined) this.#remove(before);
    if (loaded !== null) this.#put(loaded);
  }

  #remove(service: CompiledService): void {
    this.#byId.delete(service.published.serviceId);
    this.#byLabel.delete(service.published.hostLabel);
    for (const domain of service.domains) {
      if (this.#byDomain.get(domain) === service) this.#byDomain.delete(domain);
    }
  }

  #put(published: PublishedService): void {
    const service = new CompiledService(published);
    this.#byId.set(published.serviceId, service);
    this.#byLabel.set(published.hostLabel, service);
    for (const domain of service.domains) this.#byDomain.set(domain, service);
  }
}

/** As custom domains have them. */
const protocols = { http: "HTTP", https: "HTTPS", "http&https": "HTTP&HTTPS" } as const;
