import { setTimeout as delay } from "node:timers/promises";
import { stopMarginMs, type Instance } from "./instance.ts";

/** The instances of one revision that are being stopped, until nothing of them runs. */
export class Stops {
  readonly #running = new Map<Instance, Promise<void>>();

  get isOver(): boolean {
    return this.#running.size === 0;
  }

  /** Resolves when the instance has ended and is no longer counted. */
  begin(instance: Instance, graceMs: number): Promise<void> {
    const done = instance.stop(graceMs).then(() => void this.#running.delete(instance));
    this.#running.set(instance, done);
    return done;
  }

  /** Ends those under way now within `graceMs`, whatever grace they began with. */
  async endWithin(graceMs: number): Promise<void> {
    if (this.isOver) return;
    const limit = delay(graceMs + stopMarginMs, null, { ref: false });
    await Promise.race([Promise.all(this.#running.values()), limit]);
    await Promise.all(Array.from(this.#running.keys(), (instance) => instance.kill()));
  }
}
