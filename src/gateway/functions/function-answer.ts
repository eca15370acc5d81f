import { PlatformError, traceHeaders, type FunctionVersion } from "../../core/index.ts";
import type { HttpCall, HttpInvocation, HttpReceiver, Invoker, Route } from "../../scheduler/index.ts";
import type { Answerer } from "../listener/answer/answerer.ts";
import type { StreamedAnswer } from "../listener/answer/streamed-answer.ts";
import type { Exchange } from "../listener/exchange.ts";
import type { Upgrade } from "../proxy/tunnel/tunnel.ts";
import { FunctionTunnel } from "./function-tunnel.ts";

/** Bodies up to this announced size are read whole and travel with the call's head. */
const inlineBodyBytes = 64 * 1024;

export interface FunctionRequest {
  readonly route: Route;
  readonly path: string;
  /** End-to-end headers: the same list for calls whose head repeats. */
  readonly headers: readonly string[];
  /** What a WebSocket needs; absent where none was asked for. */
  readonly webSocket?: WebSocketRequest;
}

export interface WebSocketRequest extends Upgrade {
  /** The socket has a reader from now on. */
  endWatch(): void;
  /** The server stops: what has no end of its own is not begun any more. */
  isClosing(): boolean;
  /** A callback threw: a bug of ours, which costs its connection and not the server. Must not throw. */
  onBug(error: unknown): void;
}

/** Answers an exchange with an HTTP function. */
export function answerWithFunction(exchange: Exchange, invoker: Invoker, request: FunctionRequest): void {
  new FunctionAnswer(exchange, invoker, request).start();
}

/**
 * Both sides of one call. States: `collecting` (a small body is read whole) → `running` → `over`; a body that is
 * large or of unknown length goes straight to `running` and follows in pieces, as does one that waits for permission, which it
 * gets when an instance has the call. A call that changes the protocol goes on as a `FunctionTunnel`.
 */
class FunctionAnswer implements Answerer, HttpReceiver {
  readonly #exchange: Exchange;
  readonly #invoker: Invoker;
  readonly #request: FunctionRequest;
  #call: HttpCall | null = null;
  #isOver = false;
  /** Pieces of a body that is collected; null when it is streamed or already sent. */
  #collected: Buffer[] | null = null;
  /** The client sends its body when it is told to. */
  #awaitsPermission = false;
  /** Bytes written to a client that has not taken them yet. */
  #ungranted = 0;
  /** Null also where the answer came in one piece: the exchange keeps it until its record is safe. */
  #streamed: StreamedAnswer | null = null;
  /** Once the protocol was changed. */
  #tunnel: FunctionTunnel | null = null;
  /** What is wrong with the answer's head. */
  #badHead: PlatformError | null = null;

  constructor(exchange: Exchange, invoker: Invoker, request: FunctionRequest) {
    this.#exchange = exchange;
    this.#invoker = invoker;
    this.#request = request;
  }

