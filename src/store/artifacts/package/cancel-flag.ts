/** Shared memory through which the event loop tells a worker, which may be busy for seconds, that nobody waits any more. */
export class CancelFlag {
  readonly memory: SharedArrayBuffer;
  readonly #cell: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.memory = memory;
    this.#cell = new Int32Array(memory);
  }

  raise(): void {
    Atomics.store(this.#cell, 0, 1);
  }

  /** Called between entries and chunks: every few milliseconds at most. */
  throwIfRaised(): void {
    if (Atomics.load(this.#cell, 0) === 1) throw new JobCanceled();
  }
}

export class JobCanceled extends Error {
  constructor() {
    super("The work on a package was canceled");
    this.name = "JobCanceled";
  }
}
