import http2, { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { peerOf, type Peer } from "../client-line.ts";
import { Http2Answer } from "../answer/http2-answer.ts";
import { Http2Line } from "./http2-line.ts";
import { Http2Request } from "./http2-request.ts";

interface Http2Host {
  readonly headerBytes: number;
  readonly headerTimeoutS: number;
  readonly idleTimeoutS: number;
  onStream(request: Http2Request, answer: Http2Answer, line: Http2Line): void;
}

/** Requests that one client may have under way on a connection. */
const maxStreams = 128;
/** What a client may send ahead of being read: of one body, and of all on a connection. */
const streamWindowBytes = 256 * 1024;
const connectionWindowBytes = 1024 * 1024;
/** Between two sweeps, which are a second apart at most; more of them are an attack and no browsing. */
const most = { resets: 256, pings: 64, settings: 16 } as const;

/** The connections that speak HTTP/2: each stream of them is an exchange of its own. */
export class Http2Connections {
  readonly #host: Http2Host;
  readonly #connections = new Set<Http2Connection>();
  #isClosing = false;

  constructor(host: Http2Host) {
    this.#host = host;
  }

  get size(): number {
    return this.#connections.size;
  }

  get activeExchanges(): number {
    let active = 0;
    for (const connection of this.#connections) active += connection.activeExchanges;
    return active;
  }

  take(socket: Socket): void {
    const connection = new Http2Connection(socket, this.#host);
    this.#connections.add(connection);
    socket.once("close", () => this.#connections.delete(connection));
    if (this.#isClosing) connection.announceEnd();
  }

  sweep(ms: number, idleSweeps: number): void {
    for (const connection of this.#connections) connection.sweep(ms, idleSweeps);
  }

  /** Asks clients to send nothing more on their connections; what is on its way is still answered. */
  announceEnd(): void {
    this.#isClosing = true;
    for (const connection of this.#connections) connection.announceEnd();
  }

  /** Ends each connection with its last stream. */
  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  destroyAll(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}

/** States: `open → (announceEnd) ending → (close) closing → closed`; any → closed. */
class Http2Connection {
  readonly #host: Http2Host;
  readonly #socket: Socket;
  readonly #session: ServerHttp2Session;
  readonly #peer: Peer;
  readonly #lines = new Set<Http2Line>();
  #hasServed = false;
  #idleMs = 0;
  #resets = 0;
  #pings = 0;
  #settings = 0;

  constructor(socket: Socket, host: Http2Host) {
    this.#host = host;
    this.#socket = socket;
    this.#peer = peerOf(socket.remoteAddress, true);
    this.#session = http2.performServerHandshake(socket, {
      settings: {
        enablePush: false,
        maxConcurrentStreams: maxStreams,
        maxHeaderListSize: host.headerBytes,
        initialWindowSize: streamWindowBytes,
      },
    });
    this.#session.setLocalWindowSize(connectionWindowBytes);
    this.#session.on("stream", (stream, _headers, flags, pairs: string[]) => this.#onStream(stream, flags, pairs));
    this.#session.on("ping", () => this.#bear(++this.#pings, most.pings));
    this.#session.on("remoteSettings", () => this.#bear(++this.#settings, most.settings));
    this.#session.on("error", ignore); // 'close' of the socket follows
  }

  get activeExchanges(): number {
    return this.#lines.size;
  }

  sweep(ms: number, idleSweeps: number): void {
    this.#resets = this.#pings = this.#settings = 0;
    if (this.#session.destroyed) return this.destroy(); // its last words have had their time
    for (const line of this.#lines) line.sweep(ms, idleSweeps);
    if (this.#lines.size > 0) return;
    this.#idleMs += ms;
    const { headerTimeoutS, idleTimeoutS } = this.#host;
    if (this.#idleMs <= (this.#hasServed ? idleTimeoutS : headerTimeoutS) * 1_000) return;
    if (this.#isOpen) this.#session.close();
    else this.destroy();
  }

  announceEnd(): void {
    if (this.#isOpen) this.#session.goaway(constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1);
  }

  close(): void {
    if (this.#isOpen) this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
    this.#socket.destroy();
  }

  get #isOpen(): boolean {
    return !this.#session.closed && !this.#session.destroyed;
  }

  #onStream(stream: ServerHttp2Stream, flags: number, pairs: readonly string[]): void {
    const line = new Http2Line(stream, this.#peer);
    this.#lines.add(line);
    this.#hasServed = true;
    this.#idleMs = 0;
    const onLost = (): void => {
      this.#lines.delete(line);
      if (line.lose()) this.#bear(++this.#resets, most.resets);
    };
    stream.once("aborted", onLost);
    stream.once("close", onLost);
    stream.on("error", ignore); // 'close' follows
    const request = new Http2Request(stream, pairs, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0);
    this.#host.onStream(request, new Http2Answer(stream, request.method), line);
  }

  #bear(count: number, limit: number): void {
    if (count <= limit || this.#session.destroyed) return;
    this.#session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    this.#session.destroy();
  }
}

function ignore(): void {}
