import type { Answerer } from "../../listener/answer/answerer.ts";
import type { Exchange } from "../../listener/exchange.ts";
import { apiRefusal, refuseRequest } from "../request/api-refusal.ts";

/**
 * Answers 504 where a function that has its turn does nothing for so long, and cancels its call. Its turn is from the start until it takes the
 * body, whenever it takes no more of that, and from the body's end to the head of its answer. The client's time is the gateway's own matter.
 */
export function limitAnswerTime(exchange: Exchange, timeoutS: number): void {
  const time = new AnswerTime(exchange, timeoutS * 1_000);
  const shape = exchange.shapeHeaders;
  exchange.shapeHeaders = (pairs, status) => {
    time.end(); // the head of an answer is here
    return shape?.(pairs, status) ?? pairs;
  };
  exchange.wrap = (answerer) => new TimedAnswerer(answerer, time);
  time.start();
}

/** States: `running ⇄ stopped → ended`. */
class AnswerTime {
  readonly #exchange: Exchange;
  readonly #ms: number;
  #timer: NodeJS.Timeout | null = null;
  #isOver = false;

  constructor(exchange: Exchange, ms: number) {
    this.#exchange = exchange;
    this.#ms = ms;
  }

  start(): void {
    this.#stop();
    if (!this.#isOver) this.#timer = setTimeout(() => this.#expire(), this.#ms);
  }

  end(): void {
    this.#isOver = true;
    this.#stop();
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #expire(): void {
    if (this.#exchange.isBodyAwaited) return; // the turn became the client's; it starts anew when it no longer is
    this.#exchange.endWith(() => refuseRequest(this.#exchange, apiRefusal(504, "Gateway Time-out.")));
  }
}

/** Starts the time whenever the turn goes from the client to who answers. */
class TimedAnswerer implements Answerer {
  readonly #answerer: Answerer;
  readonly #time: AnswerTime;

  constructor(answerer: Answerer, time: AnswerTime) {
    this.#answerer = answerer;
    this.#time = time;
  }

  onBody(chunk: Buffer): boolean {
    const goesOn = this.#answerer.onBody(chunk);
    if (!goesOn) this.#time.start();
    return goesOn;
  }

  onBodyEnd(rawTrailers: readonly string[]): void {
    this.#time.start();
    this.#answerer.onBodyEnd(rawTrailers);
  }

  onClientDrain(): void {
    this.#answerer.onClientDrain();
  }

  onClientGone(): void {
    this.#time.end();
    this.#answerer.onClientGone();
  }
}
