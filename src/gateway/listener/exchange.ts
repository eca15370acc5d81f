import {
  continueTrace,
  newRequestId,
  type PlatformError,
  type RequestId,
  type TraceContext,
} from "../../core/index.ts";
import type { AnsweredApi } from "../api-gateway/answered-api.ts";
import { errorPage } from "../errors/error-page.ts";
import { failureOf, failureOfRefusal, type ExactFailure, type Failure } from "../errors/failure.ts";
import type { Route } from "../../scheduler/index.ts";
import type { ClientAnswer } from "./answer/client-answer.ts";
import type { Answerer } from "./answer/answerer.ts";
import { goneAnswer } from "./answer/gone-answer.ts";
import { bodyBytes, keepBody, type AnswerBody } from "./answer/kept-bytes.ts";
import { StreamedAnswer, type StreamedExchange } from "./answer/streamed-answer.ts";
import { AnswerHead, screenAnswer } from "./answer-head.ts";
import type { ClientLine, PendingExchange } from "./client-line.ts";
import type { ExchangeClass, ExchangeHost } from "./server/exchange-host.ts";
import { BodyProgress, bodyTimeout } from "./body-progress.ts";
import { DirectRequest } from "./direct/direct-request.ts";
import { RequestBody, type BodySink, type ClientRequest } from "./request-body.ts";
import type { Refusal } from "./refusal.ts";
import type { RequestHead } from "./request-head.ts";

/**
 * One request and its answer. States: `waiting → answering → over`; `over` is reached once, through `reply`, `sendKept`,
 * `fail`, `refuse`, `breakOff`, the end of a streamed answer, or the loss of the client. Answerers speak to the client through this class
 * and the `StreamedAnswer` that it begins.
 */
export class Exchange implements PendingExchange, BodySink, StreamedExchange {
  readonly request: ClientRequest;
  answer: ClientAnswer;
  readonly connection: ClientLine;
  head: RequestHead;
  requestId: RequestId = newRequestId(); // another gateway's, where that passed the request on
  trace: TraceContext; // its part of its client's, or of one of its own
  readonly startedAt: number;
  kind: ExchangeClass = "refused";
  route: Pick<Route, "namespace" | "name" | "qualifier"> | null = null; // once it is known
  collected: Buffer | null = null; // the whole body, where somebody had to see it before its answerer
  api: AnsweredApi | null = null; // of the API gateway, once it is known
  shapeHeaders: ((pairs: readonly string[], status: number) => readonly string[]) | null = null; // also of failures
  convert: ((status: number, isStreamed: boolean) => number) | null = null; // before an answer; may keep or give another
  wrap: ((answerer: Answerer) => Answerer) | null = null; // sees what the client does before whoever answers
  isRunning = false; // what counts requests to functions has it in
  bytesIn = 0;
  bytesOut = 0;
  httpStatus = 0; // sent; 0 before, 499 when the client left first
  scfStatus = 0; // SCF code of a failure; 0 otherwise
  durationMs = 0; // from the request's head to the end of the answer; 0 until then
  readonly #host: ExchangeHost<Exchange>;
  #answerer: Answerer | null = null;
  #isOver = false;
  #body: RequestBody | null = null;
  #keptHead: AnswerHead | null = null; // of an answer in one piece that may not leave yet
  #keptBody: AnswerBody = "";
  #progress: BodyProgress | null = null; // most are over before anybody asks

  constructor(
    host: ExchangeHost<Exchange>,
    request: ClientRequest,
    answer: ClientAnswer,
    connection: ClientLine,
    head: RequestHead,
  ) {
    this.#host = host;
    this.request = request;
    this.answer = answer;
    this.connection = connection;
    this.head = head;
    this.trace = continueTrace(head.trace);
    this.startedAt = host.now();
    connection.add(this);
  }

