import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { screenTrailers, type AnswerHead } from "../answer-head.ts";
import type { ClientAnswer } from "../answer/client-answer.ts";
import { bodyBytes, keepBytes, type AnswerBody } from "../answer/kept-bytes.ts";
import { httpDate } from "./http-date.ts";

/**
 * Answers that are written to the socket right away, without Node's HTTP objects (half of what a short answer costs). One per
 * connection, used again for each request. States: `waiting → (begin) streaming → waiting`, or `waiting → (send) waiting`.
 */
export class DirectAnswer implements ClientAnswer {
  onDrain: () => void = nothing;
  hasBegun = false;
  readonly hasLeft = true; // what follows is written behind it, to the same socket
  readonly #socket: Socket;
  readonly #persistence: string;
  readonly #onSocketDrain = (): void => this.onDrain();
  /** The connection ends with it. */
  isLast = false;
  #hasBody = true;
  #isChunked = false;

  constructor(socket: Socket, idleTimeoutS: number) {
    this.#socket = socket;
    this.#persistence = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleTimeoutS)}\r\n\r\n`;
    socket.on("drain", this.#onSocketDrain);
  }

  get isFull(): boolean {
    return this.#socket.writableNeedDrain;
  }

  /** The next request begins. */
  renew(method: string): void {
    this.onDrain = nothing;
    this.hasBegun = false;
    this.isLast = false;
    this.#hasBody = method !== "HEAD";
    this.#isChunked = false;
  }

  closeAfter(): void {
    this.isLast = true;
  }

  /** Requests that wait for permission are not read directly. */
  permitBody(): void {}

  inform(status: number, pairs: readonly string[]): void {
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "unknown"}\r\n`;
    for (const [name, value] of screenTrailers(pairs)) text += `${name}: ${value}\r\n`;
    this.#socket.write(`${text}\r\n`, "latin1");
  }

  send(head: AnswerHead, requestId: string, body: AnswerBody): void {
    const hasBody = this.#hasBody && head.status !== 204 && head.status !== 304;
    const start = this.#start(head, requestId, head.announced ?? (hasBody ? bodyBytes(body) : null), "");
    if (typeof body === "string") this.#socket.write(hasBody ? start + body : start, "latin1");
    else {
      this.#socket.cork();
      this.#socket.write(start, "latin1");
      if (hasBody) this.#socket.write(body.bytes, body.written);
      this.#socket.uncork();
    }
    this.#over();
  }

  begin(head: AnswerHead, requestId: string): void {
    if (head.status === 204 || head.status === 304) this.#hasBody = false;
    const isChunked = this.#hasBody && head.announced === null;
    const trailer = head.trailer === "" ? "" : `trailer: ${head.trailer}\r\n`;
    const framing = isChunked ? `${trailer}Transfer-Encoding: chunked\r\n` : "";
    const start = this.#start(head, requestId, head.announced, framing);
    this.#isChunked = isChunked;
    this.#socket.cork();
    this.#socket.write(start, "latin1");
    process.nextTick(uncork, this.#socket);
  }

  write(chunk: Buffer): boolean {
    if (!this.#hasBody || chunk.length === 0) return true;
    const { bytes, written } = keepBytes(chunk);
    if (!this.#isChunked) return this.#socket.write(bytes, written);
    this.#socket.cork();
    this.#socket.write(`${chunk.length.toString(16)}\r\n`, "latin1");
    this.#socket.write(bytes, written);
    const mayGoOn = this.#socket.write("\r\n", "latin1");
    this.#socket.uncork();
    return mayGoOn;
  }

  end(trailers: readonly [string, string][]): void {
    if (this.#isChunked) {
      let text = "0\r\n";
      for (const [name, value] of trailers) text += `${name}: ${value}\r\n`;
      this.#socket.write(`${text}\r\n`, "latin1");
    }
    this.#over();
  }

  /** Whoever reads the socket now makes an answer of its own. */
  letGo(): void {
    this.#socket.off("drain", this.#onSocketDrain);
  }

  #start(head: AnswerHead, requestId: string, length: number | null, framing: string): string {
    this.hasBegun = true;
    const counted = length === null || head.status === 204 ? framing : `content-length: ${length}\r\n`;
    const date = head.hasDate ? "" : httpDate();
    const persistence = this.isLast ? "Connection: close\r\n\r\n" : this.#persistence;
    return `${head.start}${counted}x-scf-request-id: ${requestId}\r\n${date}${persistence}`;
  }

  #over(): void {
    if (this.isLast) this.#socket.destroySoon();
  }
}

function uncork(socket: Socket): void {
  socket.uncork();
}

function nothing(): void {}
