import { PlatformError } from "../../core/index.ts";
import type { Invocation, Invoker, Route, ServiceSlot } from "../../scheduler/index.ts";
import type { InstallationFacts } from "../functions/function-headers.ts";
import type { Answerer, Exchange } from "../listener/exchange.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import { requestText } from "./request-text.ts";
import { openServiceTunnel } from "./service-tunnel.ts";
import type { Upgrade } from "./tunnel.ts";
import { explainFailure } from "./upstream-failure.ts";
import type { UpstreamConnection, UpstreamFailure, UpstreamUser } from "./upstream-connection.ts";
import type { UpstreamHead } from "./upstream-head.ts";

/** Where in a service a request goes. */
export interface ServiceTarget {
  readonly route: Route;
  readonly path: string;
  readonly prefix: string;
}

/** What answering from a service needs. */
export interface ServiceContext {
  readonly invoker: Invoker;
  readonly facts: InstallationFacts;
  readonly pool: ConnectionPool;
  /** The server stops: what has no end of its own is not begun any more. */
  isClosing(): boolean;
  /** A callback threw: a bug of ours, which costs its connection and not the server. Must not throw. */
  onBug(error: unknown): void;
}

/** Methods that may be sent twice without harm. */
const idempotent = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"]);

/**
 * One request to a service. States: `acquiring` (a slot) → `sent` → `answering` → `over`; back from `sent` to a new
 * connection once, when an idle one had just been closed. The slot is given back exactly once.
 */
export class ServiceAnswer implements Answerer, UpstreamUser {
  readonly #context: ServiceContext;
  readonly #exchange: Exchange;
  readonly #target: ServiceTarget;
  readonly #upgrade: Upgrade | null;
  #abort: AbortController | null = null;
  #slot: ServiceSlot | null = null;
  #connection: UpstreamConnection | null = null;
  #head: UpstreamHead | null = null;
  #isOver = false;
  #isSent: boolean;
  /** What broke before the request was sent again; null: nothing. */
  #brokenBefore: UpstreamFailure | null = null;

  constructor(context: ServiceContext, exchange: Exchange, target: ServiceTarget, upgrade: Upgrade | null) {
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
    const { route } = this.#target;
    const invocation: Invocation = {
      requestId: this.#exchange.requestId,
      target: { namespace: route.namespace, name: route.name, qualifier: route.qualifier },
      kind: "http",
      retry: 0,
    };
    this.#exchange.own(this);
    const acquired = this.#context.invoker.acquireService(invocation, this);
    if (!(acquired instanceof Promise)) return this.#onSlot(acquired);
    void acquired.then(
      (slot) => this.#react(() => this.#onSlot(slot)),
      (error: unknown) => this.#react(() => this.#onNoSlot(error)),
    );
  }

  #onSlot(slot: ServiceSlot): void {
    this.#slot = slot;
    if (this.#isOver) {
      this.#release(499, false);
      return;
    }
    this.#send(slot, false);
    if (!this.#isSent) this.#exchange.readBody();
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

  #send(slot: ServiceSlot, fresh: boolean): void {
    const { request, head, requestId, trace } = this.#exchange;
    const method = request.method ?? "GET";
    const text = requestText({
      method,
      path: this.#target.path,
      prefix: this.#target.prefix,
      head,
      requestId,
      trace,
      version: slot.version,
      facts: this.#context.facts,
      isUpgrade: this.#upgrade !== null,
    });
    this.#connection = this.#context.pool.take(slot, { fresh });
    this.#connection.start(this, text, method === "HEAD");
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
    this.#exchange.inform(head.status, head.pairs);
  }

  onHead(head: UpstreamHead, body: Buffer | null): void {
    this.#head = head;
    const pairs = this.#slot?.shownHeaders(head.pairs) ?? head.pairs;
    const problem =
      body === null ? this.#exchange.begin(head.status, pairs) : this.#exchange.reply(head.status, pairs, body);
    if (problem === null) return;
    this.#connection?.destroy();
    this.onBroken({ kind: "malformed", message: `it ${problem}` });
  }

  onData(chunk: Buffer): void {
    if (!this.#exchange.write(Buffer.from(chunk))) this.#connection?.pause();
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
    this.#exchange.finish(trailers);
    this.#release(200, false);
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
    if (slot !== null && this.#mayRetry(failure)) {
      this.#brokenBefore = failure;
      this.#send(slot, true);
      return;
    }
    this.#isOver = true;
    // a server that died of the request takes no connection now: the death is what there is to tell
    const told = failure.kind === "refused" ? (this.#brokenBefore ?? failure) : failure;
    const isLost = failure.kind !== "malformed" && failure.kind !== "stopping";
    const ofMemory = isLost ? (slot?.explainBreak() ?? null) : null;
    const { error, ...exact } = ofMemory === null ? explainFailure(told, this.#exchange.subject) : { error: ofMemory };
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

  #mayRetry(failure: UpstreamFailure): boolean {
    if (this.#brokenBefore !== null || this.#upgrade !== null || failure.kind !== "closed") return false;
    if (failure.isUnsent) return true;
    const isHarmless = this.#exchange.head.bodyLength === 0 && idempotent.has(this.#exchange.request.method ?? "");
    return failure.isReused && failure.isUnanswered && isHarmless;
  }

  #release(status: number, isInstanceLost: boolean, message = ""): void {
    const slot = this.#slot;
    if (slot === null) return;
    this.#slot = null;
    const { httpStatus, bytesIn, bytesOut } = this.#exchange;
    slot.release({ status, httpStatus, bytesIn, bytesOut, isInstanceLost, message });
  }
}
