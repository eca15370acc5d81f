import type { Readable } from "node:stream";
import type { DirectRequest } from "./direct/direct-request.ts";
import { Http2Request } from "./http2/http2-request.ts";
import type { ServerRequest } from "./server/http-server.ts";

export type ClientRequest = ServerRequest | DirectRequest | Http2Request;

/** Takes a request's body piece by piece. */
export interface BodySink {
  /** False: no further piece until `resume`. */
  onPiece(chunk: Buffer): boolean;
  onLastPiece(rawTrailers: readonly string[]): void;
}

/** The body of a request while it is read. States: `flowing ⇄ held → complete`. */
export class RequestBody {
  readonly #request: ServerRequest | Http2Request;
  readonly #stream: Readable;
  readonly #sink: BodySink;
  #isHeld = false;
  #isComplete = false;

  constructor(request: ServerRequest | Http2Request, sink: BodySink) {
    this.#request = request;
    this.#sink = sink;
    this.#stream = request instanceof Http2Request ? request.stream : request;
    bodies.set(this.#stream, this);
    this.#stream.on("data", onData);
    this.#stream.on("end", onEnd);
  }

  /** Whether the client has to send something for this to go on. */
  get isAwaited(): boolean {
    return !this.#isHeld && !this.#isComplete;
  }

  resume(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#stream.resume();
  }

  take(chunk: Buffer): void {
    if (this.#sink.onPiece(chunk)) return;
    this.#isHeld = true;
    this.#stream.pause();
  }

  complete(): void {
    this.#isComplete = true;
    this.#sink.onLastPiece(this.#request.rawTrailers);
  }
}

/** Shared listeners look the body up instead of closing over it. */
const bodies = new WeakMap<Readable, RequestBody>();

function onData(this: Readable, chunk: Buffer): void {
  bodies.get(this)?.take(chunk);
}

function onEnd(this: Readable): void {
  bodies.get(this)?.complete();
}
