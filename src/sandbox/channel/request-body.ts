import { frame, initialCredit, maxDataBytes, ProtocolViolation } from "./codec/frames.ts";
import type { FrameWriter } from "./codec/frame-writer.ts";
import { makeStringList } from "./codec/string-list.ts";

/**
 * The request body of one call on its way to the runtime. Never sends more than the runtime gave credit for, and nothing while
 * the socket is full; what has to wait is kept by reference.
 */
export class RequestBody {
  readonly #call: number;
  readonly #writer: FrameWriter;
  readonly #waiting: Uint8Array[] = [];
  /** Bytes of the first waiting chunk that have gone. */
  #offset = 0;
  #credit = initialCredit;
  #trailers: readonly string[] | null = null;
  #isEnding = false;
  #isEnded = false;
  #owesDrain = false;

  constructor(call: number, writer: FrameWriter) {
    this.#call = call;
    this.#writer = writer;
  }

  /** Data waits although there is credit: the socket has to drain first. */
  get waitsForSocket(): boolean {
    return this.#writer.isFull && this.#credit > 0 && (this.#waiting.length > 0 || this.#owesDrain);
  }

  write(chunk: Uint8Array): boolean {
    if (this.#isEnding) throw new Error("a request body was written to after its end");
    if (chunk.length > 0) this.#waiting.push(chunk);
    this.#sendWaiting();
    const mayWrite = this.#mayWrite;
    if (!mayWrite) this.#owesDrain = true;
    return mayWrite;
  }

  end(trailers: readonly string[] | undefined): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#trailers = trailers ?? null;
    this.#sendWaiting();
  }

  addCredit(bytes: number): void {
    if (bytes > initialCredit - this.#credit)
      throw new ProtocolViolation(`WINDOW of ${bytes} bytes that were never sent`);
    this.#credit += bytes;
  }

  /** Sends what can go now; true when the caller waits for `onDrain` and may write again. */
  pump(): boolean {
    this.#sendWaiting();
    if (!this.#owesDrain || this.#isEnding || !this.#mayWrite) return false;
    this.#owesDrain = false;
    return true;
  }

  get #mayWrite(): boolean {
    return this.#waiting.length === 0 && this.#credit > 0 && !this.#writer.isFull;
  }

  #sendWaiting(): void {
    let chunk = this.#waiting[0];
    while (chunk !== undefined && this.#credit > 0 && !this.#writer.isFull) {
      const end = Math.min(chunk.length, this.#offset + Math.min(this.#credit, maxDataBytes));
      this.#writer.data(this.#call, chunk, this.#offset, end);
      this.#credit -= end - this.#offset;
      this.#offset = end;
      if (end < chunk.length) continue;
      this.#waiting.shift();
      this.#offset = 0;
      chunk = this.#waiting[0];
    }
    if (this.#isEnding && !this.#isEnded && this.#waiting.length === 0) this.#sendEnd();
  }

  #sendEnd(): void {
    this.#isEnded = true;
    const list = this.#trailers === null ? null : makeStringList(this.#trailers);
    if (list === null) this.#writer.empty(frame.end, this.#call);
    else this.#writer.trailers(this.#call, list);
  }
}
