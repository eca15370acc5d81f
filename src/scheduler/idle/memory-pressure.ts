import type { Logger } from "../../core/index.ts";
import type { HostMemory } from "../../sandbox/index.ts";

/** Something that costs memory and that nobody needs now. */
export interface Idle {
  readonly bytes: number;
  /** Monotonic milliseconds. */
  readonly idleSince: number;
  stop(): void;
}

/** Reading costs 0.1 ms, and what is stopped needs a moment to give its memory back. */
const lookEveryMs = 2_000;
/** From here on the host is short, whatever it says is available: it does nothing but wait for memory so much of the time. */
const stalledPercent = 10;
/** What a sandbox counts as that does not say what it holds. */
const leastBytes = 8 * 1024 * 1024;

/** Bytes that have to become free; 0: nothing is short. */
export function missingBytes({ availableBytes, stalledPercent: stalled }: HostMemory, reserveBytes: number): number {
  const missing = Math.max(0, reserveBytes - availableBytes);
  return missing === 0 && (stalled ?? 0) >= stalledPercent ? leastBytes : missing;
}

/** What to stop for `bytes`: what was used longest ago goes first, and no more than it takes. */
export function chooseIdle<One extends Pick<Idle, "bytes" | "idleSince">>(idle: readonly One[], bytes: number): One[] {
  const chosen: One[] = [];
  let left = bytes;
  for (const one of idle.toSorted((a, b) => a.idleSince - b.idleSince)) {
    if (left <= 0) break;
    chosen.push(one);
    left -= Math.max(one.bytes, leastBytes);
  }
  return chosen;
}

interface Parts {
  /** 0: memory is never looked at. */
  readonly reserveMb: number;
  readonly read: () => HostMemory;
  /** Instances without calls. */
  readonly instances: () => readonly Idle[];
  /** Started runtimes that a pool can spare; asked only when there are too few idle instances. */
  readonly spare: () => readonly Idle[];
  /** Whether pools keep as few runtimes ready as they can. */
  readonly setShort: (isShort: boolean) => void;
  readonly logger: Logger;
}

/** Stops what is idle while the host has less memory left than its reserve: instances first, then spare runtimes of the pools. */
export class MemoryPressure {
  readonly #parts: Parts;
  #lookAt = 0;
  #isShort = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  tick(now: number): void {
    const { reserveMb, read } = this.#parts;
    if (reserveMb === 0 || now < this.#lookAt) return;
    this.#lookAt = now + lookEveryMs;
    const memory = read();
    const missing = missingBytes(memory, reserveMb * 1024 * 1024);
    this.#become(missing > 0, memory);
    if (missing > 0) this.#free(missing, memory);
  }

  #become(isShort: boolean, memory: HostMemory): void {
    if (isShort === this.#isShort) return;
    const { setShort, logger } = this.#parts;
    this.#isShort = isShort;
    setShort(isShort);
    if (!isShort) logger.info(this.#fields(memory), "The host has memory again");
  }

  #free(missing: number, memory: HostMemory): void {
    const { instances, spare, logger } = this.#parts;
    const idle = chooseIdle(instances(), missing);
    const freed = idle.reduce((sum, { bytes }) => sum + Math.max(bytes, leastBytes), 0);
    const runtimes = freed < missing ? chooseIdle(spare(), missing - freed) : [];
    if (idle.length + runtimes.length === 0) return;
    for (const one of [...idle, ...runtimes]) one.stop();
    const fields = { ...this.#fields(memory), instances: idle.length, runtimes: runtimes.length };
    logger.warn(fields, "The host is short of memory: idle instances and spare runtimes are stopped");
  }

  #fields({ availableBytes, stalledPercent: stalled }: HostMemory): object {
    const availableMb = Math.round(availableBytes / (1024 * 1024));
    return { availableMb, reserveMb: this.#parts.reserveMb, stalledPercent: stalled };
  }
}
