import http, { type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import {
  answerAndClose,
  noTunnels,
  refusalOfParserError,
  tooManyPipelined,
  unknownExpectation,
} from "./server/client-error.ts";
import { maxPipelined, trackConnection, trackedConnection, type Connection } from "./connection.ts";
import { NodeAnswer } from "./answer/node-answer.ts";
import type { ClientAnswer } from "./answer/client-answer.ts";
import { DirectConnection, type DirectHost } from "./direct/direct-connection.ts";
import { asksForUpgrade, canBeTakenBack, endBehind, takeBack } from "./direct/take-back.ts";
import type { DirectRequest } from "./direct/direct-request.ts";
import { Exchange } from "./exchange.ts";
import type { ExchangeHost } from "./server/exchange-host.ts";
import { ClientSocket } from "./server/client-socket.ts";
import { Handshakes } from "./server/handshakes.ts";
import { createHttpServer, type HttpServer, type ServerRequest } from "./server/http-server.ts";
import { peerOf, type ClientLine } from "./client-line.ts";
import { Http2Connections } from "./http2/http2-connections.ts";
import type { Http2Request } from "./http2/http2-request.ts";
import { listenAddress } from "./server/listen-address.ts";
import { Port } from "./server/port.ts";
import { sweepsOf, type Sweeps } from "./server/sweeps.ts";
import { TurnedAway } from "./server/turned-away.ts";
import type { ListenerOptions } from "./listener-options.ts";
import { announcesBody, checkRequestLine, unreadHead } from "./request-head.ts";

/** Who answers what the listener has read and found well-formed. */
export interface Handlers {
  onExchange(exchange: Exchange): void;
  /** A change of protocol that `takesUpgrade` agreed to. */
  onUpgrade(exchange: Exchange, socket: Socket, firstBytes: Buffer): void;
  takesUpgrade(request: ServerRequest, connection: Connection): boolean;
  onOver(exchange: Exchange): void;
  /** A request so malformed that there was no exchange. */
  onMalformed(): void;
}

/** A kept-alive connection may have a request on its way when we stop: it is still answered, as the last one, for so long. */
const farewellMs = 200;

/**
 * The one listener. States: `new → listening → closing → closed`. While closing it takes no connection, answers what
 * runs with `Connection: close`, and destroys what is left after the drain time.
 */
export class Listener implements ExchangeHost<Exchange>, DirectHost, AsyncDisposable {
  readonly headerBytes: number;
  readonly headerTimeoutS: number;
  readonly idleTimeoutS: number;
  readonly #options: ListenerOptions;
  readonly #handlers: Handlers;
  readonly #server: HttpServer["server"];
  readonly #port: Port;
  readonly #connectionEvent: HttpServer["connectionEvent"];
  readonly #handshakes = new Handshakes();
  readonly #turnedAway = new TurnedAway();
  /** What makes Node's HTTP server take a socket: documented as an event that one may send oneself. */
  readonly #nodeListeners: readonly Function[];
  readonly #connections = new Set<Connection>();
  readonly #http2 = new Http2Connections(this);
  readonly #sweeps: Sweeps;
  #sweeper: NodeJS.Timeout | null = null;
  #closing: Promise<void> | null = null;
  #isFarewellOver = false;

  constructor(options: ListenerOptions, handlers: Handlers) {
    this.#options = options;
    this.headerBytes = options.headerBytes;
    this.headerTimeoutS = options.headerTimeoutS;
    this.idleTimeoutS = options.idleTimeoutS;
    this.#handlers = handlers;
    this.#sweeps = sweepsOf(options.bodyIdleTimeoutS);
    const http1 = createHttpServer(options, (request) => this.#takesUpgrade(request), options.certificates ?? null);
    this.#server = http1.server;
    this.#port = new Port(this.#server, options);
    this.#connectionEvent = http1.connectionEvent;
    this.#nodeListeners = this.#server.listeners(this.#connectionEvent);
    this.#server.removeAllListeners(this.#connectionEvent);
    if (!this.#isTls) {
      this.#server.on("connection", (accepted: Socket) => {
        const socket = new ClientSocket(accepted);
        if (this.connections >= (options.closesBeyond ?? Infinity)) socket.destroy();
        else if (this.#isTaken(socket)) this.#onConnection(socket);
      });
    } else {
      this.#server.on("connection", (socket: Socket) => {
        if (!this.#isTaken(socket)) return;
        this.#handshakes.begin(socket);
        http1.beginTls(socket);
      });
      this.#server.on("secureConnection", (socket: Socket) => this.#onConnection(socket));
      this.#server.on("tlsClientError", (error: Error, socket: Socket) => this.#handshakes.fail(error, socket));
    }
    this.#server.on("request", (request, response) => this.#onRequest(request, response));
    this.#server.on("checkExpectation", (request, response) => this.#onExpectation(request, response));
    this.#server.on("upgrade", (request, socket, head) => this.#onUpgrade(request, socket, head));
    this.#server.on("connect", (_request, socket) => answerAndClose(socket, noTunnels));
    this.#server.on("clientError", (error, socket) => this.#onClientError(error, socket));
  }

  get isClosing(): boolean {
    return this.#closing !== null;
  }

  get connections(): number {
    return this.#connections.size + this.#http2.size;
  }

  now(): number {
    return this.#options.clock.monotonic();
  }

  onTurn(exchange: Exchange): void {
    this.#handlers.onExchange(exchange);
  }

  onOver(exchange: Exchange): void {
    const { connection } = exchange;
    this.#handlers.onOver(exchange);
    connection.goOn();
  }

  /** Opens the port. Rejects with an Error of one sentence when it cannot be had. */
  async listen(): Promise<{ url: string; port: number }> {
    const address = await this.#port.open();
    this.#sweeper = setInterval(() => this.#sweep(), this.#sweeps.ms);
    this.#sweeper.unref();
    return listenAddress(address, this.#options, this.#isTls ? "https" : "http");
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get #isTls(): boolean {
    return this.#connectionEvent === "secureConnection";
  }

  /** A connection that may not stay hears why where nothing is encrypted; there a handshake would cost the most. */
  #isTaken(socket: Socket): boolean {
    const problem = this.#options.openConnections?.enter(socket, peerOf(socket.remoteAddress, this.#isTls)) ?? null;
    if (problem === null) return true;
    if (this.#isTls) socket.destroy();
    else this.#turnedAway.add(socket, problem);
    return false;
  }

  #onConnection(socket: Socket): void {
    this.#handshakes.end(socket);
    if (socket instanceof TLSSocket && socket.alpnProtocol === "h2") return this.#http2.take(socket);
    const connection = trackConnection(socket, this.#isTls);
    connection.direct = new DirectConnection(socket, connection, this);
    this.#connections.add(connection);
    socket.once("close", () => {
      this.#connections.delete(connection);
      connection.lose();
    });
  }

  onDirect(request: DirectRequest, answer: ClientAnswer, connection: Connection): void {
    const exchange = new Exchange(this, request, answer, connection, request.head);
    connection.next();
    this.onTurn(exchange);
  }

  onStream(request: Http2Request, answer: ClientAnswer, line: ClientLine): void {
    const head = request.readHead(line.peer);
    const exchange = new Exchange(this, request, answer, line, head.kind === "head" ? head : unreadHead);
    if (head.kind === "head") this.onTurn(exchange);
    else exchange.refuse(head);
  }

  handOver(socket: Socket): void {
    for (const listener of this.#nodeListeners) listener.call(this.#server, socket);
  }

  #onRequest(request: ServerRequest, response: ServerResponse): void {
    const exchange = this.#open(request, response);
    if (exchange === null) return;
    if (asksForUpgrade(request)) endBehind(exchange); // Node's parser forgets what came behind it
    trackedConnection(request.socket).next()?.onTurn();
  }

  /** Checks what Node's parser does not; null when the request was refused, or came after one that was. */
  #open(request: ServerRequest, response: ServerResponse): Exchange | null {
    const connection = trackedConnection(request.socket);
    if (connection.isCondemned) return null;
    const head = checkRequestLine(request) ?? connection.headOf(request);
    const answer = new NodeAnswer(response);
    const isFlood = connection.activeExchanges >= maxPipelined;
    if (head.kind === "head" && !isFlood) return new Exchange(this, request, answer, connection, head);
    const exchange = new Exchange(this, request, answer, connection, unreadHead);
    exchange.refuse(head.kind === "refusal" ? head : tooManyPipelined, { closing: true });
    return null;
  }

  #onExpectation(request: ServerRequest, response: ServerResponse): void {
    this.#open(request, response)?.refuse(unknownExpectation, { closing: true });
  }

  #takesUpgrade(request: ServerRequest): boolean {
    const connection = trackedConnection(request.socket);
    // of a request whose body is still to come, Node gives no socket; without an upgrade it is one like any other
    if (this.isClosing || announcesBody(request) || !connection.isQuiet || checkRequestLine(request) !== null)
      return false;
    return this.#handlers.takesUpgrade(request, connection) || canBeTakenBack(request, connection);
  }

  #onUpgrade(request: ServerRequest, _duplex: Duplex, firstBytes: Buffer): void {
    const connection = trackedConnection(request.socket);
    if (!this.#handlers.takesUpgrade(request, connection) && canBeTakenBack(request, connection))
      return takeBack(request, connection, this, firstBytes);
    const { socket } = connection;
    // Node lets go of the socket here; until the protocol has changed, answers still need a response object.
    const response = new http.ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once("finish", () => socket.destroySoon());
    socket.on("error", () => socket.destroy());
    const exchange = this.#open(request, response);
    if (exchange !== null && connection.next() === exchange) this.#handlers.onUpgrade(exchange, socket, firstBytes);
  }

  #onClientError(error: Error, duplex: Duplex): void {
    const socket = duplex as Socket; // a server on `net` gives no other duplex
    const connection = trackedConnection(socket);
    if (connection.isCondemned || connection.isDiscarding) {
      socket.destroySoon(); // the answer to the broken request is on its way already
      return;
    }
    const problem = refusalOfParserError(error, this.#options);
    const isSilent = problem === null || (socket.bytesRead === 0 && problem.httpStatus === 408);
    const isAnswering = connection.activeExchanges > 0;
    connection.lose();
    if (isSilent || (isAnswering && socket.bytesWritten > 0)) {
      socket.destroy();
      return;
    }
    this.#handlers.onMalformed();
    answerAndClose(socket, problem);
  }

  #sweep(): void {
    const { ms, idleSweeps } = this.#sweeps;
    for (const connection of this.#connections) connection.sweep(ms, idleSweeps);
    this.#http2.sweep(ms, idleSweeps);
    if (this.#isFarewellOver) this.#closeIdle();
  }

  async #close(): Promise<void> {
    const closed = this.#untilClosed();
    for (const connection of this.#connections) connection.endTunnel?.();
    this.#http2.announceEnd();
    const farewell = setTimeout(() => {
      this.#isFarewellOver = true;
      this.#closeIdle();
    }, farewellMs);
    const timer = setTimeout(() => this.#destroyAll(), this.#options.drainTimeoutS * 1_000);
    await closed;
    clearTimeout(farewell);
    clearTimeout(timer);
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
  }

  /** The server takes no more, and the last connection is closed: it counts those with TLS alone. */
  async #untilClosed(): Promise<void> {
    await this.#port.close();
    for (const { socket } of this.#connections) await new Promise((resolve) => socket.once("close", resolve));
  }

  #closeIdle(): void {
    this.#handshakes.breakOff();
    this.#turnedAway.breakOff();
    this.#http2.close();
    this.#server.closeIdleConnections();
    for (const { direct, socket } of this.#connections) if (direct?.isIdle === true) socket.destroy();
  }

  #destroyAll(): void {
    const running =
      [...this.#connections].filter((connection) => connection.activeExchanges > 0).length +
      this.#http2.activeExchanges;
    if (running > 0) this.#options.logger.warn({ running }, "Calls did not finish in the drain time and were cut off");
    for (const connection of this.#connections) connection.socket.destroy();
    this.#http2.destroyAll();
  }
}
