import type { ServerHttp2Stream } from "node:http2";
import { informationHeaders, type AnswerHead } from "../answer-head.ts";
import { field, fieldOf } from "../field-names.ts";
import type { ClientAnswer } from "./client-answer.ts";
import { bodyBytes, keepBytes, type AnswerBody } from "./kept-bytes.ts";

/** An answer on a stream of HTTP/2. What is written to a stream that the client has reset goes nowhere. */
export class Http2Answer implements ClientAnswer {
  onDrain: () => void = nothing;
  /** Nothing comes after it on its stream. */
  readonly hasLeft = true;
  readonly #stream: ServerHttp2Stream;
  readonly #isHead: boolean;
  #hasBody = true;
  #listensToDrain = false;
  #trailers: readonly [string, string][] = [];

  constructor(stream: ServerHttp2Stream, method: string) {
    this.#stream = stream;
    this.#isHead = method === "HEAD";
  }

  get hasBegun(): boolean {
    return this.#stream.headersSent;
  }

  get isFull(): boolean {
    return this.#stream.writableNeedDrain;
  }

  /** A stream ends with its answer; its connection is for others to end. */
  closeAfter(): void {}

  permitBody(): void {
    if (this.#canSpeak) this.#stream.additionalHeaders({ ":status": 100 });
  }

  inform(status: number, pairs: readonly string[]): void {
    if (this.#canSpeak) this.#stream.additionalHeaders({ ...informationHeaders(pairs), ":status": status });
  }

  send(head: AnswerHead, requestId: string, body: AnswerBody): void {
    if (!this.#canSpeak) return;
    this.#hasBody = !this.#isHead && head.status !== 204 && head.status !== 304;
    const length = head.announced ?? (this.#hasBody ? bodyBytes(body) : null);
    const endStream = !this.#hasBody || bodyBytes(body) === 0;
    this.#stream.respond(headersOf(head, requestId, length), { endStream });
    if (endStream) return;
    if (typeof body === "string") this.#stream.end(body, "latin1");
    else this.#stream.end(body.bytes, body.written);
  }

  begin(head: AnswerHead, requestId: string): void {
    if (!this.#canSpeak) return;
    this.#hasBody = !this.#isHead && head.status !== 204 && head.status !== 304;
    const options = this.#hasBody ? { waitForTrailers: true } : { endStream: true };
    this.#stream.respond(headersOf(head, requestId, head.announced), options);
    if (this.#hasBody) this.#stream.once("wantTrailers", () => this.#sendTrailers());
  }

  write(chunk: Buffer): boolean {
    if (!this.#hasBody || !this.#stream.writable) return true;
    const { bytes, written } = keepBytes(chunk);
    if (this.#stream.write(bytes, written)) return true;
    if (!this.#listensToDrain) this.#stream.on("drain", () => this.onDrain());
    this.#listensToDrain = true;
    return false;
  }

  end(trailers: readonly [string, string][]): void {
    this.#trailers = trailers;
    if (this.#hasBody) this.#stream.end();
  }

  /** No stream changes its protocol. */
  letGo(): void {}

  get #canSpeak(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed && !this.#stream.headersSent;
  }

  #sendTrailers(): void {
    if (this.#stream.destroyed || this.#stream.closed) return;
    this.#stream.sendTrailers(informationHeaders(this.#trailers.flat()));
  }
}

function headersOf({ status, pairs }: AnswerHead, requestId: string, length: number | null) {
  const headers: Record<string, string | number | string[]> = { ":status": status, "x-scf-request-id": requestId };
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = (pairs[i] ?? "").toLowerCase();
    const value = pairs[i + 1] ?? "";
    if (fieldOf(name) === field.hop) continue; // a request to keep the connection has no meaning here
    const before = headers[name];
    headers[name] = before === undefined || typeof before === "number" ? value : [before, value].flat();
  }
  if (length !== null && status !== 204) headers["content-length"] = String(length);
  return headers;
}

function nothing(): void {}
