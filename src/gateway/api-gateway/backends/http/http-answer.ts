import type { ClientRequest, IncomingMessage } from "node:http";
import type { Answerer } from "../../../listener/answer/answerer.ts";
import type { StreamedAnswer } from "../../../listener/answer/streamed-answer.ts";
import type { Exchange } from "../../../listener/exchange.ts";
import type { AnsweredApi } from "../../answered-api.ts";
import { apiRefusal, refuseRequest } from "../../request/api-refusal.ts";
import type { ApiRequest } from "../../request/api-request.ts";
import type { BackRequest } from "./back-request.ts";
import { convertCode } from "../converted-code.ts";
import type { HttpClient } from "./http-client.ts";

/** Answers an exchange with an HTTP back end. */
export function answerWithHttp(exchange: Exchange, request: ApiRequest, back: BackRequest, client: HttpClient): void {
  const problem = client.problemOf(back.url);
  if (problem === null) new HttpAnswer(exchange, request, back, client).start();
  else refuseRequest(exchange, apiRefusal(403, `Endpoint IP address is not allowed: ${problem.message}.`));
}

/**
 * Both directions of one request, streamed at the pace of the slower side. States: `asking → answering → over`; the API's timeout
 * is for `asking`, while the back end is waited for; the gateway's own for a body that makes no progress. A harmless request whose kept
 * connection was closed as it went out is asked once more, on a fresh one.
 */
class HttpAnswer implements Answerer {
  readonly #exchange: Exchange;
  readonly #request: ApiRequest;
  readonly #asked: BackRequest;
  readonly #client: HttpClient;
  readonly #hasBody: boolean;
  #back: ClientRequest;
  #timer: NodeJS.Timeout | null = null;
  #isSent = false;
  #isSecond = false;
  #answer: IncomingMessage | null = null;
  #isOver = false;

  constructor(exchange: Exchange, request: ApiRequest, asked: BackRequest, client: HttpClient) {
    this.#exchange = exchange;
    this.#request = request;
    this.#asked = asked;
    this.#client = client;
    const whole = asked.body ?? exchange.collected;
    this.#hasBody = (whole === null ? exchange.head.bodyLength : whole.length) !== 0;
    this.#back = this.#open(false);
  }

