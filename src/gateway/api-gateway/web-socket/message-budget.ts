/** Messages of all connections together that are in memory at a time. */
const maxBytes = 256 * 1024 * 1024;

/** Of one connection: its largest message as an event, and what may come in one piece with it. */
const maxBytesOfOne = 12 * 1024 * 1024;

/** Largest message of a client: as an event, in base64, it is what a function may get. */
export const maxMessageBytes = 4 * 1024 * 1024;

/** Memory that the messages of WebSockets take, of one door. */
export class MessageBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(most = maxBytes) {
    this.#maxBytes = most;
  }

  open(): MessageShare {
    return new MessageShare(this);
  }

  /** Whether all together are within bounds then. */
  change(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#bytes <= this.#maxBytes;
  }
}

/** What one connection has in memory: messages that wait for their function, and one that has not come to its end. */
export class MessageShare {
  readonly #budget: MessageBudget;
  #waiting = 0;
  /** As it came, and of a compressed one what its pieces have become. */
  #unfinished = 0;
  #inflated = 0;

  constructor(budget: MessageBudget) {
    this.#budget = budget;
  }

  /** Bytes of a message came. False: there is no room for more. */
  receive(bytes: number): boolean {
    const added = Math.min(bytes, maxMessageBytes - this.#unfinished); // a longer one is refused: what is more is pings
    this.#unfinished += added;
    return this.#budget.change(added);
  }

  /** A piece of a compressed message has become so long; the message is at most as long as any may be. False: there is no room for more. */
  inflate(bytes: number): boolean {
    this.#inflated += bytes;
    return this.#budget.change(bytes);
  }

  /** A message is whole. False: there is no room for it. */
  hold(bytes: number): boolean {
    this.end();
    this.#waiting += bytes;
    return this.#budget.change(bytes) && this.#waiting <= maxBytesOfOne;
  }

  letGo(bytes: number): void {
    this.#waiting -= bytes;
    this.#budget.change(-bytes);
  }

  /** No more of the unfinished message comes. */
  end(): void {
    this.#budget.change(-this.#unfinished - this.#inflated);
    this.#unfinished = 0;
    this.#inflated = 0;
  }
}
