import type { Duplex } from "node:stream";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import type { WebSocket } from "ws";
import { limits, newRequestId, type FunctionTarget } from "../../../core/index.ts";
import type { Invoker } from "../../../scheduler/index.ts";
import type { ApiOfRequest } from "../api-of-request.ts";
import type { EventSink } from "../backends/event-sink.ts";
import type { MessageShare } from "./message-budget.ts";
import { closingEvent, dataEvent } from "./socket-events.ts";

/** Silence after which a connection is closed: nobody sent or pushed anything. */
export const idleMs = 600_000;

/** Bytes that were pushed and that the client has not taken; more is refused. */
const maxUntakenBytes = 8 * 1024 * 1024;

/** Statuses of calls that did not begin, for want of room. */
const busy: ReadonlySet<number> = new Set([429, 432]);

/** A message whose function has no room comes again after a pause, each twice as long as the one before. */
const firstPauseMs = 100;
const lastPauseMs = 12_800;

/** How long a client may take to say goodbye when the server stops. */
const lingerMs = 1_000;

interface EventConnectionParts {
  readonly webSocket: WebSocket;
  /** What the WebSocket reads from. */
  readonly socket: Duplex;
  readonly share: MessageShare;
  readonly connectionId: string;
  readonly api: ApiOfRequest;
  readonly transport: FunctionTarget;
  readonly cleanup: FunctionTarget | null;
  readonly invoker: Invoker;
  /** Takes closing events for which a function has no room. */
  readonly events: EventSink;
  /** Variables of each call. */
  readonly variables: Readonly<Record<string, string>>;
  readonly now: () => number;
  /** The connection is over. */
  onOver(bytesIn: number, bytesOut: number): void;
  /** A bug of ours, which costs its connection. Must not throw. */
  onBug(error: unknown): void;
}

/**
 * A client whose messages become events, one after the other: while a function runs, the client is not read from. States:
 * `open → closed`; the closing event follows that of the last message.
 */
export class EventConnection {
  readonly connectionId: string;
  readonly api: ApiOfRequest;
  readonly #parts: EventConnectionParts;
  /** Messages that came in one piece with one whose function runs. */
  readonly #waiting: string[] = [];
  #isRunning = false;
  #isClosed = false;
  #isRefused = false;
  #isAlive = true;
  #heardAt: number;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(parts: EventConnectionParts) {
    const { webSocket, socket, connectionId, api } = parts;
    this.connectionId = connectionId;
    this.api = api;
    this.#parts = parts;
    this.#heardAt = parts.now();
    // before the WebSocket does: a message that ends with these bytes gives them back
    socket.prependListener("data", (chunk: Buffer) => this.#onBytes(chunk.length));
    webSocket.on("message", (data, isBinary) => this.#onMessage(data, isBinary));
    webSocket.on("pong", () => (this.#isAlive = true));
    webSocket.on("error", () => undefined); // it is closed then, and said so
    webSocket.on("close", () => this.#onClose());
  }

  /** Null: it was sent; or why not. */
  push(data: Buffer, isBinary: boolean): string | null {
    const { webSocket, now } = this.#parts;
    if (this.#isClosed || webSocket.readyState !== webSocket.OPEN) return "The connection is closing.";
    if (webSocket.bufferedAmount > maxUntakenBytes) return "The client does not take what was sent to it before.";
    this.#heardAt = now();
    this.#bytesOut += data.length;
    webSocket.send(data, { binary: isBinary });
    return null;
  }

  close(code: number, reason: string): void {
    this.#parts.webSocket.close(code, reason);
  }

  /** The server stops: who does not say goodbye soon is left. */
  end(): void {
    this.close(1001, "the server is stopping");
    setTimeout(() => this.#parts.webSocket.terminate(), lingerMs).unref();
  }

  /** Called about once a minute: pings, and ends what is gone or silent. */
  look(): void {
    const { webSocket, now } = this.#parts;
    if (!this.#isAlive) return webSocket.terminate();
    if (now() - this.#heardAt >= idleMs) return this.close(1001, `silent for ${idleMs / 1_000} s`);
    this.#isAlive = false;
    webSocket.ping();
  }

  #onBytes(bytes: number): void {
    if (!this.#isClosed && !this.#isRefused && !this.#parts.share.receive(bytes)) this.#refuse();
  }

  /** There is no room for what it sends. What came before is seen through. */
  #refuse(): void {
    this.#isRefused = true;
    const { webSocket } = this.#parts;
    this.close(1013, "too many messages wait");
    webSocket.pause();
    setTimeout(() => webSocket.terminate(), lingerMs).unref();
  }

  #onMessage(data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean): void {
    if (this.#isRefused) return;
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat([data].flat().map((piece) => Buffer.from(piece as Buffer))); // `nodebuffer` alone is asked for
    this.#isAlive = true;
    this.#heardAt = this.#parts.now();
    this.#bytesIn += bytes.length;
    const event = dataEvent(this.connectionId, bytes, isBinary);
    if (Buffer.byteLength(event) > limits.payload.syncBytes) return this.close(1009, "larger than an event may be");
    if (!this.#parts.share.hold(event.length)) {
      this.#parts.share.letGo(event.length);
      return this.#refuse();
    }
    this.#waiting.push(event);
    this.#next();
  }

  #next(): void {
    if (this.#isRunning) return;
    const event = this.#waiting.shift();
    const { webSocket, transport, cleanup, onBug } = this.#parts;
    if (event === undefined && !this.#isClosed)
      return webSocket.isPaused && !this.#isRefused ? webSocket.resume() : undefined;
    const target = event === undefined ? cleanup : transport;
    if (target === null || this.#isOver) return;
    this.#isOver = event === undefined;
    this.#isRunning = true;
    if (!this.#isClosed) webSocket.pause();
    this.#run(target, event ?? closingEvent(this.connectionId)).catch((error: unknown) => {
      onBug(error);
      for (const lost of this.#waiting.splice(0)) this.#parts.share.letGo(lost.length);
      webSocket.terminate();
    });
  }

  /** The closing event was sent. */
  #isOver = false;

  async #run({ namespace, functionName: name, qualifier }: FunctionTarget, payload: string): Promise<void> {
    const { invoker, variables } = this.#parts;
    const target = { namespace, name, qualifier };
    const isLast = this.#isOver;
    // A failure is its function's owner's to see, in the log; the next message may do better. One that did not get to run comes again.
    try {
      for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
        const { record } = await invoker.invoke(
          { requestId: newRequestId(), target, kind: "sync", retry: 0, payload, variables },
          { signal: neverAborted },
        );
        if (!busy.has(record.status)) break;
        if (isLast) {
          const event = { requestId: newRequestId(), payload, variables };
          await this.#parts.events.accept({ namespace, functionName: name, qualifier }, event);
          break;
        }
        if (pauseMs > lastPauseMs) {
          this.#refuse();
          break;
        }
        await setTimeoutPromise(pauseMs);
      }
    } finally {
      if (!isLast) this.#parts.share.letGo(payload.length);
    }
    this.#isRunning = false;
    this.#next();
  }

  #onClose(): void {
    this.#isClosed = true;
    this.#parts.share.end();
    this.#parts.onOver(this.#bytesIn, this.#bytesOut);
    this.#next();
  }
}

/** A function that got a message sees it through, whether its client stays or not. */
const neverAborted = new AbortController().signal;
