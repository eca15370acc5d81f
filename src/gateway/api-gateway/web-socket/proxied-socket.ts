import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { ApiBackend } from "../../../core/index.ts";
import { watchForEnd } from "../../functions/watch-for-end.ts";
import type { Exchange } from "../../listener/exchange.ts";
import { Tunnel, type Upgrade } from "../../proxy/tunnel/tunnel.ts";
import { hopsHeader, nextHop, refusalOfHops } from "../backends/hops.ts";
import type { HttpClient } from "../backends/http/http-client.ts";
import { apiRefusal, refuseRequest } from "../request/api-refusal.ts";
import type { ApiRequest } from "../request/api-request.ts";
import { idleMs } from "./event-connection.ts";

interface ProxyParts extends Upgrade {
  readonly backend: Extract<ApiBackend, { kind: "websocket" }>;
  readonly client: HttpClient;
  isClosing(): boolean;
  onBug(error: unknown): void;
}

/** Connects a client with the WebSocket server of the user's own; bytes go through as they are. */
export function proxySocket(exchange: Exchange, request: ApiRequest, parts: ProxyParts): void {
  const url = addressOf(request, parts.backend);
  const loop = refusalOfHops(exchange);
  if (loop !== null) return refuseRequest(exchange, loop);
  const problem = parts.client.problemOf(url);
  if (problem !== null) return refuseRequest(exchange, closedAddress(problem));
  exchange.kind = "upstream";
  const back = parts.client.open({ method: "GET", url, headers: headersOf(exchange) }, { fresh: true });
  const endWatch = watchForEnd(parts.socket);
  const timer = setTimeout(() => back.destroy(new Error("no answer in time")), request.api.timeoutS * 1_000);
  const settle = (): void => {
    clearTimeout(timer);
    endWatch();
  };
  exchange.own({ onBody: () => true, onBodyEnd() {}, onClientDrain() {}, onClientGone: () => void back.destroy() });
  back.on("upgrade", (answer, upstream, rest) => {
    settle();
    openTunnel(exchange, parts, { answer, upstream, rest });
  });
  back.on("response", ({ statusCode = 502 }) => {
    settle();
    refuseRequest(exchange, apiRefusal(statusCode, `The back end answered ${statusCode}.`));
    back.destroy();
  });
  back.on("error", (error) => {
    settle();
    refuseRequest(exchange, error.name === "ClosedAddressError" ? closedAddress(error) : badGateway);
  });
  back.end();
}

function addressOf({ path, query, api }: ApiRequest, backend: ProxyParts["backend"]): URL {
  const url = new URL(backend.url);
  const isWhole = api.isExactPath || api.path.includes("{");
  const rest = isWhole ? "" : path.slice(api.path.endsWith("/") ? api.path.length - 1 : api.path.length);
  url.pathname = backend.path === "" ? path : backend.path + rest;
  url.search = query;
  return url;
}

function headersOf(exchange: Exchange): readonly string[] {
  const pairs = exchange.head.endToEnd;
  const isOurs = (name: string | undefined) => name === "host" || name === hopsHeader;
  const kept = pairs.filter((_, index) => !isOurs(pairs[index - (index % 2)]?.toLowerCase()));
  return [...kept, hopsHeader, String(nextHop(exchange)), "connection", "Upgrade", "upgrade", "websocket"];
}

function closedAddress({ message }: Error) {
  return apiRefusal(403, `Endpoint IP address is not allowed: ${message}.`);
}

const badGateway = apiRefusal(502, "Bad Gateway.");

interface Upgraded {
  readonly answer: IncomingMessage;
  readonly upstream: Socket;
  readonly rest: Buffer;
}

function openTunnel(exchange: Exchange, parts: ProxyParts, { answer, upstream, rest }: Upgraded): void {
  const { socket, firstBytes, onBug } = parts;
  if (exchange.httpStatus !== 0 || parts.isClosing()) {
    upstream.destroy();
    return refuseRequest(exchange, apiRefusal(503, "The server is stopping."));
  }
  const tunnel = new Tunnel({
    exchange,
    upgrade: { socket, firstBytes },
    idleS: idleMs / 1_000,
    onBug,
    peer: {
      write: (chunk) => upstream.write(chunk),
      end: () => void upstream.end(),
      onClientDrain: () => void upstream.resume(),
      onOver: () => void upstream.destroy(),
    },
  });
  upstream.on("data", (chunk: Buffer) => {
    if (!tunnel.toClient(chunk)) upstream.pause();
  });
  upstream.on("drain", () => tunnel.resumeClient());
  upstream.on("end", () => tunnel.end());
  upstream.on("error", () => tunnel.end());
  tunnel.open(answer.rawHeaders);
  tunnel.toClient(rest);
}
