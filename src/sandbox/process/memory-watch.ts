import { anonymousMemory, listPids, readProcess } from "./host-processes.ts";

/** What one box holds, as of the last look. */
export interface WatchedMemory {
  readonly currentBytes: number;
  readonly peakBytes: number;
  /** From now on the peak is what is seen from now on. */
  forgetPeak(): void;
  stop(): void;
}

interface Watched {
  readonly pid: number;
  readonly limitBytes: number;
  readonly onOver: () => void;
  currentBytes: number;
  peakBytes: number;
}

const intervalMs = 100;
/** One look holds the event loop for at most about this; boxes that are not reached are first at the next. */
const sampleBudgetMs = 2;
const walkBudgetMs = 1;

/**
 * Samples the memory of boxes, with one timer for all: the first process of each every 100 ms (measured: 17 µs), the others of its session as
 * often as a walk through the process table comes round (1 ms in every 100 ms; under a second on a laptop).
 */
export class MemoryWatch {
  #watched: Watched[] = [];
  #timer: NodeJS.Timeout | null = null;
  /** Processes of each watched session beside the first, as of the last complete walk. */
  #members = new Map<number, number[]>();
  #walk: { readonly pids: readonly number[]; next: number; readonly found: Map<number, number[]> } | null = null;

  watch(pid: number, limitBytes: number, onOver: () => void): WatchedMemory {
    const watched: Watched = { pid, limitBytes, onOver, currentBytes: 0, peakBytes: 0 };
    this.#watched.push(watched);
    this.#timer ??= setInterval(() => this.#look(), intervalMs).unref();
    this.#sample(watched);
    return Object.assign(watched, {
      forgetPeak: () => {
        watched.peakBytes = watched.currentBytes;
      },
      stop: () => this.#stop(watched),
    });
  }

  #stop(watched: Watched): void {
    this.#watched = this.#watched.filter((other) => other !== watched);
    if (this.#watched.length > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#walk = null;
    this.#members.clear();
  }

  #look(): void {
    this.#continueWalk(performance.now() + walkBudgetMs);
    const end = performance.now() + sampleBudgetMs;
    const boxes = this.#watched;
    let done = 0;
    while (done < boxes.length && performance.now() < end) {
      const watched = boxes[done++];
      if (watched !== undefined) this.#sample(watched);
    }
    if (this.#watched === boxes) this.#watched = [...boxes.slice(done), ...boxes.slice(0, done)];
  }

  #sample(watched: Watched): void {
    let bytes = anonymousMemory(watched.pid);
    for (const pid of this.#members.get(watched.pid) ?? []) bytes += anonymousMemory(pid);
    watched.currentBytes = bytes;
    watched.peakBytes = Math.max(watched.peakBytes, bytes);
    if (bytes > watched.limitBytes) watched.onOver();
  }

  #continueWalk(end: number): void {
    const walk = (this.#walk ??= {
      pids: listPids(),
      next: 0,
      found: new Map(this.#watched.map(({ pid }) => [pid, []])),
    });
    while (walk.next < walk.pids.length && performance.now() < end) {
      const found = readProcess(walk.pids[walk.next++] ?? 0);
      if (found !== null && found.pid !== found.session) walk.found.get(found.session)?.push(found.pid);
    }
    if (walk.next < walk.pids.length) return;
    this.#members = walk.found;
    this.#walk = null;
  }
}
