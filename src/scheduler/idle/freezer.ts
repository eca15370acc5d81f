import type { Clock, Logger } from "../../core/index.ts";
import type { Instance } from "../instances/instance.ts";
import { microseconds } from "../instances/start-instance.ts";

/**
 * How long an instance has no call before it is frozen. Freezing and thawing are a write each (0.05 to 0.25 ms: the kernel wakes every thread);
 * without a pause, calls that follow one another would all pay both. It is also what work that a handler leaves behind, such as
 * its last log lines, has to get out. Looked at by the tick, so that an instance is frozen 50–150 ms after its last call.
 */
const freezeAfterMs = 50;
/** Many instances that fall idle at once must not hold the event loop over 5 ms. */
const freezesPerTick = 20;

/** Lets instances of functions stand still between calls, where the driver can: background work stops, memory stays. */
export class Freezer {
  readonly #canFreeze: boolean;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #left = freezesPerTick;

  constructor(parts: { readonly canFreeze: boolean; readonly clock: Clock; readonly logger: Logger }) {
    this.#canFreeze = parts.canFreeze;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  beginTick(): void {
    this.#left = freezesPerTick;
  }

  /** Freezes those that have had no call for `freezeAfterMs`. */
  freezeIdle(free: readonly Instance[], now: number): void {
    if (!this.#canFreeze) return;
    for (const instance of free) {
      if (instance.state !== "ready" || !instance.isFreezable || now - instance.idleSince < freezeAfterMs) continue;
      if (this.#left-- <= 0) return;
      this.#freeze(instance);
    }
  }

  /** Before a call. False: it does not run again, so that the call needs another one. */
  thaw(instance: Instance): boolean {
    const before = this.#clock.monotonic();
    try {
      instance.thaw();
      instance.thawUs = microseconds(this.#clock.monotonic() - before);
      return true;
    } catch (error) {
      this.#logger.warn({ ...fieldsOf(instance), err: error }, "An instance cannot be thawed; it is replaced");
      return false;
    }
  }

  /** One that cannot be frozen serves on, and its background work goes on. */
  #freeze(instance: Instance): void {
    try {
      instance.freeze();
    } catch (error) {
      instance.isFreezable = false;
      this.#logger.warn({ ...fieldsOf(instance), err: error }, "An instance cannot be frozen; what it does goes on");
    }
  }
}

function fieldsOf({ id, version }: Instance): object {
  return { function: version.name, namespace: version.namespace, version: version.version, sandbox: id };
}
