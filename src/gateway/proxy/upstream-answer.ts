import type { FunctionDestination } from "../routes/function-destination.ts";
import { PlatformError } from "../../core/index.ts";
import type { Answerer } from "../listener/answer/answerer.ts";
import { leaveTogether, type LeavingAnswer } from "../listener/answer/leave-together.ts";
import type { StreamedAnswer } from "../listener/answer/streamed-answer.ts";
import type { Exchange } from "../listener/exchange.ts";
import { mayBeSentAgain, mayGoElsewhere } from "./send-again.ts";
import { openServiceTunnel } from "./tunnel/service-tunnel.ts";
import type { Upgrade } from "./tunnel/tunnel.ts";
import type { UpstreamContext, UpstreamSlot } from "./upstream-context.ts";
import type { UpstreamConnection, UpstreamFailure, UpstreamUser } from "./upstream-connection.ts";
import type { UpstreamHead } from "./upstream-head.ts";

/** Informational answers that are passed on: they go out whether the client takes them or not, so their number is bounded. */
const maxInformational = 8;

/**
 * One request to an upstream. States: `acquiring` (a slot) → `sent` → `answering` → `over`, where a whole answer leaves; back from `sent` to a new
 * connection once, when an idle one had just been closed. The slot is given back exactly once.
 */
export class UpstreamAnswer<Slot extends UpstreamSlot> implements Answerer, UpstreamUser, LeavingAnswer {
  readonly #context: UpstreamContext<Slot>;
  readonly #exchange: Exchange;
  readonly #target: FunctionDestination;
  readonly #upgrade: Upgrade | null;
  #abort: AbortController | null = null;
  #slot: Slot | null = null;
  #connection: UpstreamConnection | null = null;
  #head: UpstreamHead | null = null;
  #isOver = false;
  #informational = 0;
  /** The client's body is being read: what was read is not to be had again. */
  #isReading = false;
  /** Null also where the whole answer came with its head. */
  #streamed: StreamedAnswer | null = null;
  #isSent: boolean;
  /** What broke before the request was sent again; null: nothing. */
  #brokenBefore: UpstreamFailure | null = null;

  constructor(
    context: UpstreamContext<Slot>,
    exchange: Exchange,
    target: FunctionDestination,
    upgrade: Upgrade | null,
  ) {
    this.#context = context;
    this.#exchange = exchange;
    this.#target = target;
    this.#upgrade = upgrade;
    this.#isSent = exchange.head.bodyLength === 0;
  }

  /** Read by the invoker only when it has to wait, so that most requests never make one. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  start(): void {
    this.#react(() => this.#acquire());
  }

  #acquire(): void {
    this.#exchange.own(this);
    const acquired = this.#context.acquire(this.#exchange, this.#target, this);
    if (!(acquired instanceof Promise)) return this.#onSlot(acquired);
    void acquired.then(
      (slot) => this.#react(() => this.#onSlot(slot)),
      (error: unknown) => this.#react(() => this.#onNoSlot(error)),
    );
  }

  #onSlot(slot: Slot): void {
    this.#slot = slot;
    if (this.#isOver) {
      this.#release(499, false);
      return;
    }
    this.#send(slot, false);
    this.#readBody();
  }

  onConnected(): void {
    this.#readBody();
  }

  /** Not before somebody is there to take it: until then the request may go elsewhere, whatever its body is. */
  #readBody(): void {
    if (this.#isSent || this.#isReading || this.#connection?.isConnected !== true) return;
    this.#isReading = true;
    this.#exchange.readBody();
  }

