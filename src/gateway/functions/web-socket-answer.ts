import type { Logger } from "../../core/index.ts";
import type { Invoker } from "../../scheduler/index.ts";
import type { Exchange } from "../listener/exchange.ts";
import type { Upgrade } from "../proxy/tunnel/tunnel.ts";
import type { FunctionDestination } from "../routes/function-destination.ts";
import { answerWithFunction, type WebSocketRequest } from "./function-answer.ts";
import { functionHeaders, type InstallationFacts } from "./function-headers.ts";
import { watchForEnd } from "./watch-for-end.ts";
import { refusalOfHandshake } from "./web-socket-handshake.ts";

interface WebSocketParts {
  readonly invoker: Invoker;
  readonly facts: InstallationFacts;
  readonly logger: Logger;
  isClosing(): boolean;
}

/** Answers a handshake with an HTTP function that takes WebSockets. */
export function answerWithWebSocket(
  exchange: Exchange,
  { route, path, prefix }: FunctionDestination,
  upgrade: Upgrade,
  { invoker, facts, logger, isClosing }: WebSocketParts,
): void {
  const { request, head } = exchange;
  const problem = refusalOfHandshake(request, head);
  if (problem !== null) return exchange.refuse(problem, { closing: true });
  const own = ["connection", "Upgrade", "upgrade", "websocket"];
  const headers = [...functionHeaders(head, route, prefix, facts), ...own];
  const webSocket: WebSocketRequest = {
    ...upgrade,
    endWatch: watchForEnd(upgrade.socket),
    isClosing,
    onBug: (error) => logger.error({ err: error }, "A bug in a WebSocket of a function: it costs one connection"),
  };
  answerWithFunction(exchange, invoker, { route, path, headers, webSocket });
}
