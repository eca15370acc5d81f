import { noSandbox } from "./failures.ts";
import { Start, type StartOutcome } from "./start-instance.ts";

/** The starts of one revision that are under way. */
export class Starts {
  readonly #running = new Map<Start, Promise<void>>();

  get size(): number {
    return this.#running.size;
  }

  /** `onOutcome` runs when the start is no longer counted. */
  begin(work: (start: Start) => Promise<StartOutcome>, onOutcome: (outcome: StartOutcome) => void): void {
    const start = new Start();
    const done = work(start)
      .catch((error: unknown): StartOutcome => ({ kind: "failed", error: noSandbox(error) }))
      .then((outcome) => {
        this.#running.delete(start);
        return onOutcome(outcome);
      });
    this.#running.set(start, done);
  }

  /** Calls off as many as have no sandbox yet, the youngest first. */
  callOff(count: number): void {
    let left = count;
    if (left <= 0) return;
    for (const start of [...this.#running.keys()].toReversed()) {
      if (start.hasSandbox || start.control.signal.aborted) continue;
      if (left-- > 0) start.control.abort();
    }
  }

  cancel(): void {
    for (const start of this.#running.keys()) start.control.abort();
  }

  /** Resolves when those under way now have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#running.values());
  }
}