  #onNoSlot(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const known =
      error instanceof PlatformError
        ? error
        : new PlatformError("InternalError", "No instance of the service could be had.", { cause: error });
    this.#exchange.fail(known);
  }

  #send(slot: Slot, fresh: boolean): void {
    const isUpgrade = this.#upgrade !== null;
    const text = this.#context.requestText(this.#exchange, this.#target, slot, isUpgrade);
    this.#connection = this.#context.pool.take(slot, { fresh });
    this.#connection.start(this, text, this.#exchange.request.method === "HEAD");
  }

  onBody(chunk: Buffer): boolean {
    return this.#react(() => this.#passOn(chunk)) ?? true;
  }

  #passOn(chunk: Buffer): boolean {
    const connection = this.#connection;
    if (connection === null) return true;
    if (this.#exchange.head.bodyLength !== null) return connection.write(chunk);
    connection.cork();
    connection.write(`${chunk.length.toString(16)}\r\n`);
    connection.write(chunk);
    const mayGoOn = connection.write("\r\n");
    connection.uncork();
    return mayGoOn;
  }

  onBodyEnd(rawTrailers: readonly string[]): void {
    this.#react(() => this.#passOnEnd(rawTrailers));
  }

  #passOnEnd(rawTrailers: readonly string[]): void {
    this.#isSent = true;
    if (this.#exchange.head.bodyLength !== null) return;
    let text = "0\r\n";
    for (let i = 0; i + 1 < rawTrailers.length; i += 2) text += `${rawTrailers[i]}: ${rawTrailers[i + 1]}\r\n`;
    this.#connection?.write(`${text}\r\n`);
  }

  onDrain(): void {
    this.#exchange.resumeBody();
  }

  onClientDrain(): void {
    this.#react(() => this.#connection?.resume());
  }

  onClientGone(): void {
    this.#react(() => this.#leave(499));
  }

  #leave(status: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#abort?.abort();
    this.#connection?.destroy();
    this.#release(status, false);
  }

  onInformation(head: UpstreamHead): void {
    if (++this.#informational <= maxInformational) this.#exchange.inform(head.status, head.pairs);
  }

  onHead(head: UpstreamHead, body: Buffer | null): void {
    this.#head = head;
    const pairs = this.#slot?.shownHeaders(head.pairs) ?? head.pairs;
    const begun =
      body === null ? this.#exchange.begin(head.status, pairs) : this.#exchange.keep(head.status, pairs, body);
    this.#streamed = typeof begun === "string" ? null : begun;
    if (typeof begun !== "string") return;
    this.#connection?.destroy();
    this.onBroken({ kind: "malformed", message: `it ${begun}` });
  }

  onData(chunk: Buffer): void {
    if (this.#streamed?.write(chunk) === false) this.#connection?.pause();
  }

  onComplete(trailers: string[] | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const connection = this.#connection;
    const head = this.#head;
    if (connection !== null && head !== null && head.keepsAlive && head.framing.kind !== "close" && this.#isSent) {
      connection.keepAliveS = head.keepAliveS;
      connection.resume();
      connection.release();
    } else connection?.destroy();
    this.#connection = null; // somebody else's, from now on
    if (this.#streamed === null) return leaveTogether(this);
    this.#streamed.finish(trailers);
    this.#release(200, false);
  }

  leave(): void {
    this.#react(() => this.#exchange.sendKept());
  }

  /** It has not left where its client did, meanwhile. */
  onLeft(): void {
    this.#react(() => this.#release(this.#exchange.scfStatus === 0 ? 200 : this.#exchange.scfStatus, false));
  }

  onSwitched(head: UpstreamHead, rest: Buffer): void {
    const connection = this.#connection;
    if (connection === null) return;
    if (this.#upgrade === null) {
      connection.destroy();
      this.onBroken({ kind: "malformed", message: "it changed the protocol, which nobody asked for" });
      return;
    }
    if (this.#context.isClosing()) {
      connection.destroy();
      this.onBroken({ kind: "stopping" });
      return;
    }
    const options = {
      exchange: this.#exchange,
      upgrade: this.#upgrade,
      connection,
      idleS: this.#target.route.webSocketIdleS,
      onOver: (status: number): void => {
        this.#isOver = true;
        this.#release(status, false);
      },
      onBug: (error: unknown): void => this.#context.onBug(error),
    };
    openServiceTunnel(options, head, rest);
  }

  onBroken(failure: UpstreamFailure): void {
    if (this.#isOver) return;
    const slot = this.#slot;
    const isFirst = this.#brokenBefore === null && this.#upgrade === null;
    if (slot !== null && isFirst && mayBeSentAgain(this.#exchange, failure)) {
      this.#brokenBefore = failure;
      this.#send(slot, true);
      return;
    }
    this.#isOver = true;
    const isUnread = !this.#isReading;
    if (slot !== null && mayGoElsewhere(this.#exchange, failure, isUnread) && this.#goElsewhere(slot)) return;
    // a server that died of the request takes no connection now: the death is what there is to tell
    const told = failure.kind === "refused" ? (this.#brokenBefore ?? failure) : failure;
    const isLost = failure.kind !== "malformed" && failure.kind !== "stopping";
    const ofMemory = isLost ? (slot?.explainBreak() ?? null) : null;
    const { error, ...exact } =
      ofMemory === null ? this.#context.explainFailure(told, this.#exchange.subject) : { error: ofMemory };
    this.#exchange.fail(error, exact);
    this.#release(error.status, isLost, error.message);
  }

  onBug(): void {
    try {
      this.#isOver = true;
      this.#abort?.abort();
      this.#connection?.destroy();
      this.#exchange.fail(new PlatformError("InternalError", "The gateway failed at this request; its log says why."));
      this.#upgrade?.socket.destroySoon();
      this.#release(500, false);
    } catch (error) {
      this.#context.onBug(error);
      this.#exchange.connection.breakOff();
    }
  }

  /** Runs what answers to the client; null when it threw. */
  #react<Value>(reaction: () => Value): Value | null {
    try {
      return reaction();
    } catch (error) {
      this.#context.onBug(error);
      this.onBug();
      return null;
    }
  }

  #goElsewhere(slot: Slot): boolean {
    this.#exchange.bytesIn = 0;
    if (!this.#context.goElsewhere(this.#exchange, this.#target, slot, this.#upgrade)) return false;
    this.#slot = null;
    return true;
  }

  #release(status: number, isInstanceLost: boolean, message = ""): void {
    const slot = this.#slot;
    if (slot === null) return;
    this.#slot = null;
    const { httpStatus, bytesIn, bytesOut } = this.#exchange;
    slot.release({ status, httpStatus, bytesIn, bytesOut, isInstanceLost, message });
  }
}
