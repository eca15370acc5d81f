import os from "node:os";
import { Worker } from "node:worker_threads";
import { PlatformError } from "../../../core/index.ts";
import { CancelFlag } from "../package/cancel-flag.ts";
import type { JobKind, JobMessage, JobOutcome, Jobs } from "./jobs.ts";

/** A zip of 50 MB is held by each waiting job: more than this are refused. */
const maxWaiting = 64;
const idleMs = 10_000;

interface Job {
  readonly message: JobMessage;
  readonly transfer: readonly ArrayBuffer[];
  settle(outcome: JobOutcome): void;
}

interface Slot {
  readonly worker: Worker;
  job: Job | null;
  idle: NodeJS.Timeout | undefined;
}

/**
 * Worker threads for packages, started on demand.
 *
 * none → (job) busy ⇄ idle → (10 s, crash, dispose) none. An idle one does not keep the process running.
 */
export class PackageWorkers implements AsyncDisposable {
  readonly #slots = new Set<Slot>();
  readonly #waiting: Job[] = [];
  readonly #maxWorkers = Math.max(1, Math.min(2, os.availableParallelism()));
  #isClosed = false;

  /** Runs a job; the memory in `transfer` goes with it. Rejects with the signal's reason at once, while the thread stops at its next check. */
  async run<Kind extends JobKind>(
    kind: Kind,
    input: Jobs[Kind]["input"],
    { signal, transfer = [] }: { signal: AbortSignal; transfer?: readonly ArrayBuffer[] },
  ): Promise<Jobs[Kind]["output"]> {
    signal.throwIfAborted();
    if (this.#isClosed) throw new PlatformError("StoreUnavailable", "Code packages are closed.");
    if (this.#waiting.length >= maxWaiting) {
      throw new PlatformError(
        "InsufficientResources",
        `${maxWaiting} code packages are waiting to be worked on already; try again.`,
      );
    }
    const cancel = new CancelFlag();
    const ended = Promise.withResolvers<JobOutcome>();
    // The pair of kind and input is one of the union's, which the compiler cannot follow through a generic.
    const message = { kind, input, cancel: cancel.memory } as JobMessage;
    const job: Job = { message, transfer, settle: ended.resolve };
    const abort = (): void => {
      cancel.raise();
      this.#forget(job);
      ended.resolve({ kind: "canceled" });
    };
    signal.addEventListener("abort", abort, { once: true });
    this.#waiting.push(job);
    this.#dispatch();
    const outcome = await ended.promise;
    signal.removeEventListener("abort", abort);
    if (outcome.kind === "canceled") throw signal.reason;
    if (outcome.kind === "failed") throw new PlatformError(outcome.code, outcome.message, { cause: outcome.cause });
    return outcome.output; // a worker answers a job with the output of its kind
  }

  /** Ends all threads, running jobs included. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const closed: JobOutcome = {
      kind: "failed",
      code: "StoreUnavailable",
      message: "Code packages are closed.",
      cause: undefined,
    };
    for (const job of this.#waiting.splice(0)) job.settle(closed);
    for (const slot of this.#slots) slot.job?.settle(closed);
    await Promise.all([...this.#slots].map((slot) => slot.worker.terminate()));
  }

  #forget(job: Job): void {
    const at = this.#waiting.indexOf(job);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const slot = this.#freeSlot();
      const job = slot === null ? undefined : this.#waiting.shift();
      if (slot === null || job === undefined) return;
      this.#give(slot, job);
    }
  }

  #give(slot: Slot, job: Job): void {
    try {
      slot.worker.postMessage(job.message, job.transfer);
    } catch (cause) {
      const message = "The memory of a code package cannot be handed over.";
      job.settle({ kind: "failed", code: "InternalError", message, cause });
      return;
    }
    clearTimeout(slot.idle);
    slot.job = job;
    slot.worker.ref();
  }

  #freeSlot(): Slot | null {
    const free = [...this.#slots].find((slot) => slot.job === null);
    if (free !== undefined) return free;
    return this.#slots.size < this.#maxWorkers && !this.#isClosed ? this.#startSlot() : null;
  }

  #startSlot(): Slot {
    const worker = new Worker(new URL("./package-worker.ts", import.meta.url), { name: "packages" });
    const slot: Slot = { worker, job: null, idle: undefined };
    this.#slots.add(slot);
    let cause: unknown;
    worker.on("message", (outcome: JobOutcome) => this.#finish(slot, outcome));
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", () => {
      clearTimeout(slot.idle);
      this.#slots.delete(slot);
      slot.job?.settle({
        kind: "failed",
        code: "InternalError",
        message: "The thread that works on code packages ended.",
        cause,
      });
      this.#dispatch();
    });
    return slot;
  }

  #finish(slot: Slot, outcome: JobOutcome): void {
    slot.job?.settle(outcome);
    slot.job = null;
    slot.worker.unref();
    slot.idle = setTimeout(() => this.#retire(slot), idleMs).unref();
    this.#dispatch();
  }

  /** Forgotten before it ends, so that no job goes to a thread that is about to. */
  #retire(slot: Slot): void {
    this.#slots.delete(slot);
    void slot.worker.terminate();
  }
}
