/** Messages of all connections together that are in memory at a time. */
const maxBytes = 256 * 1024 * 1024;

/** Of one connection: its largest message as an event, and what may come in one piece with it. */
const maxBytesOfOne = 12 * 1024 * 1024;

/** A longer message is refused: what is more is pings. */
const maxUnfinished = 4 * 1024 * 1024;

/** Memory that the messages of WebSockets take, of one door. */
export class MessageBudget {
  #bytes = 0;

  open(): MessageShare {
    return new MessageShare((change) => (this.#bytes += change) <= maxBytes);
  }
}

/** What one connection has in memory: messages that wait for their function, and one that has not come to its end. */
export class MessageShare {
  readonly #change: (bytes: number) => boolean;
  #waiting = 0;
  #unfinished = 0;

  /** @param change gives whether all together are within bounds */
  constructor(change: (bytes: number) => boolean) {
    this.#change = change;
  }

  /** Bytes of a message came. False: there is no room for more. */
  receive(bytes: number): boolean {
    const added = Math.min(bytes, maxUnfinished - this.#unfinished);
    this.#unfinished += added;
    return this.#change(added);
  }

  /** A message is whole. False: there is no room for it. */
  hold(bytes: number): boolean {
    this.#change(-this.#unfinished);
    this.#unfinished = 0;
    this.#waiting += bytes;
    return this.#change(bytes) && this.#waiting <= maxBytesOfOne;
  }

  letGo(bytes: number): void {
    this.#waiting -= bytes;
    this.#change(-bytes);
  }

  /** No more comes. */
  end(): void {
    this.#change(-this.#unfinished);
    this.#unfinished = 0;
  }
}
