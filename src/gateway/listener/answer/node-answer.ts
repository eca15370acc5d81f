import { STATUS_CODES, type ServerResponse } from "node:http";
import { informationHeaders } from "../answer-head.ts";
import type { ClientAnswer } from "./client-answer.ts";

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

  send(status: number, pairs: readonly string[], body: Buffer | string): void {
    this.#writeHead(status, pairs);
    if (typeof body === "string") this.#response.end(body, "latin1");
    else this.#response.end(body);
  }

  begin(status: number, pairs: readonly string[]): void {
    this.#writeHead(status, pairs);
    this.#response.cork();
    this.#response.flushHeaders();
    process.nextTick(uncork, this.#response);
  }

  write(chunk: Buffer): boolean {
    if (this.#response.write(chunk)) return true;
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

  #writeHead(status: number, pairs: readonly string[]): void {
    this.#response.statusMessage = STATUS_CODES[status] ?? "unknown"; // that of a refused head may stand there
    this.#response.writeHead(status, pairs as string[]); // read only: Node's types lack it
  }
}

function uncork(response: ServerResponse): void {
  response.uncork();
}

function nothing(): void {}
