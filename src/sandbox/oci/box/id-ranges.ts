import { PlatformError } from "../../../core/index.ts";

export const idsPerBox = 65_536;
/** 0x70000000 to 0x7fffffff: above what systemd gives to its own containers, below what some programs read as negative. */
const firstId = 0x7000_0000;
const slots = 4_096;

/** A box's own user and group ids on the host, while it lives. */
export interface IdRange extends Disposable {
  /** What id 0 inside is outside. */
  readonly hostId: number;
}

/**
 * Gives every live box ids that no other of this installation has. Nothing is written down: the ranges of a crashed server's boxes are free
 * again because those boxes are killed first. Installations on one host start at different slots, so that few share a range at all.
 */
export class IdRanges {
  readonly #taken = new Set<number>();
  #next: number;

  /** `installation` in hexadecimal. */
  constructor(installation: string) {
    this.#next = Number.parseInt(installation.slice(0, 6), 16) % slots;
  }

  take(): IdRange {
    if (this.#taken.size === slots) {
      throw new PlatformError("InsufficientResources", "No sandbox can be started: all user id ranges are in use", {
        limit: "sandboxes at a time",
        value: String(slots),
      });
    }
    while (this.#taken.has(this.#next)) this.#next = (this.#next + 1) % slots;
    const slot = this.#next;
    this.#next = (slot + 1) % slots; // the one given back last is taken last
    this.#taken.add(slot);
    return { hostId: firstId + slot * idsPerBox, [Symbol.dispose]: () => void this.#taken.delete(slot) };
  }
}
