import { screenTrailers } from "../answer-head.ts";
import type { ClientAnswer } from "./client-answer.ts";

/** What a streamed answer needs of its exchange. */
export interface StreamedExchange {
  readonly answer: ClientAnswer;
  readonly isOver: boolean;
  bytesOut: number;
  /** The client has taken what was written. */
  onClientDrain(): void;
  /** The answer is complete. */
  onComplete(): void;
}

/** An answer whose head has gone out and whose body follows in pieces. Does nothing once its exchange is over. */
export class StreamedAnswer {
  readonly #exchange: StreamedExchange;
  #announced: number | null;

  /** `announced`: bytes of the body that its head announced; null where it did not. */
  constructor(exchange: StreamedExchange, announced: number | null) {
    this.#exchange = exchange;
    this.#announced = announced;
  }

  /** Bytes that it may still have; Infinity where it announced no length. */
  get bytesLeft(): number {
    return this.#announced ?? Infinity;
  }

  /** Bytes without which it is not complete. */
  get bytesMissing(): number {
    return this.#announced ?? 0;
  }

  /** Writes a copy of a piece of at most `bytesLeft`. False: wait for the answerer's `onClientDrain`. */
  write(chunk: Buffer): boolean {
    const exchange = this.#exchange;
    if (exchange.isOver) return true;
    if (this.#announced !== null) this.#announced -= chunk.length;
    exchange.bytesOut += chunk.length;
    if (exchange.answer.write(chunk)) return true;
    exchange.answer.onDrain = () => exchange.onClientDrain();
    return false;
  }

  /** Ends it, when no bytes of it are missing. */
  finish(rawTrailers: readonly string[] | null): void {
    if (this.#exchange.isOver) return;
    this.#exchange.answer.end(rawTrailers === null ? [] : screenTrailers(rawTrailers));
    this.#exchange.onComplete();
  }
}
