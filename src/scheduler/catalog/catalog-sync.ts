import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import {
  GrowingPause,
  messageOf,
  PlatformError,
  qualifiers,
  type FunctionId,
  type FunctionStatus,
  type FunctionVersion,
  type Logger,
} from "../../core/index.ts";
import type { CatalogEntry, ChangeListener, StatusReason, Store } from "../../store/index.ts";
import type { Catalog } from "./catalog.ts";
import type { CatalogFunction } from "./catalog-function.ts";
import { nextFunction } from "./next-function.ts";
import { Progress } from "./progress.ts";

/** What has to happen before and after a revision is served. */
export interface CatalogHooks {
  /**
   * Makes a revision ready to be served and calls `switchOver` when it may take calls; what takes long tells how it goes on.
   * Resolves with reasons that its owner should know; rejects when it cannot be served: it is then taken back.
   */
  prepare(
    version: FunctionVersion,
    previous: FunctionVersion | null,
    switchOver: () => void,
    options: { signal: AbortSignal; tell: (progress: StatusReason) => void },
  ): Promise<readonly StatusReason[]>;
  /** This is served from now on; null: the function is gone. */
  served(functionId: FunctionId, current: CatalogFunction | null): void;
}

type SyncStore = Pick<Store, "catalog" | "functions" | "changes">;

const retries = { firstMs: 250, longestMs: 10_000 } as const;
const entriesPerTurn = 250;

/**
 * Keeps the catalog as the store has it, and finishes what is Creating or Updating.
 *
 * A revision of `$LATEST`: (Creating, Updating) preparing → served (Active) | refused (CreateFailed while none has
 * been served, UpdateFailed after) | overtaken by the next one. Calls are served from memory all along; statuses
 * that the store cannot take now are written when it can.
 */
export class CatalogSync implements ChangeListener, AsyncDisposable {
  readonly #store: SyncStore;
  readonly #catalog: Catalog;
  readonly #hooks: CatalogHooks;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #preparing = new Map<FunctionId, { revision: string; control: AbortController }>();
  readonly #background = new Set<Promise<void>>();
  /** Loads follow one another, so that an older answer never replaces a newer one. */
  #loads: Promise<void> = Promise.resolve();

  constructor(store: SyncStore, catalog: Catalog, hooks: CatalogHooks, logger: Logger) {
    this.#store = store;
    this.#catalog = catalog;
    this.#hooks = hooks;
    this.#logger = logger;
  }

  /** Loads one function again. Rejects when the store cannot tell; it is then asked again in the background. */
  async changed(id: string): Promise<void> {
    const functionId = id as FunctionId; // brand: announced as one
    const load = (): Promise<void> => this.#load(functionId);
    try {
      await this.#inTurn(load);
    } catch (error) {
      this.#inBackground(this.#untilDone(() => this.#inTurn(load), "reading a changed function", { functionId }));
      throw error;
    }
  }

  async resync(): Promise<void> {
    const load = (): Promise<void> => this.#loadAll();
    try {
      await this.#inTurn(load);
    } catch (error) {
      this.#logger.warn({ err: error }, "The functions could not be read; going on with those in memory");
      this.#inBackground(this.#untilDone(() => this.#inTurn(load), "reading all functions", {}));
    }
  }

  /** The first load: rejects when the store cannot tell. */
  loadAll(): Promise<void> {
    return this.#inTurn(() => this.#loadAll({ isFirstLoad: true }));
  }

  /** Writes reasons into the status of an active function, as soon as the store takes them. */
  tell(functionId: FunctionId, revision: string, reasons: readonly StatusReason[]): void {
    this.#inBackground(this.#writeStatus(functionId, revision, "Active", reasons, this.#stop.signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const { control } of this.#preparing.values()) control.abort();
    await Promise.allSettled([this.#loads, ...this.#background]);
  }

  #inTurn(load: () => Promise<void>): Promise<void> {
    const turn = this.#loads.then(load);
    this.#loads = turn.catch(() => undefined); // reported to whoever asked for this load
    return turn;
  }

  async #load(functionId: FunctionId): Promise<void> {
    const entry = await this.#store.catalog.load(functionId);
    if (entry === null) this.#remove(functionId);
    else this.#apply(entry);
  }

  async #loadAll(options = {}): Promise<void> {
    const entries = await this.#store.catalog.loadAll();
    const present = new Set(entries.map(({ functionId }) => functionId));
    for (const { functionId } of this.#catalog.all()) if (!present.has(functionId)) this.#remove(functionId);
    for (const [index, entry] of entries.entries()) {
      // 5 µs each: calls go on between the batches of a large installation
      if (index % entriesPerTurn === 0) await nextTurn();
      this.#apply(entry, options);
    }
  }

