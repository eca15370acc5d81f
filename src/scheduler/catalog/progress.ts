import type { StatusReason } from "../../store/index.ts";

const everyMs = 500;

/** How a long preparation goes on, for whoever polls: one write at a time, not too often, and the last one is over when the end is written. */
export class Progress {
  readonly #write: (reason: StatusReason) => Promise<unknown>;
  #next: StatusReason | null = null;
  #writing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(write: (reason: StatusReason) => Promise<unknown>) {
    this.#write = write;
  }

  tell(reason: StatusReason): void {
    this.#next = reason;
    if (this.#timer !== null) return;
    this.#writeNext();
    this.#timer = setInterval(() => this.#writeNext(), everyMs).unref();
  }

  async end(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#next = null;
    await this.#writing;
  }

  #writeNext(): void {
    const reason = this.#next;
    if (reason === null || this.#writing !== null) return;
    this.#next = null;
    const forget = (): void => {
      this.#writing = null;
    };
    this.#writing = this.#write(reason).then(forget, forget); // the end of the preparation is written until the store takes it
  }
}
