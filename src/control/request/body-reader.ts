import { Worker } from "node:worker_threads";
import { PlatformError } from "../../core/index.ts";
import { ApiError } from "../api-error.ts";
import { prepareBody, prepareValue, type PreparedFields } from "./prepared-fields.ts";

export type BodySource =
  | { readonly kind: "body"; readonly body: Uint8Array }
  | { readonly kind: "fields"; readonly fields: Readonly<Record<string, unknown>> };

/** Up to this size a body is read on the event loop, within 3 ms. */
const inlineBytes = 256 * 1024;
/** Each may hold 70 MB. */
const maxWaiting = 8;
/** A worker that read large bodies keeps their memory; an idle one is let go. */
const idleMs = 30_000;

interface Waiting {
  resolve(prepared: PreparedFields): void;
  reject(error: Error): void;
}

/**
 * Reads the fields of calls, large ones in a worker thread that is started on demand.
 *
 * no worker → (large body) reading ⇄ idle → (30 s, crash, dispose) no worker
 */
export class BodyReader implements AsyncDisposable {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;
  #nextId = 0;

  /** Takes the body over: its memory goes to the worker where that saves a copy. Rejects with ApiError when too many wait. */
  async read(source: BodySource, size: number): Promise<PreparedFields> {
    if (size <= inlineBytes) return source.kind === "body" ? prepareBody(source.body) : prepareValue(source.fields);
    if (this.#waiting.size >= maxWaiting) {
      throw new ApiError(
        "RequestLimitExceeded",
        `${maxWaiting} requests over ${inlineBytes / 1024} KiB are being read already; try again in a second.`,
      );
    }
    const worker = this.#startWorker();
    const id = this.#nextId++;
    const handedOver = source.kind === "body" && isWhole(source.body) ? [source.body.buffer] : [];
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, source }, handedOver);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
  }

  #startWorker(): Worker {
    clearTimeout(this.#idle);
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL("./body-worker.ts", import.meta.url));
    worker.on("message", ({ id, prepared }: { id: number; prepared: PreparedFields }) => {
      this.#waiting.get(id)?.resolve(prepared);
      this.#waiting.delete(id);
      if (this.#waiting.size > 0) return;
      worker.unref();
      this.#idle = setTimeout(() => void worker.terminate(), idleMs).unref();
    });
    let cause: unknown;
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = null;
      const error = new PlatformError("InternalError", "The thread that reads large requests ended", { cause });
      for (const waiting of this.#waiting.values()) waiting.reject(error);
      this.#waiting.clear();
    });
    this.#worker = worker;
    return worker;
  }
}

/** Whether the bytes are a memory block of their own, which can be handed over. */
function isWhole(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
}
