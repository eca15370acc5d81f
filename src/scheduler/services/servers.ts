import type { Instance } from "../instances/instance.ts";
import { leastLoaded } from "../admission/placement.ts";

/** Where an instance's server listens, from this host. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

interface Server {
  readonly address: ServerAddress;
  /** Monotonic milliseconds. */
  readonly readyAt: number;
}

/** The instances of one revision of a service whose servers listen. */
export class Servers {
  readonly #all = new Map<Instance, Server>();

  get size(): number {
    return this.#all.size;
  }

  /** They may be removed while they are walked through. */
  get instances(): Iterable<Instance> {
    return this.#all.keys();
  }

  /** Calls that they have. */
  get active(): number {
    let active = 0;
    for (const instance of this.#all.keys()) active += instance.active;
    return active;
  }

  /** What can go at once of those that are more than `wanted`: without calls, the latest first. */
  idleBeyond(wanted: number): Instance[] {
    const idle = [...this.#all.keys()].filter((instance) => instance.active === 0);
    return idle.toReversed().slice(0, Math.max(0, this.#all.size - wanted));
  }

  /** The one that should get the next call; null when none can take it. */
  get leastLoaded(): Instance | null {
    return leastLoaded([...this.#all.keys()].filter((one) => one.isServing && !one.isSuspect));
  }

  add(instance: Instance, address: ServerAddress, readyAt: number): void {
    this.#all.set(instance, { address, readyAt });
  }

  /** Undefined: it is not among them (any more). */
  addressOf(instance: Instance): ServerAddress | undefined {
    return this.#all.get(instance)?.address;
  }

  /** Returns for how long it was among them; null: it was not. */
  remove(instance: Instance, now: number): number | null {
    const server = this.#all.get(instance);
    return server !== undefined && this.#all.delete(instance) ? now - server.readyAt : null;
  }
}
