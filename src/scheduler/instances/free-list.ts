import type { Instance } from "./instance.ts";

/** Instances of one revision that have a free slot, the most recently used last. */
export class FreeList {
  readonly #free: Instance[] = [];

  /** Without those at its end that have said meanwhile that they die. */
  get instances(): readonly Instance[] {
    for (let last = this.#free.at(-1); last !== undefined && !last.isServing; last = this.#free.at(-1))
      this.remove(last);
    return this.#free;
  }

  /** The one without calls that was used longest ago. */
  longestIdle(): Instance | null {
    return this.#free.find((instance) => instance.active === 0) ?? null;
  }

  /** Those without calls. */
  idle(): Instance[] {
    return this.#free.filter((instance) => instance.active === 0 && instance.isServing);
  }

  add(instance: Instance): void {
    if (instance.isListed) return;
    instance.isListed = true;
    this.#free.push(instance);
  }

  /** The last one goes without a search: it is the one that placement fills up. */
  remove(instance: Instance): void {
    if (!instance.isListed) return;
    instance.isListed = false;
    if (this.#free[this.#free.length - 1] === instance) this.#free.pop();
    else this.#free.splice(this.#free.indexOf(instance), 1);
  }
}
