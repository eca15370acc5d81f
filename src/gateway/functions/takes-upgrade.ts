import type { Route } from "../../scheduler/index.ts";
import type { RequestHead } from "../listener/request-head.ts";
import { asksForWebSocket } from "./web-socket-handshake.ts";

/** Services take any other protocol; functions WebSocket, where they asked for it. */
export function takesUpgradeOf(head: RequestHead, route: Route): boolean {
  return route.form === "service" || (route.webSocketIdleS !== null && asksForWebSocket(head));
}
