import type { FunctionTarget } from "../../../core/index.ts";
import type { Routes } from "../../../scheduler/index.ts";
import { asksForWebSocket, refusalOfHandshake } from "../../functions/web-socket-handshake.ts";
import type { Exchange } from "../../listener/exchange.ts";
import type { RequestHead } from "../../listener/request-head.ts";
import type { Upgrade } from "../../proxy/tunnel/tunnel.ts";
import type { FunctionDestination } from "../../routes/function-destination.ts";
import type { Gate } from "../access/gate.ts";
import type { Rates } from "../access/request-limits.ts";
import type { HttpClient } from "../backends/http/http-client.ts";
import { apiRefusal, refuseRequest } from "../request/api-refusal.ts";
import { findApi, type ApiRequest } from "../request/api-request.ts";
import { parameterValues, refusalOfParameters } from "../request/declared-parameters.ts";
import type { RequestOpening } from "../request/request-opening.ts";
import { runGuarded } from "../request/run-guarded.ts";
import type { CompiledService } from "../services/compiled-service.ts";
import { EventSocketDoor, type EventSocketParts } from "./event-socket-door.ts";
import { proxySocket } from "./proxied-socket.ts";

export interface WebSocketParts extends EventSocketParts {
  readonly routes: Routes;
  readonly client: HttpClient;
  readonly gate: Gate;
  readonly opening: RequestOpening;
  /** Opens a WebSocket of an HTTP function or a service, or refuses it where that takes none. */
  upgradeHttp(exchange: Exchange, to: FunctionDestination, upgrade: Upgrade): void;
}

interface UpgradeLine {
  readonly method: string;
  readonly url: string;
  readonly head: RequestHead;
}

/** Opens WebSockets of the API gateway's services, once their clients have been let in as those of other APIs are. */
export class WebSocketDoor {
  readonly #parts: WebSocketParts;
  readonly #events: EventSocketDoor;

  constructor(parts: WebSocketParts) {
    this.#parts = parts;
    this.#events = new EventSocketDoor(parts);
  }

  takes(service: CompiledService, line: UpgradeLine): boolean {
    if (!asksForWebSocket(line.head)) return false;
    const found = findApi(service, line);
    return found.kind === "api-request" && found.api.protocol === "WEBSOCKET";
  }

  open(exchange: Exchange, service: CompiledService, upgrade: Upgrade): void {
    const request = this.#parts.opening.find(exchange, service);
    if (request === null) return;
    const rates = this.#parts.opening.open(exchange, request);
    if (rates === null) return;
    const handshake = refusalOfHandshake(exchange.request, exchange.head);
    if (handshake !== null) return exchange.refuse(handshake, { closing: true });
    void runGuarded(exchange, this.#parts.onBug, () => this.#admit(exchange, request, rates, upgrade));
  }

  async #admit(exchange: Exchange, request: ApiRequest, rates: Rates, upgrade: Upgrade): Promise<void> {
    const { backend } = request.api;
    const caller = await this.#parts.gate.admitOrRefuse(exchange, request, null, rates);
    if (caller === null) return;
    const values = parameterValues(exchange, request, Buffer.alloc(0));
    const problem = refusalOfParameters(exchange, request, values);
    if (problem !== null) return refuseRequest(exchange, problem);
    exchange.api?.onAsk();
    switch (backend.kind) {
      case "websocket-functions":
        return this.#events.open(exchange, request, { ...upgrade, backend, caller });
      case "websocket":
        return proxySocket(exchange, request, { ...this.#parts, ...upgrade, backend });
      case "http-function":
        return this.#openHttpFunction(exchange, request, backend, upgrade);
      case "function":
      case "http":
      case "mock":
        return refuseRequest(exchange, apiRefusal(481, "API config error."));
    }
  }

  #openHttpFunction(
    exchange: Exchange,
    { prefix, path, query }: ApiRequest,
    { namespace, functionName, qualifier }: FunctionTarget,
    upgrade: Upgrade,
  ): void {
    const route = this.#parts.routes.byName(namespace, functionName, qualifier);
    if (route === null || route === "event-function") {
      return refuseRequest(exchange, apiRefusal(435, `There is no function ${functionName} that takes WebSockets.`));
    }
    this.#parts.upgradeHttp(exchange, { route, path: query === "" ? path : `${path}?${query}`, prefix }, upgrade);
  }
}
