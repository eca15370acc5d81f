import { limits } from "../../core/index.ts";
import type { Answerer, Exchange } from "../listener/exchange.ts";
import { refusal, type Refusal } from "../listener/refusal.ts";

/** Bodies of all function URLs together that are in memory at a time. */
const maxBufferedBytes = 32 * limits.payload.syncBytes;

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
  else exchange.readBody();
}

/** States: `reading → over`. */
class BodyCollector implements Answerer {
  readonly #exchange: Exchange;
  readonly #budget: BodyBudget;
  readonly #done: TakeBody;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isOver = false;

  constructor(exchange: Exchange, budget: BodyBudget, done: TakeBody) {
    this.#exchange = exchange;
    this.#budget = budget;
    this.#done = done;
  }

  onBody(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    this.#bytes += chunk.length;
    this.#budget.bytes += chunk.length;
    this.#pieces.push(chunk);
    if (this.#bytes > limits.payload.syncBytes) this.#refuse(tooLarge);
    else if (this.#budget.bytes > maxBufferedBytes) this.#refuse(tooMany);
    return true;
  }

  onBodyEnd(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const body = Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [];
    void Promise.resolve(this.#done(body)).then(() => this.#giveBack());
  }

  onClientDrain(): void {}

  onClientGone(): void {
    if (!this.#isOver) this.#giveBack();
  }

  #refuse(problem: Refusal): void {
    this.#giveBack();
    this.#exchange.refuse(problem);
  }

  #giveBack(): void {
    this.#isOver = true;
    this.#budget.bytes -= this.#bytes;
    this.#bytes = 0;
    this.#pieces = [];
  }
}

const tooLarge = refusal(
  413,
  "RequestTooLarge",
  `The body is larger than ${limits.payload.syncBytes} bytes, which is what a function URL takes where it has to read it whole.`,
  { limit: "body of a request of a function URL", value: `${limits.payload.syncBytes} bytes` },
);

const tooMany = refusal(
  503,
  "InsufficientResources",
  "Too many large requests are being read; try again in a moment.",
  {
    limit: "bodies of function URLs in memory",
    value: `${maxBufferedBytes} bytes`,
    pairs: ["retry-after", "1"],
  },
);
