import type { FunctionDestination } from "../routes/function-destination.ts";
import type { Socket } from "node:net";
import { PlatformError, sharedTrace } from "../../core/index.ts";
import type { HostOperation, Route, Routes } from "../../scheduler/index.ts";
import type { Connection } from "../listener/connection.ts";
import type { Answerer } from "../listener/answer/answerer.ts";
import type { Exchange } from "../listener/exchange.ts";
import type { Handlers } from "../listener/listener.ts";
import { refusal } from "../listener/refusal.ts";
import type { ServerRequest } from "../listener/server/http-server.ts";
import type { Upgrade } from "../proxy/tunnel/tunnel.ts";
import { readHostRequest, withoutHop, type HostRequest, type PassKey } from "./host-request.ts";

interface HostDoorParts {
  readonly pass: PassKey;
  readonly routes: Routes;
  readonly operations: Readonly<Record<string, HostOperation>>;
  /** Answers with what runs on this host. */
  readonly answerHere: (exchange: Exchange, target: FunctionDestination, upgrade: Upgrade | null) => void;
  readonly takesUpgrade: (head: Exchange["head"], route: Route) => boolean;
}

const prefixOfOperations = "/-/host/";

/**
 * Answers other processes of the installation: requests of functions that they found to be this host's, and what they ask of the process. Nothing is
 * passed on from here, and the first gateway counts and logs.
 */
export class HostDoor implements Handlers {
  readonly #parts: HostDoorParts;
  readonly #budget = { bytes: 0 };

  constructor(parts: HostDoorParts) {
    this.#parts = parts;
  }

  onExchange(exchange: Exchange): void {
    this.#answer(exchange, null);
  }

  takesUpgrade(request: ServerRequest, connection: Connection): boolean {
    const head = connection.headOf(request);
    if (head.kind === "refusal" || head.upgrade === "") return false;
    const asked = readHostRequest(request, head, this.#parts.pass);
    const route = asked === null ? null : this.#routeOf(asked);
    return route !== null && this.#parts.takesUpgrade(head, route);
  }

  onUpgrade(exchange: Exchange, socket: Socket, firstBytes: Buffer): void {
    this.#answer(exchange, { socket, firstBytes });
  }

  onOver(): void {}

  onMalformed(): void {}

  #answer(exchange: Exchange, upgrade: Upgrade | null): void {
    const { request, head } = exchange;
    const asked = readHostRequest(request, head, this.#parts.pass);
    if (asked === null) return exchange.refuse(stranger, { closing: true });
    exchange.requestId = asked.requestId;
    // the part of the trace is the first gateway's, as the call's record is
    if (head.trace !== null) exchange.trace = sharedTrace(head.trace);
    if (asked.target === null) return this.#operate(exchange);
    const route = this.#routeOf(asked);
    if (route === null) return exchange.refuse(unknownHere);
    exchange.head = withoutHop(head);
    this.#parts.answerHere(exchange, { route, path: request.url, prefix: asked.prefix }, upgrade);
  }

  #routeOf({ target }: HostRequest): Route | null {
    if (target === null) return null;
    const route = this.#parts.routes.byName(target.namespace, target.name, target.qualifier);
    return route === "event-function" ? null : route;
  }

  #operate(exchange: Exchange): void {
    const { url } = exchange.request;
    const name = url.startsWith(prefixOfOperations) ? url.slice(prefixOfOperations.length) : "";
    const operation = Object.hasOwn(this.#parts.operations, name) ? this.#parts.operations[name] : undefined;
    exchange.kind = "platform";
    if (operation === undefined) return exchange.refuse(notDoneHere);
    new Operating(exchange, operation, this.#budget).start();
  }
}

/** A package of 50 MiB in base64, and room for the rest of an API call. */
const maxBytes = 80 * 1024 * 1024;
const maxBufferedBytes = 4 * maxBytes;

/** One thing that another process asks. States: `reading → working → over`. */
class Operating implements Answerer {
  readonly #exchange: Exchange;
  readonly #operation: HostOperation;
  readonly #budget: { bytes: number };
  readonly #gone = new AbortController();
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isOver = false;

  constructor(exchange: Exchange, operation: HostOperation, budget: { bytes: number }) {
    this.#exchange = exchange;
    this.#operation = operation;
    this.#budget = budget;
  }

  start(): void {
    this.#exchange.own(this);
    if (this.#exchange.head.bodyLength === 0) this.onBodyEnd();
    else this.#exchange.readBody();
  }

  onBody(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    this.#pieces.push(chunk);
    this.#bytes += chunk.length;
    this.#budget.bytes += chunk.length;
    if (this.#bytes > maxBytes || this.#budget.bytes > maxBufferedBytes) {
      this.#end();
      this.#exchange.refuse(tooMuch, { closing: true });
    }
    return true;
  }

  onBodyEnd(): void {
    if (!this.#isOver) void this.#work();
  }

  onClientDrain(): void {}

  onClientGone(): void {
    this.#gone.abort();
  }

  async #work(): Promise<void> {
    const body = Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [];
    try {
      const answer = await this.#operation(body, { signal: this.#gone.signal });
      const bytes =
        typeof answer === "string"
          ? Buffer.from(answer)
          : Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
      this.#exchange.reply(200, ["content-type", "application/octet-stream"], bytes);
    } catch (error) {
      const known =
        error instanceof PlatformError ? error : new PlatformError("InternalError", String(error), { cause: error });
      this.#exchange.fail(known);
    } finally {
      this.#end();
    }
  }

  #end(): void {
    this.#isOver = true;
    this.#budget.bytes -= this.#bytes;
    this.#bytes = 0;
    this.#pieces = [];
  }
}

const stranger = refusal(
  403,
  "NotOfThisInstallation",
  "Only processes of this installation are answered here, with a pass that is not older than five minutes: are the clocks right?",
);
const unknownHere = refusal(404, "FunctionNotFound", "This host does not know the function yet, or not any more.");
const notDoneHere = refusal(404, "NotFound", "A process with these roles does nothing of that name.");
const tooMuch = refusal(503, "InsufficientResources", "Too much is asked of this process at a time.");
