import { collectBody, type BodyBudget } from "../collect-body.ts";
import { isPreflight, preflightHeaders } from "../cors.ts";
import type { ClientRequest } from "../listener/request-body.ts";
import type { RequestHead } from "../listener/request-head.ts";
import type { Exchange } from "../listener/exchange.ts";
import type { Upgrade } from "../proxy/tunnel/tunnel.ts";
import type { FunctionDestination } from "../routes/function-destination.ts";
import type { Caller } from "./access/caller.ts";
import { Gate } from "./access/gate.ts";
import type { Rates, RequestLimits } from "./access/request-limits.ts";
import { Backends } from "./backends/backends.ts";
import type { EventSink } from "./backends/event-sink.ts";
import type { ApiCors } from "./request/api-cors.ts";
import { apiRefusal, refuseRequest } from "./request/api-refusal.ts";
import type { ApiRequest } from "./request/api-request.ts";
import { declaresBody, parameterValues, refusalOfParameters } from "./request/declared-parameters.ts";
import { RequestOpening } from "./request/request-opening.ts";
import { runGuarded } from "./request/run-guarded.ts";
import { WebSocketDoor, type WebSocketParts } from "./web-socket/web-socket-door.ts";
import type { CompiledService } from "./services/compiled-service.ts";

interface ApiGatewayParts extends Omit<WebSocketParts, "gate" | "opening"> {
  readonly appId: string;
  readonly events: EventSink;
  readonly limits: RequestLimits;
  /** Answers with an HTTP function or a service, as at its own domain. */
  answerHttp(exchange: Exchange, to: FunctionDestination): void;
}

/**
 * Answers requests of the API gateway's services: finds the API, lets the caller in or not (`access/`), checks what the API declares of its
 * requests, and hands over to its back end (`backends/`).
 */
export class ApiGatewayDoor {
  readonly #parts: ApiGatewayParts;
  readonly #gate: Gate;
  readonly #opening: RequestOpening;
  readonly #backends: Backends;
  readonly #webSockets: WebSocketDoor;
  readonly #budget: BodyBudget = { bytes: 0 };

  constructor(parts: ApiGatewayParts) {
    this.#parts = parts;
    this.#gate = new Gate(parts);
    this.#opening = new RequestOpening({ ...parts, gate: this.#gate });
    this.#backends = new Backends(parts);
    this.#webSockets = new WebSocketDoor({ ...parts, gate: this.#gate, opening: this.#opening });
  }

  takesUpgrade(
    service: CompiledService,
    { method, url }: Pick<ClientRequest, "method" | "url">,
    head: RequestHead,
  ): boolean {
    return this.#webSockets.takes(service, { method, url, head });
  }

  upgrade(exchange: Exchange, service: CompiledService, upgrade: Upgrade): void {
    this.#webSockets.open(exchange, service, upgrade);
  }

  answer(exchange: Exchange, service: CompiledService): void {
    const { method, headers } = exchange.request;
    const asked = isPreflight(method, headers) ? String(headers["access-control-request-method"]) : method;
    const request = this.#opening.find(exchange, service, asked);
    if (request === null) return;
    if (asked !== method && request.api.cors !== null)
      return this.#answerPreflight(exchange, request, request.api.cors);
    const exact = asked === method ? request : this.#opening.find(exchange, service);
    if (exact !== null) this.#answerApi(exchange, exact);
  }

  #answerApi(exchange: Exchange, request: ApiRequest): void {
    const { api } = request;
    const rates = this.#opening.open(exchange, request);
    if (rates === null) return;
    if (api.protocol === "WEBSOCKET") return refuseRequest(exchange, noWebSocket);
    const isProofInBody = this.#gate.needsBody(exchange, request);
    const needsBody = isProofInBody || declaresBody(api) || this.#backends.needsBody(api);
    const admit = (body: Buffer | null) => this.#gate.admitOrRefuse(exchange, request, body, rates);
    const go = (body: Buffer | null, caller: Caller | null) =>
      runGuarded(exchange, this.#parts.onBug, () => this.#goOn(exchange, request, body, caller, rates));
    if (isProofInBody) return collectBody(exchange, this.#budget, (body) => go(body, null));
    void runGuarded(exchange, this.#parts.onBug, async () => {
      const caller = await admit(null);
      if (caller === null) return;
      if (needsBody) collectBody(exchange, this.#budget, (body) => go(body, caller));
      else await go(null, caller);
    });
  }

  #answerPreflight(exchange: Exchange, request: ApiRequest, cors: ApiCors): void {
    this.#opening.note(exchange, request);
    exchange.kind = "platform";
    exchange.reply(204, preflightHeaders(cors, exchange.request.headers), "");
  }

  async #goOn(
    exchange: Exchange,
    request: ApiRequest,
    body: Buffer | null,
    known: Caller | null,
    rates: Rates,
  ): Promise<void> {
    const caller = known ?? (await this.#gate.admitOrRefuse(exchange, request, body, rates));
    if (caller === null) return;
    const values = parameterValues(exchange, request, body ?? Buffer.alloc(0));
    const problem = refusalOfParameters(exchange, request, values);
    if (problem !== null) return refuseRequest(exchange, problem);
    await this.#backends.answer(exchange, request, { caller, body, values });
  }
}

const noWebSocket = apiRefusal(403, "need header Sec-WebSocket-Key.");
