/** Windows that are counted at a time; what is over goes first. */
const maxWindows = 10_000;

interface Window {
  readonly end: number;
  count: number;
}

/** So many requests in so many seconds. */
interface WindowLimit {
  readonly limit: number;
  readonly windowS: number;
}

/** Counts requests in windows of fixed length, as minutes and hours of the clock: all of a window's may come at once. */
export class WindowCounts {
  readonly #windows = new Map<string, Window>();

  /** 0: it is counted, and may go on. Otherwise: after so many seconds the next window begins. */
  take(key: string, { limit, windowS }: WindowLimit, now: number): number {
    const window = this.#windowOf(`${windowS} ${key}`, windowS * 1_000, now);
    if (window.count + 1 > limit) return (window.end - now) / 1_000;
    window.count++;
    return 0;
  }

  /** Uncounts one that was counted at `takenAt`, for a request that was not let on after all; if its window is over, nothing happens. */
  giveBack(key: string, { windowS }: WindowLimit, takenAt: number): void {
    const window = this.#windows.get(`${windowS} ${key}`);
    if (window?.end === endOf(windowS * 1_000, takenAt) && window.count > 0) window.count--;
  }

  #windowOf(key: string, lengthMs: number, now: number): Window {
    const known = this.#windows.get(key);
    const end = endOf(lengthMs, now);
    if (known?.end === end) return known;
    if (this.#windows.size >= maxWindows) this.#forgetOver(now);
    const window = { end, count: 0 };
    this.#windows.set(key, window);
    return window;
  }

  #forgetOver(now: number): void {
    for (const [key, { end }] of this.#windows) if (end <= now) this.#windows.delete(key);
  }
}

function endOf(lengthMs: number, now: number): number {
  return (Math.floor(now / lengthMs) + 1) * lengthMs;
}