  /** `namespace/name` of its function; empty before it was routed to one. */
  get subject(): string {
    return this.route === null ? "" : `${this.route.namespace}/${this.route.name}`;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  onTurn(): void {
    this.#host.onTurn(this);
  }

  own(answerer: Answerer): void {
    this.#answerer = this.wrap?.(answerer) ?? answerer;
  }

  /** Whether it is for the client to go on. */
  get isBodyAwaited(): boolean {
    return this.#body?.isAwaited ?? false;
  }

  /** Begins to hand the request's body to the answerer; a client that waits for permission gets it now. */
  readBody(): void {
    const { request, collected } = this;
    if (collected !== null) return this.#takeWhole(collected);
    if (request instanceof DirectRequest) return this.#takeWhole(request.body);
    if (this.head.expectsContinue && request.httpVersion !== "1.0") this.answer.permitBody();
    this.#body = new RequestBody(request, this);
  }

  resumeBody(): void {
    this.#body?.resume();
  }

  onPiece(chunk: Buffer): boolean {
    this.bytesIn += chunk.length;
    return this.#answerer?.onBody(chunk) ?? true;
  }

  onLastPiece(rawTrailers: readonly string[]): void {
    this.#answerer?.onBodyEnd(rawTrailers);
  }

  /** Sends an informational answer (103 and the like); 100 is the gateway's own. */
  inform(status: number, pairs: readonly string[]): void {
    if (status < 102 || status > 199) return;
    if (this.#isOver || this.answer.hasBegun || this.request.httpVersion === "1.0") return;
    this.answer.inform(status, pairs);
  }

  /** Answers in one piece. Gives what is wrong with the head, as the end of "The answer …": then nothing was sent. */
  reply(status: number, pairs: readonly string[], body: Buffer | string): string | null {
    const problem = this.keep(status, pairs, body);
    if (problem === null) this.sendKept();
    return problem;
  }

  /**
   * Does all that can be done for an answer in one piece before it may leave, so that answers that leave together do so
   * right behind one another: their clients, busy with the one before, need not be woken for each. Gives what `reply` does.
   */
  keep(given: number, pairs: readonly string[], body: Buffer | string): string | null {
    const status = this.convert?.(given, false) ?? given;
    if (this.#keptHead !== null) return null; // it is another one
    const hasBody = this.#hasAnswerBody(status);
    const head = screenAnswer(status, this.shapeHeaders?.(pairs, status) ?? pairs, hasBody ? body.length : null); // a string here is latin1
    if (head.kind === "problem") return head.message;
    this.#keptHead = head;
    this.#keptBody = hasBody ? keepBody(body) : "";
    return null;
  }

  sendKept(): void {
    if (!this.#isOver && this.#keptHead !== null) this.#send(this.#keptHead, this.#keptBody);
  }

  /** Begins an answer whose body follows in pieces, or gives what `reply` does. */
  begin(given: number, pairs: readonly string[]): StreamedAnswer | string {
    const status = this.convert?.(given, true) ?? given;
    const head = screenAnswer(status, this.shapeHeaders?.(pairs, status) ?? pairs, null);
    if (head.kind === "problem") return head.message;
    const streamed = new StreamedAnswer(this, this.#hasAnswerBody(status) ? head.announced : null);
    if (this.#isOver) return streamed;
    if (this.#host.isClosing) this.answer.closeAfter();
    this.httpStatus = status;
    this.answer.begin(head, this.requestId);
    return streamed;
  }

  onClientDrain(): void {
    this.#answerer?.onClientDrain();
  }

  onComplete(): void {
    this.#over();
  }

  /** Its socket, which is `answerer`'s, changes its protocol (status 101): that may last for days, so nothing is kept of the answer. */
  letGo(answerer: Answerer): void {
    this.answer.letGo();
    this.answer = goneAnswer;
    this.shapeHeaders = null;
    this.#answerer = answerer;
    this.httpStatus = 101;
  }

  /** Ends an exchange whose protocol was changed (status 101). */
  endTunnel(bytesIn: number, bytesOut: number): void {
    if (this.#isOver) return;
    this.bytesIn = bytesIn;
    this.bytesOut = bytesOut;
    this.#over();
  }

  /** Answers with a platform error; an answer under way is broken off. */
  fail(error: PlatformError, exact: ExactFailure = {}): void {
    this.#answerFailure(failureOf(error, exact));
  }

  /** Answers with a refusal of the gateway's own. `closing`: what follows on the connection cannot be trusted. */
  refuse(problem: Refusal, { closing = false } = {}): void {
    this.convert = null; // that is for others' answers
    if (closing) {
      this.answer.closeAfter();
      this.connection.condemn();
    }
    this.#answerFailure(failureOfRefusal(problem));
  }

  /** Ends the client's connection in the middle of an answer, so that it is seen to be incomplete. */
  breakOff(): void {
    if (this.#isOver) return;
    const answerer = this.#answerer;
    this.connection.breakOff();
    this.#over();
    answerer?.onClientGone();
  }

  /** The client left before the answer was complete. */
  onLost(): void {
    if (this.#isOver) return;
    if (this.httpStatus === 0) this.httpStatus = 499;
    if (this.httpStatus !== 101) this.scfStatus = 499;
    const answerer = this.#answerer;
    this.#over();
    answerer?.onClientGone();
  }

  /** Called about once a second; `idleSweeps` without progress of a body end the exchange. */
  sweep(idleSweeps: number): void {
    const progress = (this.#progress ??= new BodyProgress());
    const isStuck = progress.isStuck({
      waitsForBody: this.isBodyAwaited,
      bytesIn: this.bytesIn,
      waitsForClient: this.answer.isFull,
      bytesTaken: this.bytesOut - this.connection.untakenBytes,
    });
    if (!isStuck || progress.idleSweeps < idleSweeps) return;
    if (this.answer.hasBegun) return this.breakOff();
    this.endWith(() => this.refuse(bodyTimeout, { closing: true }));
  }

  /** Has `answer` end it before its time: who answered until then stops its work, as when the client leaves. */
  endWith(answer: () => void): void {
    const answerer = this.#answerer;
    answer();
    answerer?.onClientGone();
  }

  #takeWhole(body: Buffer | null): void {
    if (body !== null) this.onPiece(body);
    this.onLastPiece([]);
  }

  #answerFailure(failure: Failure): void {
    if (this.#isOver) return;
    this.scfStatus = failure.status;
    if (this.api !== null) this.api.errorMessage = failure.message;
    if (this.answer.hasBegun) return this.breakOff();
    const httpStatus = this.convert?.(failure.httpStatus, false) ?? failure.httpStatus;
    if (this.#isOver) return;
    const { pairs, body } = errorPage(failure, this.requestId, this.head.accept);
    const shown = this.shapeHeaders?.(pairs, httpStatus) ?? pairs;
    this.#send(new AnswerHead(httpStatus, shown, null), keepBody(body));
  }

  /** The whole answer. */
  #send(head: AnswerHead, body: AnswerBody): void {
    if (this.#host.isClosing) this.answer.closeAfter();
    this.httpStatus = head.status;
    this.answer.send(head, this.requestId, body);
    this.bytesOut = bodyBytes(body);
    this.#over();
  }

  #hasAnswerBody(status: number): boolean {
    return this.request.method !== "HEAD" && status !== 204 && status !== 304;
  }

  #over(): void {
    this.#isOver = true;
    this.durationMs = this.#host.now() - this.startedAt;
    this.#answerer = null;
    this.#body?.resume(); // what is left of the body is read and thrown away
    this.connection.remove(this);
    this.#host.onOver(this);
  }
}
