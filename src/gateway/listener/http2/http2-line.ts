import { constants, type ServerHttp2Stream } from "node:http2";
import type { ClientLine, Peer, PendingExchange } from "../client-line.ts";

/** One stream, which is all that its exchange has of the connection. */
export class Http2Line implements ClientLine {
  readonly peer: Peer;
  readonly #stream: ServerHttp2Stream;
  #exchange: PendingExchange | null = null;
  #isLeft = false;

  constructor(stream: ServerHttp2Stream, peer: Peer) {
    this.#stream = stream;
    this.peer = peer;
  }

  get untakenBytes(): number {
    return this.#stream.writableLength;
  }

  add(exchange: PendingExchange): void {
    this.#exchange = exchange;
  }

  remove(exchange: PendingExchange): void {
    this.#exchange = null;
    if (exchange.request.complete || this.#stream.closed) return;
    // the rest of the body is wanted no longer: RFC 9113, 8.1
    const stop = (): void => this.#stream.close(constants.NGHTTP2_NO_ERROR);
    if (this.#stream.writableFinished) stop();
    else this.#stream.once("finish", stop);
  }

  goOn(): void {}

  condemn(): void {}

  breakOff(): void {
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  /** The client has reset the stream, or is gone. True: before it had its answer. */
  lose(): boolean {
    const exchange = this.#exchange;
    exchange?.onLost();
    return exchange !== null;
  }

  /** Called every `ms`. Behind its exchange, the rest of an answer may take as long as the client takes some of it. */
  sweep(ms: number, idleSweeps: number): void {
    if (this.#exchange !== null) return this.#exchange.sweep(idleSweeps);
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#stream.setTimeout(ms * idleSweeps, () => this.#stream.close(constants.NGHTTP2_CANCEL));
  }
}
