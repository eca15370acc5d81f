import { messageOf, type Clock, type Logger } from "../../core/index.ts";
import type { CertificateOrderTable, Changes, DueOrder } from "../../store/index.ts";
import { readChain } from "../ssl/read-chain.ts";
import type { ObtainCertificate } from "./acme-authority.ts";

export interface OrderOptions {
  readonly store: { readonly certificateOrders: CertificateOrderTable; readonly changes: Changes };
  readonly obtain: ObtainCertificate;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** No order takes longer, or another process may begin it anew. */
const leaseMs = 600_000;
/** A change that this process did not hear of is found after so long. */
const longestPauseMs = 600_000;
/** While another process has what is due. */
const shortestPauseMs = 1_000;
const minuteMs = 60_000;
/** Characters of a failure that are kept. */
const maxMessage = 1_000;

/**
 * Obtains the certificates of domains, of functions and of services of the API gateway, that ask for HTTPS and name none, and renews them when two thirds of their time are over.
 * idle → (due, or a domain changed) → ordering → obtained, or failed and due later → idle
 */
export class CertificateOrders implements AsyncDisposable {
  readonly #options: OrderOptions;
  readonly #stop = new AbortController();
  readonly #subscriptions: readonly Disposable[];
  readonly #running: Promise<void>;
  #wake: () => void = () => undefined;
  #isAwake = true;

  constructor(options: OrderOptions) {
    this.#options = options;
    const wake = async (): Promise<void> => this.#wakeUp();
    const { changes } = options.store;
    const listener = { changed: wake, resync: wake };
    this.#subscriptions = [changes.subscribe("domain", listener), changes.subscribe("api-service", listener)];
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#stop.abort();
    this.#wakeUp();
    await this.#running;
  }

  #wakeUp(): void {
    this.#isAwake = true;
    this.#wake();
  }

  async #run(): Promise<void> {
    const { logger } = this.#options;
    while (!this.#stop.signal.aborted) {
      this.#isAwake = false;
      let pauseMs = minuteMs;
      try {
        await this.#orderWhatIsDue();
        pauseMs = await this.#pauseMs();
      } catch (error) {
        logger.warn({ err: error }, "Orders of certificates could not be looked at; trying again in a minute");
      }
      await this.#pause(pauseMs);
    }
  }

  async #orderWhatIsDue(): Promise<void> {
    const { certificateOrders: orders, changes } = this.#options.store;
    for (const dropped of await orders.reconcile()) await changes.announce("certificate", dropped);
    while (!this.#stop.signal.aborted) {
      const order = await orders.claim(leaseMs);
      if (order === null) return;
      await this.#order(order);
    }
  }

  async #order({ certificateId, domain, attempts }: DueOrder): Promise<void> {
    const { store, obtain, clock, logger } = this.#options;
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(leaseMs / 2)]);
      const content = readChain(await unlessAborted(obtain(domain, { signal }), signal), clock.now());
      await store.certificateOrders.obtained(certificateId, content, renewAt(content));
      await store.changes.announce("certificate", certificateId);
      logger.info({ domain, certificateId }, "A certificate was obtained");
    } catch (error) {
      const isStopped = this.#stop.signal.aborted;
      const message = isStopped ? "The server stopped meanwhile." : messageOf(error).slice(0, maxMessage);
      const dueAt = isStopped ? clock.now() : clock.now() + retryMs(attempts);
      if (!isStopped) logger.warn({ err: error, domain }, "A certificate could not be obtained; trying again later");
      await store.certificateOrders.failed(certificateId, message, dueAt);
    }
  }

  async #pauseMs(): Promise<number> {
    const dueAt = await this.#options.store.certificateOrders.nextDueAt();
    if (dueAt === null) return longestPauseMs;
    return Math.min(longestPauseMs, Math.max(shortestPauseMs, dueAt - this.#options.clock.now()));
  }

  #pause(ms: number): Promise<void> {
    if (this.#isAwake || this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The library does not end what it waits for between two requests. */
function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

function renewAt({ validFrom, validTo }: { readonly validFrom: number; readonly validTo: number }): number {
  return validFrom + Math.round(((validTo - validFrom) * 2) / 3);
}

/** 5 minutes, doubled by each failure, up to 12 hours: authorities count failures. */
function retryMs(attempts: number): number {
  return Math.min(12 * 60 * minuteMs, 5 * minuteMs * 2 ** Math.min(attempts, 10));
}