  #remove(functionId: FunctionId): void {
    this.#preparing.get(functionId)?.control.abort();
    this.#preparing.delete(functionId);
    this.#catalog.remove(functionId);
    this.#hooks.served(functionId, null);
  }

  #apply(entry: CatalogEntry, options = {}): void {
    const { functionId } = entry;
    const { next, toPrepare } = nextFunction(entry, this.#catalog.byId(functionId), options);
    const running = this.#preparing.get(functionId);
    const latest = toPrepare ?? next.versions.get(qualifiers.latest);
    if (running !== undefined && running.revision !== latest?.revision) {
      running.control.abort();
      this.#preparing.delete(functionId);
    }
    if (toPrepare === null || running?.revision === toPrepare.revision) {
      this.#serve(next);
      return;
    }
    const control = new AbortController();
    const { promise: settled, resolve } = Promise.withResolvers<void>();
    this.#preparing.set(functionId, { revision: toPrepare.revision, control });
    this.#serve({ ...next, preparation: { revision: toPrepare.revision, settled } });
    this.#inBackground(this.#prepare(toPrepare, control.signal).finally(resolve));
  }

  #serve(next: CatalogFunction): void {
    this.#catalog.replace(next);
    this.#hooks.served(next.functionId, next);
  }

  async #prepare(version: FunctionVersion, signal: AbortSignal): Promise<void> {
    const { functionId, revision } = version;
    const before = this.#catalog.byId(functionId);
    const previous = before?.versions.get(qualifiers.latest) ?? null;
    const switchOver = (): void => {
      const current = this.#catalog.byId(functionId);
      if (signal.aborted || current === null) return;
      const versions = new Map([...current.versions, [qualifiers.latest, version]]);
      this.#serve({ ...current, versions, problem: "" });
    };
    let outcome: FunctionStatus = "Active";
    let reasons: readonly StatusReason[];
    let problem = "";
    const underway: FunctionStatus = previous === null ? "Creating" : "Updating";
    const progress = new Progress((reason) =>
      this.#store.functions.setStatus(functionId, revision, underway, [reason]),
    );
    const tell = (reason: StatusReason): void => progress.tell(reason);
    try {
      reasons = await this.#hooks.prepare(version, previous, switchOver, { signal, tell });
    } catch (error) {
      outcome = previous === null ? "CreateFailed" : "UpdateFailed";
      reasons = [refusal(error)];
      problem = messageOf(error);
    }
    await progress.end();
    if (signal.aborted) return;
    this.#preparing.delete(functionId);
    if (outcome !== "Active") this.#takeBack(version, previous);
    this.#settle(functionId, outcome, reasons, problem);
    this.#inBackground(this.#writeStatus(functionId, revision, outcome, reasons, signal));
  }

  /** A revision that took calls before it was known to fail: the one before serves again, or none. */
  #takeBack(version: FunctionVersion, previous: FunctionVersion | null): void {
    const current = this.#catalog.byId(version.functionId);
    if (current?.versions.get(qualifiers.latest) !== version) return;
    const versions = new Map(current.versions);
    if (previous === null) versions.delete(qualifiers.latest);
    else versions.set(qualifiers.latest, previous);
    this.#serve({ ...current, versions });
  }

  /** `problem`: what a caller may hear of it; the reasons are for the owner. */
  #settle(functionId: FunctionId, status: FunctionStatus, reasons: readonly StatusReason[], problem: string): void {
    const current = this.#catalog.byId(functionId);
    if (current === null) return;
    this.#serve({ ...current, status, problem, preparation: null });
    const { name, namespace } = current;
    const fields = { function: name, namespace, status };
    if (reasons.length === 0) this.#logger.info(fields, "A function is ready");
    else this.#logger.info(fields, `A function has something to tell: ${reasons[0]?.errorMessage}`);
  }

  async #writeStatus(
    functionId: FunctionId,
    revision: string,
    status: FunctionStatus,
    reasons: readonly StatusReason[],
    signal: AbortSignal,
  ): Promise<void> {
    const write = async (): Promise<void> => {
      if (signal.aborted) return;
      const outcome = await this.#store.functions.setStatus(functionId, revision, status, reasons);
      if (outcome?.status !== "Active") return;
      if (outcome.isNew) await this.#store.changes.announce("function", functionId); // hosts that failed hear that it is served
      if (status.endsWith("Failed")) await this.changed(functionId); // served by another host: calls that come here are tried
    };
    await this.#untilDone(write, "writing a function's status", { functionId, status });
  }

  /** Tries until it works or the scheduler stops; pauses double up to ten seconds. */
  async #untilDone(work: () => Promise<void>, doing: string, fields: object): Promise<void> {
    const pause = new GrowingPause(retries);
    while (!this.#stop.signal.aborted) {
      try {
        return await work();
      } catch (error) {
        this.#logger.warn({ ...fields, err: error, againInMs: pause.grow() }, `The store failed at ${doing}`);
      }
      await delay(pause.ms, null, { signal: this.#stop.signal, ref: false }).catch(() => undefined); // only an abort
    }
  }

  #inBackground(work: Promise<void>): void {
    const kept = work.finally(() => this.#background.delete(kept));
    this.#background.add(kept);
  }
}

const reasonNames: Partial<Record<PlatformError["code"], string>> = { InstanceStartFailed: "ContainerInitError" };

/** Nothing tries a refused revision another time. */
function refusal(error: unknown): StatusReason {
  const { errorCode, errorMessage } = toReason(error);
  if (errorCode !== "StoreUnavailable") return { errorCode, errorMessage };
  return { errorCode, errorMessage: `${errorMessage} The function was not deployed: deploy it again then.` };
}

/** A failure as a function's status tells it. */
export function toReason(error: unknown): StatusReason {
  if (!(error instanceof PlatformError)) {
    return { errorCode: "InternalError", errorMessage: messageOf(error) };
  }
  // a server that ended before it listened has its last lines there, for its owner
  const { stackTrace = "" } = error.details;
  const errorMessage = stackTrace.startsWith(error.message) ? stackTrace : error.message;
  return { errorCode: reasonNames[error.code] ?? error.code, errorMessage };
}
