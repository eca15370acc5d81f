import { limits } from "../core/index.ts";
import type { Answerer } from "./listener/answer/answerer.ts";
import type { Exchange } from "./listener/exchange.ts";
import { refusal, type Refusal } from "./listener/refusal.ts";

/** Bodies of one door together that are in memory at a time. */
const maxBufferedBytes = 32 * limits.payload.syncBytes;

/** A body counts from here on: whoever sends no more than this is served however many large ones are read. */
const smallBytes = 65_536;

/** How long a body may take: so long, and as long as its length takes at this pace. Nobody holds memory for ever with a byte a second. */
const graceMs = 30_000;
const slowestBytesPerMs = 64;

/** Memory that bodies take, of one door. */
export interface BodyBudget {
  bytes: number;
}

/** What becomes of a body; its memory is in use until this resolves. Never rejects. */
type TakeBody = (body: Buffer) => Promise<void> | void;

/** Reads a whole body; `onBody` runs once, unless it is refused or the client leaves before. */
export function collectBody(exchange: Exchange, budget: BodyBudget, onBody: TakeBody): void {
  if ((exchange.head.bodyLength ?? 0) > limits.payload.syncBytes) return exchange.refuse(tooLarge);
  const collector = new BodyCollector(exchange, budget, onBody);
  exchange.own(collector);
  if (exchange.head.bodyLength === 0) collector.onBodyEnd();
  else collector.read(exchange.head.bodyLength ?? limits.payload.syncBytes);
}

/** States: `reading → over`. */
class BodyCollector implements Answerer {
  readonly #exchange: Exchange;
  readonly #budget: BodyBudget;
  readonly #done: TakeBody;
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** Those of them that the budget counts: all or none. */
  #counted = 0;
  #timer: NodeJS.Timeout | null = null;
  #isOver = false;

  constructor(exchange: Exchange, budget: BodyBudget, done: TakeBody) {
    this.#exchange = exchange;
    this.#budget = budget;
    this.#done = done;
  }

  /** `expectedBytes`: at most so many come. */
  read(expectedBytes: number): void {
    this.#exchange.readBody();
    if (this.#isOver) return;
    const patienceMs = graceMs + expectedBytes / slowestBytesPerMs;
    this.#timer = setTimeout(() => this.#refuse(tooSlow, { closing: true }), patienceMs);
  }

  onBody(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    this.#bytes += chunk.length;
    if (this.#bytes > smallBytes) this.#count();
    this.#pieces.push(chunk);
    if (this.#bytes > limits.payload.syncBytes) this.#refuse(tooLarge);
    else if (this.#counted > 0 && this.#budget.bytes > maxBufferedBytes) this.#refuse(tooMany);
    return true;
  }

  onBodyEnd(): void {
    if (this.#isOver) return;
    this.#end();
    const body = Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [];
    void Promise.resolve(this.#done(body)).then(() => this.#giveBack());
  }

  onClientDrain(): void {}

  onClientGone(): void {
    if (!this.#isOver) this.#giveBack();
  }

  #count(): void {
    this.#budget.bytes += this.#bytes - this.#counted;
    this.#counted = this.#bytes;
  }

  #refuse(problem: Refusal, how: { readonly closing?: boolean } = {}): void {
    this.#giveBack();
    this.#exchange.refuse(problem, how);
  }

  #giveBack(): void {
    this.#end();
    this.#budget.bytes -= this.#counted;
    this.#counted = 0;
    this.#pieces = [];
  }

  #end(): void {
    this.#isOver = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

const tooLarge = refusal(
  413,
  "RequestTooLarge",
  `The body is larger than ${limits.payload.syncBytes} bytes, which is as much as is read whole.`,
  { limit: "body that is read whole", value: `${limits.payload.syncBytes} bytes` },
);

const tooSlow = refusal(408, "BodyTimeout", "The request's body came too slowly to be read whole.", {
  limit: "slowest body that is read whole",
  value: `${graceMs / 1_000} seconds, and one for every ${slowestBytesPerMs * 1_000} bytes`,
});

const tooMany = refusal(
  503,
  "InsufficientResources",
  "Too many large requests are being read; try again in a moment.",
  {
    limit: "bodies in memory that are read whole",
    value: `${maxBufferedBytes} bytes`,
    pairs: ["retry-after", "1"],
  },
);
