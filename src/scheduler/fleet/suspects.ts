import { GrowingPause, type Clock, type Host } from "../../core/index.ts";

const pauses = { firstMs: 500, longestMs: 10_000 } as const;

interface Suspect {
  readonly pause: GrowingPause;
  until: number;
}

/** Hosts that took no connection, each for a while that grows while it goes on. */
export class Suspects {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #suspects = new Map<string, Suspect>();
  /** When the first of them is tried again. */
  #nextReprieve = Infinity;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  has({ id }: Pick<Host, "id">): boolean {
    const found = this.#suspects.get(id);
    return found !== undefined && found.until > this.#clock.monotonic();
  }

  /** True when it was none before. */
  add(host: Pick<Host, "id">): boolean {
    const known = this.#suspects.get(host.id);
    const suspect = known ?? { pause: new GrowingPause(pauses), until: 0 };
    if (this.has(host)) return false; // calls that were under way find it out one after the other
    suspect.until = this.#clock.monotonic() + suspect.pause.grow();
    this.#suspects.set(host.id, suspect);
    this.#nextReprieve = Math.min(this.#nextReprieve, suspect.until);
    return known === undefined;
  }

  /** It is back. */
  clear({ id }: Pick<Host, "id">): void {
    this.#suspects.delete(id);
  }

  /** Whether one of them is to be tried again since this was asked last. */
  haveChanged(): boolean {
    const now = this.#clock.monotonic();
    if (now < this.#nextReprieve) return false;
    const later = [...this.#suspects.values()].map(({ until }) => until).filter((until) => until > now);
    this.#nextReprieve = Math.min(Infinity, ...later);
    return true;
  }
}
