/** Why no further instance can be used or started now. */
export type Shortage = "concurrency" | "instances";

/** Somebody who could go on as soon as there is room again. */
export interface WaitsForRoom {
  roomLeft(): void;
}

/**
 * Room that all functions share: the account's concurrency, counted as the memory of instances
 * that are starting or have calls, and the number of instances on this host.
 */
export class Capacity {
  readonly memoryLimitMb: number;
  readonly instanceLimit: number;
  #memoryMb = 0;
  #instances = 0;
  /** In the order in which they came. */
  readonly #waiting = new Set<WaitsForRoom>();
  #isWaking = false;

  constructor(bounds: { readonly memoryLimitMb: number; readonly instanceLimit: number }) {
    this.memoryLimitMb = bounds.memoryLimitMb;
    this.instanceLimit = bounds.instanceLimit;
  }

  get memoryMb(): number {
    return this.#memoryMb;
  }

  get instances(): number {
    return this.#instances;
  }

  get isFullOfInstances(): boolean {
    return this.#instances >= this.instanceLimit;
  }

  /** Takes concurrency for an instance; false when the account has no more. */
  takeMemory(memoryMb: number): boolean {
    if (this.#memoryMb + memoryMb > this.memoryLimitMb) return false;
    this.#memoryMb += memoryMb;
    return true;
  }

  giveMemory(memoryMb: number): void {
    this.#memoryMb -= memoryMb;
    if (this.#waiting.size > 0) this.#wake();
  }

  addInstance(): void {
    this.#instances++;
  }

  removeInstance(): void {
    this.#instances--;
    if (this.#waiting.size > 0) this.#wake();
  }

  waitForRoom(waiting: WaitsForRoom): void {
    this.#waiting.add(waiting);
  }

  /** In a turn of its own: whoever gives room back is in the middle of ending a call. */
  #wake(): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    queueMicrotask(() => {
      this.#isWaking = false;
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const one of waiting) one.roomLeft();
    });
  }
}
