import type { IncomingMessage } from "node:http";

/** Takes a request's body piece by piece. */
export interface BodySink {
  /** False: no further piece until `resume`. */
  onPiece(chunk: Buffer): boolean;
  onLastPiece(rawTrailers: readonly string[]): void;
}

/** The body of a request while it is read. States: `flowing ⇄ held → complete`. */
export class RequestBody {
  readonly #request: IncomingMessage;
  readonly #sink: BodySink;
  #isHeld = false;
  #isComplete = false;

  constructor(request: IncomingMessage, sink: BodySink) {
    this.#request = request;
    this.#sink = sink;
    bodies.set(request, this);
    request.on("data", onData);
    request.on("end", onEnd);
  }

  /** Whether the client has to send something for this to go on. */
  get isAwaited(): boolean {
    return !this.#isHeld && !this.#isComplete;
  }

  resume(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#request.resume();
  }

  take(chunk: Buffer): void {
    if (this.#sink.onPiece(chunk)) return;
    this.#isHeld = true;
    this.#request.pause();
  }

  complete(): void {
    this.#isComplete = true;
    this.#sink.onLastPiece(this.#request.rawTrailers);
  }
}

/** Shared listeners look the body up instead of closing over it. */
const bodies = new WeakMap<IncomingMessage, RequestBody>();

function onData(this: IncomingMessage, chunk: Buffer): void {
  bodies.get(this)?.take(chunk);
}

function onEnd(this: IncomingMessage): void {
  bodies.get(this)?.complete();
}
