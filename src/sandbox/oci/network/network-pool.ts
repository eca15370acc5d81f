import { PlatformError, type Clock, type Logger } from "../../../core/index.ts";
import { firstBoxOffset, formatAddress, formatRange, gatewayAddress, type AddressRange } from "./address-range.ts";
import { VethNetwork } from "./box-network.ts";
import { FreeAddresses } from "./free-addresses.ts";
import type { InstallationNames } from "./host/installation-names.ts";
import { NamespaceHelper } from "./namespace-helper.ts";

export interface NetworkPoolOptions {
  readonly names: InstallationNames;
  readonly range: AddressRange;
  /** Largest packet of the way out; a box that sent larger ones would see them split or lost. */
  readonly mtu: number;
  /** Networks kept ready. */
  readonly size: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The kernel remembers UDP flows of a box for two minutes after its end. */
const addressRestMs = 180_000;

interface Waiting {
  readonly resolve: (network: VethNetwork) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Networks made ahead. A refill starts with each `take`, never by itself: a host that cannot make any is asked again by the next call,
 * not in a loop.
 */
export class NetworkPool implements AsyncDisposable {
  readonly #options: NetworkPoolOptions;
  readonly #addresses: FreeAddresses;
  readonly #ready: VethNetwork[] = [];
  /** All that exist, taken and ready. */
  readonly #networks = new Set<VethNetwork>();
  /** Bounded by its callers: each wait is one boot. */
  readonly #waiting = new Set<Waiting>();
  #helper: NamespaceHelper | null = null;
  #making = 0;
  #isDisposed = false;
  #admitsLoopback = false;

  constructor(options: NetworkPoolOptions) {
    this.#options = options;
    const seed = Math.floor(Math.random() * 2 ** 31);
    this.#addresses = new FreeAddresses(options.range, { restMs: addressRestMs, seed });
  }

  /** Makes the first network. Throws an Error that says why this host cannot. */
  async open(): Promise<void> {
    this.#ready.push(await this.#make());
    this.#refill();
  }

  async take({ signal }: { signal: AbortSignal }): Promise<VethNetwork> {
    signal.throwIfAborted();
    if (this.#isDisposed) throw new PlatformError("InsufficientResources", "The server is stopping");
    const ready = this.#ready.shift();
    if (ready !== undefined) {
      // In another turn: the helper that wakes may take this very core, which was 1.2 ms in the middle of a boot.
      setImmediate(() => this.#refill());
      return ready;
    }
    const { promise, resolve, reject } = Promise.withResolvers<VethNetwork>();
    const waiting = { resolve, reject };
    const onAbort = (): void => {
      this.#waiting.delete(waiting);
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiting.add(waiting);
    this.#refill();
    return promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  /** From now on servers on the host's loopback may answer boxes: those that doors lead to. */
  admitLoopback(): void {
    this.#admitsLoopback = true;
    for (const network of this.#networks) network.admitLoopback();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#failWaiting(new PlatformError("InsufficientResources", "The server is stopping"));
    await this.#helper?.[Symbol.asyncDispose]();
  }

  #refill(): void {
    if (this.#isDisposed) return;
    const missing = this.#waiting.size + this.#options.size - this.#ready.length - this.#making;
    for (let count = 0; count < missing; count++) void this.#makeOne();
  }

  /** Never rejects. */
  async #makeOne(): Promise<void> {
    this.#making += 1;
    const made = await this.#make().catch((error: unknown) => ({ error }));
    this.#making -= 1;
    if (made instanceof VethNetwork) this.#deliver(made);
    else this.#onFailure(made.error);
  }

  async #make(): Promise<VethNetwork> {
    const { names, range, mtu, clock } = this.#options;
    const offset = this.#addresses.take(clock.monotonic());
    if (offset === null) throw noAddress(range);
    const giveBack = (): void => this.#addresses.giveBack(offset, clock.monotonic());
    const interfaceName = names.interfacePrefix + (offset - firstBoxOffset).toString(16);
    const address = formatAddress(range.base + offset);
    const gateway = gatewayAddress(range);
    const plan = { interfaceName, group: names.openGroup, index: offset, mtu, gateway, address };
    const namespace = await this.#liveHelper()
      .make(plan)
      .catch((error: unknown) => {
        giveBack();
        throw error;
      });
    const network: VethNetwork = new VethNetwork({
      namespace,
      interfaceName,
      address,
      cutGroup: names.cutGroup,
      onDisposed: () => {
        this.#networks.delete(network);
        giveBack();
      },
    });
    this.#networks.add(network);
    if (this.#admitsLoopback) network.admitLoopback();
    return network;
  }

  #deliver(network: VethNetwork): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#ready.push(network);
      return;
    }
    this.#waiting.delete(first);
    first.resolve(network);
  }

  #onFailure(cause: unknown): void {
    if (this.#isDisposed) return;
    const error =
      cause instanceof PlatformError
        ? cause
        : new PlatformError("InsufficientResources", `No network can be made for a sandbox: ${String(cause)}`, {
            cause,
          });
    const [first] = this.#waiting;
    if (first === undefined || this.#waiting.size <= this.#making) {
      this.#options.logger.warn({ err: error }, "A network could not be made ahead");
      return;
    }
    this.#waiting.delete(first);
    first.reject(error);
  }

  #failWaiting(reason: PlatformError): void {
    for (const waiting of this.#waiting) waiting.reject(reason);
    this.#waiting.clear();
  }

  #liveHelper(): NamespaceHelper {
    if (this.#helper !== null) return this.#helper;
    const helper = new NamespaceHelper(this.#options.logger);
    this.#helper = helper;
    void helper.ended.then(() => this.#onHelperEnded());
    return helper;
  }

  /** What stood ready has gone with it; boxes in use keep their networks, because their processes hold them. */
  #onHelperEnded(): void {
    this.#helper = null;
    if (this.#isDisposed) return;
    const lost = this.#ready.splice(0);
    for (const network of lost) void network[Symbol.asyncDispose]();
    this.#options.logger.warn(
      { lost: lost.length },
      "The helper that makes networks has ended; the next box starts another",
    );
  }
}

function noAddress(range: AddressRange): PlatformError {
  return new PlatformError(
    "InsufficientResources",
    `No address is free for another sandbox: one that was used rests for ${addressRestMs / 1_000} s`,
    { limit: "addresses of sandboxes", value: formatRange(range), setting: "GUST_BOX_RANGE" },
  );
}
