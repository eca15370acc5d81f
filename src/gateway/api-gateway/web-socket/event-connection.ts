import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { limits, type TraceContext } from "../../../core/index.ts";
import type { EventCalls, EventSocketApi } from "./event-calls.ts";
import { onInflatedPiece } from "./inflated-pieces.ts";
import type { MessageShare } from "./message-budget.ts";
import { dataEvent } from "./socket-events.ts";

/** Silence after which a connection is closed: nobody sent or pushed anything. */
export const idleMs = 600_000;

/** Bytes that were pushed and that the client has not taken; more is refused. */
const maxUntakenBytes = 8 * 1024 * 1024;

/** How long a client may take to say goodbye when the server stops. */
const lingerMs = 1_000;

/** What all connections of a door stand on. */
export interface EventConnectionHost {
  readonly calls: Pick<EventCalls, "message" | "closing">;
  now(): number;
  /** A bug of ours, which costs its connection. Must not throw. */
  onBug(error: unknown): void;
}

interface EventConnectionParts {
  readonly webSocket: WebSocket;
  /** What the WebSocket reads from. */
  readonly socket: Duplex;
  readonly share: MessageShare;
  readonly connectionId: string;
  readonly api: EventSocketApi;
  readonly handshake: Handshake;
  /** The connection is over. */
  readonly onOver: () => void;
}

/** Its bytes are those of messages, too, and its trace theirs. */
interface Handshake {
  bytesIn: number;
  bytesOut: number;
  readonly trace: TraceContext;
}

/**
 * A client whose messages become events, one after the other: while a function runs, the client is not read from. States:
 * `open → closed`; the closing event follows that of the last message. There are many, most of them idle: each field counts.
 */
export class EventConnection {
  readonly connectionId: string;
  readonly api: EventSocketApi;
  readonly #host: EventConnectionHost;
  readonly #webSocket: WebSocket;
  readonly #share: MessageShare;
  readonly #handshake: Handshake;
  readonly #onOver: () => void;
  /** Messages that came in one piece with one whose function runs. */
  #waiting: string[] | null = null;
  #isRunning = false;
  #isClosed = false;
  /** The closing event was sent. */
  #isOver = false;
  #isRefused = false;
  #isAlive = true;
  #heardAt: number;

  constructor(host: EventConnectionHost, parts: EventConnectionParts) {
    const { webSocket, socket } = parts;
    this.connectionId = parts.connectionId;
    this.api = parts.api;
    this.#host = host;
    this.#webSocket = webSocket;
    this.#share = parts.share;
    this.#handshake = parts.handshake;
    this.#onOver = parts.onOver;
    this.#heardAt = host.now();
    // before the WebSocket does: a message that ends with these bytes gives them back
    socket.prependListener("data", (chunk: Buffer) => this.#onBytes(chunk.length));
    onInflatedPiece(webSocket, (bytes) => this.#onInflated(bytes));
    webSocket.on("message", (data, isBinary) => this.#onMessage(data, isBinary));
    webSocket.on("pong", () => (this.#isAlive = true));
    webSocket.on("error", ignore); // it is closed then, and said so
    webSocket.on("close", () => this.#onClose());
  }

  get trace(): TraceContext {
    return this.#handshake.trace;
  }

  /** Null: it was sent; or why not. */
  push(data: Buffer, isBinary: boolean): string | null {
    const webSocket = this.#webSocket;
    if (this.#isClosed || webSocket.readyState !== webSocket.OPEN) return "The connection is closing.";
    if (webSocket.bufferedAmount > maxUntakenBytes) return "The client does not take what was sent to it before.";
    this.#heardAt = this.#host.now();
    this.#handshake.bytesOut += data.length;
    webSocket.send(data, { binary: isBinary });
    return null;
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
  }

  /** The server stops: who does not say goodbye soon is left. */
  end(): void {
    this.close(1001, "the server is stopping");
    setTimeout(() => this.#webSocket.terminate(), lingerMs).unref();
  }

  /** Called about once a minute: pings, and ends what is gone or silent. */
  look(): void {
    if (!this.#isAlive) return this.#webSocket.terminate();
    if (this.#host.now() - this.#heardAt >= idleMs) return this.close(1001, `silent for ${idleMs / 1_000} s`);
    this.#isAlive = false;
    this.#webSocket.ping();
  }

  #onBytes(bytes: number): void {
    if (this.#takesMore && !this.#share.receive(bytes)) this.#refuse(1013, "too many messages wait");
  }

  #onInflated(bytes: number): void {
    if (this.#takesMore && !this.#share.inflate(bytes)) this.#refuse(1013, "too many messages wait");
  }

  get #takesMore(): boolean {
    return !this.#isClosed && !this.#isRefused;
  }

  /** What it sends cannot be taken. What came before is seen through. */
  #refuse(code: number, reason: string): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.close(code, reason);
    this.#webSocket.pause();
    setTimeout(() => this.#webSocket.terminate(), lingerMs).unref();
  }

  #onMessage(data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean): void {
    if (this.#isRefused) return;
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat([data].flat().map((piece) => Buffer.from(piece as Buffer))); // `nodebuffer` alone is asked for
    this.#isAlive = true;
    this.#heardAt = this.#host.now();
    this.#handshake.bytesIn += bytes.length;
    const event = dataEvent(this.connectionId, bytes, isBinary);
    if (Buffer.byteLength(event) > limits.payload.syncBytes) return this.close(1009, "larger than an event may be");
    if (!this.#share.hold(event.length)) {
      this.#share.letGo(event.length);
      return this.#refuse(1013, "too many messages wait");
    }
    (this.#waiting ??= []).push(event);
    this.#next();
  }

  #next(): void {
    if (this.#isRunning) return;
    const event = this.#waiting?.shift();
    if (event !== undefined) return this.#run(this.#send(event));
    this.#waiting = null;
    if (this.#isClosed) return this.#tellEnd();
    if (this.#webSocket.isPaused && !this.#isRefused) this.#webSocket.resume();
  }

  #tellEnd(): void {
    const { cleanup } = this.api;
    if (this.#isOver) return;
    this.#isOver = true;
    if (cleanup !== null) this.#run(this.#host.calls.closing(this, cleanup));
  }

  #run(work: Promise<void>): void {
    this.#isRunning = true;
    if (!this.#isClosed) this.#webSocket.pause();
    const done = work.then(() => {
      this.#isRunning = false;
      this.#next();
    });
    done.catch((error: unknown) => {
      this.#host.onBug(error);
      for (const lost of this.#waiting?.splice(0) ?? []) this.#share.letGo(lost.length);
      this.#webSocket.terminate();
      this.#isRunning = false;
      if (this.#isClosed) this.#next();
    });
  }

  async #send(event: string): Promise<void> {
    try {
      const outcome = await this.#host.calls.message(this, event);
      if (outcome === "no-room") this.#refuse(1013, "the function has no room");
      if (outcome === "no-function") this.#refuse(1011, "the function does not exist");
    } finally {
      this.#share.letGo(event.length);
    }
  }

  #onClose(): void {
    this.#isClosed = true;
    this.#share.end();
    this.#onOver();
    this.#next();
  }
}

function ignore(): void {}
