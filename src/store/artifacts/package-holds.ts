import type { Sha256 } from "../../core/index.ts";
import type { PackageHold } from "./artifacts.ts";

interface Held {
  holders: number;
  isUsed: boolean;
  readonly wasThere: Promise<boolean>;
}

/**
 * Who is deciding about packages that just came. When the last one lets go of a package that was not there before
 * and that nobody used, it is removed: a refused deployment leaves nothing behind.
 */
export class PackageHolds {
  readonly #held = new Map<Sha256, Held>();
  readonly #isThere: (sha256: Sha256) => Promise<boolean>;
  readonly #remove: (sha256: Sha256) => Promise<unknown>;

  constructor(isThere: (sha256: Sha256) => Promise<boolean>, remove: (sha256: Sha256) => Promise<unknown>) {
    this.#isThere = isThere;
    this.#remove = remove;
  }

  /** To be taken before the package is written. */
  async take(sha256: Sha256): Promise<PackageHold> {
    const held = this.#held.get(sha256) ?? { holders: 0, isUsed: false, wasThere: this.#isThere(sha256) };
    this.#held.set(sha256, held);
    held.holders++;
    let isOver = false;
    await held.wasThere;
    return {
      markUsed() {
        held.isUsed = true;
      },
      [Symbol.asyncDispose]: async () => {
        if (isOver) return;
        isOver = true;
        await this.#letGo(sha256, held);
      },
    };
  }

  async #letGo(sha256: Sha256, held: Held): Promise<void> {
    held.holders--;
    if (held.holders > 0) return;
    this.#held.delete(sha256);
    if (!held.isUsed && !(await held.wasThere) && (await this.#isThere(sha256))) await this.#remove(sha256);
  }
}