  start(): void {
    this.#exchange.own(this);
    if (this.#asked.body !== null) this.#send(this.#asked.body);
    else if (this.#hasBody) this.#exchange.readBody();
    else this.#send();
  }

  #open(fresh: boolean): ClientRequest {
    const back = this.#client.open(this.#asked, { fresh });
    let bytesBefore = 0;
    return back
      .on("socket", (socket) => (bytesBefore = socket.bytesRead))
      .on("response", (answer) => this.#onAnswer(answer))
      .on("information", ({ statusCode, rawHeaders }) => this.#exchange.inform(statusCode, rawHeaders))
      .on("upgrade", (_answer, socket) => {
        socket.destroy(); // nobody asked for that
        this.#fail(badGateway);
      })
      .on("drain", () => this.#onDrain())
      .on("error", (error) => this.#onError(error, back.socket?.bytesRead === bytesBefore));
  }

  onBody(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    const goesOn = this.#back.write(chunk);
    if (!goesOn) this.#await();
    return goesOn;
  }

  onBodyEnd(): void {
    if (!this.#isOver) this.#send();
  }

  onClientDrain(): void {
    this.#answer?.resume();
  }

  onClientGone(): void {
    this.#end();
    this.#back.destroy();
  }

  #send(last?: Buffer): void {
    this.#isSent = true;
    this.#back.end(last);
    this.#await();
  }

  #onDrain(): void {
    if (!this.#isSent) this.#stopTimer(); // it is for the client to go on
    this.#exchange.resumeBody();
  }

  /** From here on it is for the back end to do something. */
  #await(): void {
    this.#stopTimer();
    if (this.#answer !== null) return;
    this.#timer = setTimeout(() => this.#fail(timedOut), this.#request.api.timeoutS * 1_000);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #onAnswer(answer: IncomingMessage): void {
    this.#stopTimer();
    if (this.#isOver) return void answer.destroy();
    const { api } = this.#request;
    const { statusCode: status = 502, rawHeaders, socket } = answer;
    this.#note({ backendStatus: status, backendAddress: socket.remoteAddress ?? "" });
    const converted = convertCode(api, { status, pairs: rawHeaders, body: nothing });
    if (converted.body !== nothing) return this.#replace(converted);
    this.#answer = answer;
    const hasBody = this.#asked.method !== "HEAD" && status !== 204 && status !== 304;
    const isAsked = this.#exchange.request.method === "HEAD";
    const pairs = hasBody || isAsked ? converted.pairs : withoutLength(converted.pairs);
    const streamed = this.#exchange.begin(converted.status, pairs);
    if (typeof streamed === "string") return this.#fail(badGateway);
    answer.on("data", (chunk: Buffer) => this.#onData(streamed, chunk));
    answer.on("end", () => this.#onEnd(streamed, answer));
    answer.on("error", () => this.#fail(badGateway)); // broken off: so is the client's
    answer.on("aborted", () => this.#fail(badGateway));
  }

  #onData(streamed: StreamedAnswer, chunk: Buffer): void {
    if (this.#isOver) return;
    if (chunk.length > streamed.bytesLeft) return this.#fail(badGateway);
    if (!streamed.write(chunk)) this.#answer?.pause();
  }

  #onEnd(streamed: StreamedAnswer, { rawTrailers, complete }: IncomingMessage): void {
    if (this.#isOver) return;
    if (!complete || (streamed.bytesMissing > 0 && this.#exchange.request.method !== "HEAD")) {
      return this.#fail(badGateway);
    }
    this.#end();
    if (!this.#back.writableEnded) this.#back.destroy(); // it answered before the body was there, which it will not get
    streamed.finish(rawTrailers);
  }

  /** The API has words of its own for this status. */
  #replace({ status, pairs, body }: ReturnType<typeof convertCode>): void {
    this.#end();
    this.#back.destroy();
    this.#exchange.reply(status, pairs, body);
  }

  #onError(error: NodeJS.ErrnoException, isUnanswered: boolean): void {
    if (isUnanswered && this.#mayAskAgain(error)) {
      this.#isSecond = true;
      this.#back = this.#open(true);
      this.#back.end(); // in what is left of its time
      return;
    }
    if (error.name === "ClosedAddressError") {
      return this.#fail(apiRefusal(403, `Endpoint IP address is not allowed: ${error.message}.`));
    }
    this.#fail(badGateway);
  }

  /** A back end closes a connection that it keeps whenever it likes, and cannot know that a request is on its way. */
  #mayAskAgain({ code = "" }: NodeJS.ErrnoException): boolean {
    if (this.#isOver || this.#isSecond || this.#hasBody || !this.#back.reusedSocket) return false;
    return harmlessMethods.has(this.#asked.method) && lossCodes.has(code);
  }

  #fail(problem: ReturnType<typeof apiRefusal>): void {
    if (this.#isOver) return;
    this.#end();
    this.#back.destroy();
    this.#note({ errorMessage: problem.message });
    if (this.#exchange.answer.hasBegun) this.#exchange.breakOff();
    else refuseRequest(this.#exchange, problem);
  }

  #note(noted: Partial<AnsweredApi>): void {
    if (this.#exchange.api !== null) Object.assign(this.#exchange.api, noted);
  }

  #end(): void {
    this.#isOver = true;
    this.#stopTimer();
  }
}

/** Of an answer that announces a body which it cannot have. */
function withoutLength(pairs: readonly string[]): readonly string[] {
  return pairs.filter((_, index) => pairs[index - (index % 2)]?.toLowerCase() !== "content-length");
}

const harmlessMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const lossCodes: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);
const nothing = Buffer.alloc(0);
const timedOut = apiRefusal(504, "Gateway Time-out.");
const badGateway = apiRefusal(502, "Bad Gateway.");
