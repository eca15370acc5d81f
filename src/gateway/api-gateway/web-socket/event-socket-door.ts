import type { IncomingMessage } from "node:http";
import { WebSocketServer, type WebSocket } from "ws";
import {
  PlatformError,
  webSocketPushPath,
  type ApiBackend,
  type Clock,
  type FunctionTarget,
} from "../../../core/index.ts";
import type { Invoker } from "../../../scheduler/index.ts";
import { errorOfResult, invokeFor } from "../../functions/invoke-for.ts";
import { watchForEnd } from "../../functions/watch-for-end.ts";
import { trackedConnection } from "../../listener/connection.ts";
import type { Answerer } from "../../listener/answer/answerer.ts";
import type { Exchange } from "../../listener/exchange.ts";
import type { Upgrade } from "../../proxy/tunnel/tunnel.ts";
import type { Caller } from "../access/caller.ts";
import { failOfApi } from "../backends/fail-of-api.ts";
import { apiRefusal, refuseRequest } from "../request/api-refusal.ts";
import type { ApiRequest } from "../request/api-request.ts";
import type { CompiledApi } from "../services/compiled-service.ts";
import type { EventCalls, EventSocketApi } from "./event-calls.ts";
import { EventConnection, type EventConnectionHost } from "./event-connection.ts";
import type { EventConnections } from "./event-connections.ts";
import { maxMessageBytes, MessageBudget } from "./message-budget.ts";
import { connectingEvent, readWelcome, type Welcome } from "./socket-events.ts";

export interface EventSocketParts {
  readonly invoker: Invoker;
  readonly eventCalls: EventCalls;
  readonly connections: EventConnections;
  readonly tokenKey: Buffer;
  readonly clock: Clock;
  /** The server stops. */
  isClosing(): boolean;
  onBug(error: unknown): void;
}

type FunctionsBackend = Extract<ApiBackend, { kind: "websocket-functions" }>;

interface Opening extends Upgrade {
  readonly backend: FunctionsBackend;
  readonly caller: Caller;
}

const accepted: Welcome = { errNo: 0, errMsg: "", protocol: null, extensions: null };

/** Opens WebSockets whose messages become events: the registering function is asked first, and what it says is done. */
export class EventSocketDoor {
  readonly #parts: EventSocketParts;
  /** Which subprotocol a client gets, while it is being accepted. */
  readonly #protocols = new WeakMap<IncomingMessage, string>();
  readonly #budget = new MessageBudget();
  readonly #host: EventConnectionHost;
  /** What connections of an API share; until it changes. */
  readonly #apis = new WeakMap<CompiledApi, EventSocketApi>();
  readonly #plain = this.#openServer(false);
  readonly #deflating = this.#openServer(true);

  constructor(parts: EventSocketParts) {
    this.#parts = parts;
    const { eventCalls: calls, clock, onBug } = parts;
    this.#host = { calls, onBug, now: () => clock.monotonic() };
  }

  async open(exchange: Exchange, request: ApiRequest, opening: Opening): Promise<void> {
    const connectionId = this.#parts.connections.newId();
    const { register } = opening.backend;
    const endWatch = watchForEnd(opening.socket);
    const welcome =
      register === null ? accepted : await this.#register(exchange, request, opening, register, connectionId);
    endWatch();
    if (welcome === null || exchange.httpStatus !== 0) return;
    if (this.#parts.isClosing()) {
      return exchange.fail(new PlatformError("InsufficientResources", "The server is stopping."));
    }
    this.#accept(exchange, request, opening, { connectionId, welcome });
  }

  /** Null: the client has been refused. */
  async #register(
    exchange: Exchange,
    request: ApiRequest,
    opening: Opening,
    { namespace, functionName: name, qualifier }: FunctionTarget,
    connectionId: string,
  ): Promise<Welcome | null> {
    exchange.kind = "function";
    exchange.route = { namespace, name, qualifier };
    const payload = connectingEvent(exchange, request, opening.caller, connectionId);
    const signal = AbortSignal.timeout(request.api.timeoutS * 1_000);
    const target = { namespace, name, qualifier };
    const { variables } = this.#apiOf(request, opening.backend);
    const result = await invokeFor(exchange, this.#parts.invoker, {
      target,
      payload,
      source: "apigw",
      signal,
      variables,
    });
    if (signal.aborted && result.record.status === 499) {
      refuseRequest(exchange, apiRefusal(504, "Gateway Time-out."));
      return null;
    }
    if (result.record.status !== 200) {
      failOfApi(exchange, errorOfResult(result));
      return null;
    }
    const welcome = readWelcome(result.body);
    if (welcome?.errNo === 0) return welcome;
    const message = welcome === null ? "Invalid scf response format." : welcome.errMsg || `errNo ${welcome.errNo}`;
    refuseRequest(exchange, apiRefusal(403, message));
    return null;
  }

  #accept(
    exchange: Exchange,
    request: ApiRequest,
    { socket, firstBytes, backend }: Opening,
    { connectionId, welcome }: { readonly connectionId: string; readonly welcome: Welcome },
  ): void {
    const { request: message } = exchange;
    if (!(message instanceof Object) || !("socket" in message))
      throw new Error("a handshake is one of node:http's requests");
    if (welcome.protocol !== null) this.#protocols.set(message, welcome.protocol);
    const server = /\bpermessage-deflate\b/.test(welcome.extensions ?? "") ? this.#deflating : this.#plain;
    exchange.letGo(nobody);
    server.handleUpgrade(message, socket, firstBytes, (webSocket) => {
      this.#keep(exchange, request, backend, { connectionId, webSocket, socket });
    });
  }

  #keep(
    exchange: Exchange,
    request: ApiRequest,
    backend: FunctionsBackend,
    {
      connectionId,
      webSocket,
      socket,
    }: Pick<Upgrade, "socket"> & { readonly connectionId: string; readonly webSocket: WebSocket },
  ): void {
    const { connections } = this.#parts;
    const connection = new EventConnection(this.#host, {
      webSocket,
      socket,
      share: this.#budget.open(),
      connectionId,
      api: this.#apiOf(request, backend),
      handshake: exchange,
      onOver: () => {
        connections.remove(connection);
        trackedConnection(socket).endTunnel = null;
        exchange.endTunnel(exchange.bytesIn, exchange.bytesOut);
      },
    });
    connections.add(connection);
    trackedConnection(socket).endTunnel = () => connection.end();
  }

  #apiOf({ service, environment, api }: ApiRequest, { transport, cleanup }: FunctionsBackend): EventSocketApi {
    const known = this.#apis.get(api);
    if (known !== undefined) return known;
    const { apiId } = api;
    const { serviceId } = service.published;
    const path = webSocketPushPath(this.#parts.tokenKey, { serviceId, apiId });
    const variables = { TRIGGER_SRC: "apigw", GUST_WEBSOCKET_PUSH_PATH: path };
    const shared = { serviceId, apiId, environment: environment.name, transport, cleanup, variables };
    this.#apis.set(api, shared);
    return shared;
  }

  #openServer(perMessageDeflate: boolean): WebSocketServer {
    return new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: maxMessageBytes,
      perMessageDeflate,
      handleProtocols: (offered, message) => {
        const chosen = this.#protocols.get(message) ?? "";
        return offered.has(chosen) && chosen;
      },
    });
  }
}

/** The socket says itself that its client has gone. */
const nobody: Answerer = { onBody: () => true, onBodyEnd() {}, onClientDrain() {}, onClientGone() {} };
