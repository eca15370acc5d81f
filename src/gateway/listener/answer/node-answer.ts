import type { ServerResponse } from "node:http";
import { informationHeaders, type AnswerHead } from "../answer-head.ts";
import type { ClientAnswer } from "./client-answer.ts";
import { bodyBytes, keepBytes, type AnswerBody } from "./kept-bytes.ts";

/** An answer that Node's HTTP server writes. */
export class NodeAnswer implements ClientAnswer {
  onDrain: () => void = nothing;
  readonly #response: ServerResponse;
  #listensToDrain = false;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  get isFull(): boolean {
    return this.#response.writableNeedDrain;
  }

  get hasLeft(): boolean {
    return this.#response.writableFinished && this.#response.socket === null;
  }

  closeAfter(): void {
    this.#response.shouldKeepAlive = false;
  }

  permitBody(): void {
    this.#response.writeContinue();
  }

  inform(status: number, pairs: readonly string[]): void {
    this.#response.writeInformation(status, informationHeaders(pairs));
  }

  send(head: AnswerHead, requestId: string, body: AnswerBody): void {
    const hasBody = this.#response.req.method !== "HEAD" && head.status !== 304;
    this.#writeHead(head, requestId, head.announced ?? (hasBody ? bodyBytes(body) : null));
    if (typeof body === "string") this.#response.end(body, "latin1");
    else this.#response.end(body.bytes, body.written);
  }

  begin(head: AnswerHead, requestId: string): void {
    const { method, httpVersionMinor } = this.#response.req;
    const isBodiless = method === "HEAD" || head.status === 204 || head.status === 304;
    const hasChunks = head.announced === null && !isBodiless && httpVersionMinor > 0;
    this.#writeHead(head, requestId, head.announced, hasChunks ? head.trailer : "");
    this.#response.cork();
    this.#response.flushHeaders();
    process.nextTick(uncork, this.#response);
  }

  write(chunk: Buffer): boolean {
    const { bytes, written } = keepBytes(chunk);
    if (this.#response.write(bytes, written)) return true;
    if (!this.#listensToDrain) this.#response.on("drain", () => this.onDrain());
    this.#listensToDrain = true;
    return false;
  }

  end(trailers: readonly [string, string][]): void {
    if (trailers.length > 0) this.#response.addTrailers(trailers);
    this.#response.end();
  }

  letGo(): void {
    const { socket } = this.#response;
    if (socket !== null) this.#response.detachSocket(socket);
  }

  #writeHead({ status, pairs }: AnswerHead, requestId: string, length: number | null, trailer = ""): void {
    const complete = [...pairs, "x-scf-request-id", requestId];
    if (trailer !== "") complete.push("trailer", trailer);
    if (length !== null && status !== 204) complete.push("content-length", String(length));
    this.#response.writeHead(status, complete);
  }
}

function uncork(response: ServerResponse): void {
  response.uncork();
}

function nothing(): void {}
