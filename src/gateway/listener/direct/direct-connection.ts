import type { Socket } from "node:net";
import type { Connection } from "../connection.ts";
import { ClientSocket } from "../server/client-socket.ts";
import { DirectAnswer } from "./direct-answer.ts";
import { createDirectReader, type DirectReader, type DirectRequest } from "./direct-request.ts";

/** What a direct connection needs of its listener. */
export interface DirectHost {
  readonly headerBytes: number;
  readonly headerTimeoutS: number;
  readonly idleTimeoutS: number;
  onDirect(request: DirectRequest, answer: DirectAnswer, connection: Connection): void;
  /** Node's HTTP server takes the socket, with what can be read from it. */
  handOver(socket: Socket): void;
}

/** What a client may send ahead while its request is being answered, before it is read no further. */
const maxAheadBytes = 64 * 1024;

/**
 * A connection while all its requests are simple: read and answered on the socket itself.
 *
 * reading ⇄ answering (and until the client has taken the answer); reading → (anything not simple) given to Node's HTTP server, which gives it
 * back only with a request that asked for another protocol in vain; any → closed
 */
export class DirectConnection {
  readonly #socket: Socket;
  readonly #connection: Connection;
  readonly #host: DirectHost;
  readonly #read: DirectReader;
  readonly #answer: DirectAnswer;
  readonly #onPiece = (piece: Buffer): void => this.#take(piece);
  readonly #onDrain = (): void => {
    if (!this.#isAnswering) this.goOn();
  };
  readonly #onEnd = (): void => void this.#socket.end();
  #isAnswering = false;
  #ahead: Buffer[] = [];
  #aheadBytes = 0;
  /** Milliseconds without a request, as far as sweeps have seen. */
  #idleMs = 0;
  #hasServed = false;

  constructor(socket: Socket, connection: Connection, host: DirectHost) {
    this.#socket = socket;
    this.#connection = connection;
    this.#host = host;
    this.#read = createDirectReader(connection.peer, host.headerBytes);
    this.#answer = new DirectAnswer(socket, host.idleTimeoutS);
    if (socket instanceof ClientSocket) {
      socket.onPiece = this.#onPiece;
      socket.resume();
    } else socket.on("data", this.#onPiece);
    socket.on("drain", this.#onDrain);
    socket.on("end", this.#onEnd);
    socket.on("error", ignore); // 'close' follows and is listened to
  }

  get isIdle(): boolean {
    return !this.#isAnswering && this.#ahead.length === 0 && this.#socket.writableLength === 0;
  }

  /** Answers a request that Node's parser has read; `rest` came behind it. */
  takeBack(request: DirectRequest, rest: Buffer): void {
    if (rest.length > 0) this.#keep(rest);
    this.#begin(request);
  }

  /** The exchange is over, or the client has taken its answer: what came meanwhile is looked at. */
  goOn(): void {
    this.#isAnswering = false;
    if (this.#socket.destroyed || this.#answer.isLast) this.#ahead = []; // nobody would hear the answer
    if (this.#ahead.length === 0 || this.#connection.isCondemned || this.#socket.writableNeedDrain) return;
    const bytes = Buffer.concat(this.#ahead);
    this.#ahead = [];
    this.#aheadBytes = 0;
    this.#socket.resume();
    this.#take(bytes);
  }

  /** Called every `ms`: a connection that says nothing is closed without a word. */
  sweep(ms: number): void {
    if (!this.isIdle) return;
    this.#idleMs += ms;
    const { headerTimeoutS, idleTimeoutS } = this.#host;
    if (this.#idleMs > (this.#hasServed ? idleTimeoutS : headerTimeoutS) * 1_000) this.#socket.destroy();
  }

  /** `piece` is valid during the call only. */
  #take(piece: Buffer): void {
    if (this.#connection.isCondemned) return;
    if (this.#isAnswering || this.#socket.writableNeedDrain) return this.#keep(Buffer.from(piece));
    const request = this.#read(piece);
    if (request === null) this.#handOver(Buffer.from(piece));
    else this.#begin(request);
  }

  #begin(request: DirectRequest): void {
    this.#isAnswering = true;
    this.#hasServed = true;
    this.#idleMs = 0;
    this.#answer.renew(request.method);
    if (request.isLast) {
      this.#answer.closeAfter();
      this.#connection.isCondemned = true; // what follows is not looked at
    }
    this.#host.onDirect(request, this.#answer, this.#connection);
  }

  #keep(chunk: Buffer): void {
    this.#ahead.push(chunk);
    this.#aheadBytes += chunk.length;
    if (this.#aheadBytes > maxAheadBytes || this.#socket.writableNeedDrain) this.#socket.pause();
  }

  #handOver(bytes: Buffer): void {
    const socket = this.#socket;
    if (socket instanceof ClientSocket) socket.onPiece = null;
    else socket.off("data", this.#onPiece);
    socket.off("drain", this.#onDrain);
    socket.off("end", this.#onEnd);
    socket.off("error", ignore);
    this.#connection.direct = null;
    this.#answer.letGo();
    socket.pause();
    socket.unshift(bytes);
    this.#host.handOver(socket);
    socket.resume();
  }
}

function ignore(): void {}
