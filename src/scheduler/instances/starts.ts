import { noSandbox } from "./failures.ts";
import { Start, type StartOutcome } from "./start-instance.ts";

/** The starts of one revision that are under way. */
export class Starts {
  /** Without those that were called off, oldest first. */
  readonly #wanted = new Set<Start>();
  readonly #running = new Map<Start, Promise<void>>();

  /** How many instances they will bring. */
  get size(): number {
    return this.#wanted.size;
  }

  /** Nothing is under way, not even a start that was called off. */
  get isOver(): boolean {
    return this.#running.size === 0;
  }

  /** `onOutcome` runs when the start is no longer counted. */
  begin(work: (start: Start) => Promise<StartOutcome>, onOutcome: (outcome: StartOutcome) => void): void {
    const start = new Start();
    const done = work(start)
      .catch((error: unknown): StartOutcome => ({ kind: "failed", error: noSandbox(error) }))
      .then((outcome) => {
        this.#wanted.delete(start);
        this.#running.delete(start);
        return onOutcome(outcome);
      });
    this.#wanted.add(start);
    this.#running.set(start, done);
  }

  /** Calls off what is beyond `needed` and has no sandbox yet, the youngest first. */
  keep(needed: number): void {
    if (this.#wanted.size <= needed) return;
    for (const start of [...this.#wanted].toReversed()) {
      if (this.#wanted.size > needed && !start.hasSandbox) this.#callOff(start);
    }
  }

  cancel(): void {
    for (const start of this.#wanted) this.#callOff(start);
  }

  /** Resolves when those under way now have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  #callOff(start: Start): void {
    this.#wanted.delete(start);
    start.control.abort();
  }
}
