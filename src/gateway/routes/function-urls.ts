import type { FunctionUrlSettings, Logger, TriggerId } from "../../core/index.ts";
import type { BoundTrigger, Changes, TriggerTable } from "../../store/index.ts";
import { StoreLoads } from "./store-loads.ts";

/** A function URL, found by the first label of its host. Replaced, never changed. */
export type FunctionUrl = Pick<
  BoundTrigger,
  "triggerId" | "functionId" | "namespace" | "functionName" | "name" | "qualifier" | "isEnabled"
> & { readonly settings: FunctionUrlSettings };

/** Lookup of function URLs; synchronous, from memory. */
export interface UrlLookup {
  find(hostLabel: string): FunctionUrl | null;
}

interface UrlSource {
  readonly triggers: Pick<TriggerTable, "load" | "loadAll">;
  readonly changes: Pick<Changes, "subscribe">;
}

/** All function URLs of the installation, as the store has them; while it is away, as it had them. */
export class FunctionUrls implements UrlLookup, AsyncDisposable {
  readonly #source: UrlSource;
  readonly #loads: StoreLoads;
  /** Replaced when everything is read, changed by one entry when one trigger is: nobody looks in between. */
  #byLabel = new Map<string, FunctionUrl>();
  readonly #labels = new Map<TriggerId, string>();

  private constructor(source: UrlSource, logger: Logger) {
    this.#source = source;
    this.#loads = new StoreLoads("The function URLs", logger);
  }

  /** Rejects when the store cannot tell. */
  static async open(source: UrlSource, logger: Logger): Promise<FunctionUrls> {
    const urls = new FunctionUrls(source, logger);
    urls.#subscribe();
    try {
      await urls.#loads.once(() => urls.#loadAll());
    } catch (error) {
      await urls[Symbol.asyncDispose]();
      throw error;
    }
    return urls;
  }

  find(hostLabel: string): FunctionUrl | null {
    return this.#byLabel.get(hostLabel) ?? null;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#loads[Symbol.asyncDispose]();
  }

  #subscribe(): void {
    const { changes } = this.#source;
    const one = (id: string): Promise<void> => this.#load(id as TriggerId); // brand: announced as one
    this.#loads.subscribe(changes, "trigger", { one, all: () => this.#loadAll() });
    // Triggers go with their function, which nobody announces one by one.
    this.#loads.subscribe(changes, "function", { one: (id) => this.#loadOf(id), all: async () => undefined });
  }

  async #loadAll(): Promise<void> {
    const all = await this.#source.triggers.loadAll("http");
    this.#byLabel = new Map();
    this.#labels.clear();
    for (const one of all) this.#put(one);
  }

  async #loadOf(functionId: string): Promise<void> {
    const own = [...this.#byLabel.values()].filter((one) => one.functionId === functionId);
    for (const { triggerId } of own) await this.#load(triggerId);
  }

  async #load(triggerId: TriggerId): Promise<void> {
    const loaded = await this.#source.triggers.load(triggerId);
    const before = this.#labels.get(triggerId);
    if (before !== undefined) this.#byLabel.delete(before);
    this.#labels.delete(triggerId);
    if (loaded !== null) this.#put(loaded);
  }

  #put(trigger: BoundTrigger): void {
    const { hostLabel, triggerId, settings } = trigger;
    if (hostLabel === null || settings.kind !== "http") return;
    this.#byLabel.set(hostLabel, { ...trigger, settings });
    this.#labels.set(triggerId, hostLabel);
  }
}