  start(): void {
    const { head, collected } = this.#exchange;
    const { bodyLength } = head;
    this.#exchange.own(this);
    if (bodyLength === 0) {
      this.#run("");
      return;
    }
    const isLater = head.expectsContinue && collected === null;
    this.#awaitsPermission = isLater;
    const isSmall = bodyLength !== null && bodyLength <= inlineBodyBytes;
    if (isSmall && !isLater) this.#collected = [];
    else this.#run(undefined);
    if (!this.#isOver && !isLater) this.#exchange.readBody();
  }

  #run(body: Buffer | string | undefined): void {
    const { requestId, request, head, trace } = this.#exchange;
    const { route, path, headers, webSocket } = this.#request;
    const isRepeated = head.isRepeated && webSocket === undefined; // which has a key of its own each time
    const own = ["x-scf-request-id", requestId, ...traceHeaders(trace)];
    const invocation: HttpInvocation = {
      requestId,
      target: { namespace: route.namespace, name: route.name, qualifier: route.qualifier },
      kind: "http",
      retry: 0,
      method: request.method,
      path,
      rawHeaders: isRepeated ? own : [...own, ...headers],
      sharedHeaders: isRepeated ? headers : undefined, // encoding them apart is worth it only for the next call
      body,
      isUpgrade: webSocket !== undefined,
    };
    const call = this.#invoker.startHttp(invocation, this);
    if (!this.#isOver) this.#call = call;
  }

  onBody(chunk: Buffer): boolean {
    if (this.#collected === null) return this.#call?.write(chunk) ?? true;
    this.#collected.push(chunk);
    return true;
  }

  onBodyEnd(rawTrailers: readonly string[]): void {
    const pieces = this.#collected;
    if (pieces === null) {
      this.#call?.end(rawTrailers.length === 0 ? undefined : rawTrailers);
      return;
    }
    this.#collected = null;
    const [first] = pieces;
    this.#run(pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces));
  }

  onClientDrain(): void {
    const bytes = this.#ungranted;
    this.#ungranted = 0;
    if (bytes > 0) this.#call?.grant(bytes);
  }

  onClientGone(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#collected = null;
    this.#call?.cancel();
  }

  onHead(status: number, pairs: readonly string[], body: Buffer | null): PlatformError | null {
    if (this.#isOver) return null;
    if (status === 101) return this.#switch(pairs);
    if (status < 200) {
      this.#exchange.inform(status, pairs);
      return null;
    }
    const begun = body === null ? this.#exchange.begin(status, pairs) : this.#exchange.keep(status, pairs, body);
    if (typeof begun === "string") return (this.#badHead = badAnswer(this.#exchange.subject, begun));
    this.#streamed = begun;
    return null;
  }

  #switch(pairs: readonly string[]): PlatformError | null {
    const { webSocket, route } = this.#request;
    const call = this.#call;
    if (webSocket === undefined || call === null) throw new Error("a call changed the protocol that was not asked to");
    if (webSocket.isClosing()) return new PlatformError("InsufficientResources", "The server is stopping.");
    webSocket.endWatch();
    const { onBug } = webSocket;
    const options = { exchange: this.#exchange, upgrade: webSocket, idleS: route.webSocketIdleS, call, onBug };
    this.#tunnel = new FunctionTunnel(options);
    this.#tunnel.open(pairs);
    return null;
  }

  onData(chunk: Buffer): PlatformError | null {
    if (this.#isOver) return null;
    if (this.#tunnel !== null) {
      this.#tunnel.onData(chunk);
      return null;
    }
    const streamed = this.#streamed;
    if (streamed === null) return null; // its head was refused
    const bytes = chunk.length;
    if (bytes > streamed.bytesLeft) {
      return badAnswer(this.#exchange.subject, "is longer than its Content-Length");
    }
    this.#ungranted += bytes;
    if (streamed.write(chunk)) this.onClientDrain();
    return null;
  }

  onLastData(): PlatformError | null {
    const missing = this.#isOver || this.#streamed === null ? 0 : this.#streamed.bytesMissing;
    if (missing === 0) return null;
    return badAnswer(this.#exchange.subject, `is ${missing} bytes shorter than its Content-Length`);
  }

  onEnd(trailers: string[] | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#tunnel !== null) this.#tunnel.onEnd();
    else if (this.#streamed === null) this.#exchange.sendKept();
    else this.#streamed.finish(trailers);
  }

  onError(error: PlatformError, _version: FunctionVersion | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#tunnel !== null) return this.#tunnel.onError(error);
    this.#exchange.fail(error, error === this.#badHead ? { httpStatus: 502 } : {});
  }

  onDrain(): void {
    if (this.#tunnel !== null) return this.#tunnel.onDrain();
    if (!this.#awaitsPermission) return this.#exchange.resumeBody();
    this.#awaitsPermission = false;
    if (!this.#isOver) this.#exchange.readBody();
  }
}

function badAnswer(subject: string, problem: string): PlatformError {
  return new PlatformError("UserCodeException", `The answer of ${subject} ${problem}, so it was not passed on.`);
}
