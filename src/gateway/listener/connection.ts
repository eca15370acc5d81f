import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { ClientAnswer } from "./answer/client-answer.ts";
import { peerOf, type ClientLine, type Peer, type PendingExchange } from "./client-line.ts";
import { readHead, type RequestHead } from "./request-head.ts";
import type { Refusal } from "./refusal.ts";

/** What reads a connection until Node's HTTP server does. */
interface DirectReading {
  /** No request is being answered. */
  readonly isIdle: boolean;
  /** The exchange is over. */
  goOn(): void;
  /** Called every `ms`. */
  sweep(ms: number): void;
}

/** Requests that one client may have sent ahead of their answers. */
export const maxPipelined = 64;

/** How long, in sweeps, the rest of a request's body is read and thrown away after its answer. */
const discardSweeps = 10;

/** After so many different heads in a row a connection's heads are no longer compared. */
const maxMisses = 8;

/**
 * One client connection: the exchanges under way on it, and the last head it sent (clients repeat themselves, and
 * comparing ten headers costs a tenth of reading them).
 */
export class Connection implements ClientLine {
  readonly socket: Socket;
  readonly peer: Peer;
  readonly #exchanges: PendingExchange[] = [];
  #running: PendingExchange | null = null;
  #lastHead: RequestHead | null = null;
  #lastAnswer: ClientAnswer | null = null;
  #misses = 0;
  #discarded: { readonly complete: boolean } | null = null;
  #discardedSweeps = 0;
  /** Bytes of an ended exchange's answer that its client has not taken. */
  #untaken = 0;
  #untakenSweeps = 0;
  /** Its last answer says `close`, and nothing that follows on it is looked at. */
  isCondemned = false;
  /** Ends a connection that no longer speaks HTTP; null while it does. */
  endTunnel: (() => void) | null = null;
  /** Null once Node's HTTP server reads it. */
  direct: DirectReading | null = null;

  constructor(socket: Socket, isTls: boolean) {
    this.socket = socket;
    this.peer = peerOf(socket.remoteAddress, isTls);
  }

  /**
   * The exchange whose turn has come, once; null while another runs. Pipelined requests are answered one after the
   * other, as a later one may depend on what an earlier one did.
   */
  next(): PendingExchange | null {
    const first = this.#exchanges[0];
    if (first === undefined || first === this.#running || this.socket.destroyed) return null;
    this.#running = first;
    return first;
  }

  get untakenBytes(): number {
    return this.socket.writableLength;
  }

  goOn(): void {
    this.next()?.onTurn();
    this.direct?.goOn();
  }

  condemn(): void {
    this.isCondemned = true;
  }

  breakOff(): void {
    this.socket.destroy();
  }

  get activeExchanges(): number {
    return this.#exchanges.length;
  }

  /** Nothing runs, and the last answer has left altogether: the socket belongs to nobody. */
  get isQuiet(): boolean {
    if (this.isCondemned || this.#exchanges.length > 0) return false;
    return this.#lastAnswer?.hasLeft ?? true;
  }

  /** Whether the rest of an answered request's body is still coming in. */
  get isDiscarding(): boolean {
    return this.#discarded !== null && !this.#discarded.complete;
  }

  headOf(request: IncomingMessage): RequestHead | Refusal {
    const last = this.#lastHead;
    if (last !== null && isSame(last.rawHeaders, request.rawHeaders)) {
      this.#misses = 0;
      last.isRepeated = true;
      return last;
    }
    const head = readHead(request, this.peer);
    const isWorthKeeping = head.kind === "head" && this.#misses++ < maxMisses;
    this.#lastHead = isWorthKeeping ? head : null;
    return head;
  }

  add(exchange: PendingExchange): void {
    this.#exchanges.push(exchange);
  }

  remove(exchange: PendingExchange): void {
    this.#lastAnswer = exchange.answer;
    if (exchange === this.#running) this.#running = null;
    if (this.#exchanges.at(-1) === exchange) this.#exchanges.pop();
    else {
      const index = this.#exchanges.indexOf(exchange);
      if (index >= 0) this.#exchanges.splice(index, 1);
    }
    if (!exchange.request.complete) {
      this.#discarded = exchange.request;
      this.#discardedSweeps = 0;
    }
  }

  /** The client is gone, or what it sends is no HTTP any more. */
  lose(): void {
    for (const exchange of this.#exchanges.splice(0)) exchange.onLost();
  }

  /** Called every `ms`, about once a second: looks for what makes no progress. */
  sweep(ms: number, idleSweeps: number): void {
    this.direct?.sweep(ms);
    for (const exchange of this.#exchanges) exchange.sweep(idleSweeps);
    this.#sweepLastAnswer(idleSweeps);
    if (this.#discarded === null) return;
    if (this.#discarded.complete) {
      this.#discarded = null;
      return;
    }
    if (++this.#discardedSweeps > discardSweeps) this.socket.destroy();
  }

  /** Between exchanges only the answer before can be under way: a client that does not take it is left. */
  #sweepLastAnswer(idleSweeps: number): void {
    const untaken = this.#exchanges.length === 0 ? this.untakenBytes : 0;
    this.#untakenSweeps = untaken > 0 && untaken === this.#untaken ? this.#untakenSweeps + 1 : 0;
    this.#untaken = untaken;
    if (this.#untakenSweeps >= idleSweeps) this.socket.destroy();
  }
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) {
    if (left[i] !== right[i]) return false;
  }
  return true;
}

const connectionOf = Symbol("connection");

interface TrackedSocket extends Socket {
  [connectionOf]?: Connection;
}

/** Remembers a connection on its socket: a property is cheaper per request than a map. */
export function trackConnection(socket: TrackedSocket, isTls: boolean): Connection {
  const connection = new Connection(socket, isTls);
  socket[connectionOf] = connection;
  return connection;
}

/** The connection of a socket; made at once for a socket that was never announced. */
export function trackedConnection(socket: TrackedSocket): Connection {
  return socket[connectionOf] ?? trackConnection(socket, socket instanceof TLSSocket);
}
