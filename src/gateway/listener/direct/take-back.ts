import type { Connection } from "../connection.ts";
import { DirectConnection, type DirectHost } from "./direct-connection.ts";
import { DirectRequest } from "./direct-request.ts";
import type { Exchange } from "../exchange.ts";
import type { ServerRequest } from "../server/http-server.ts";

/** Whether Node's parser takes what is behind a request for another protocol. */
export function asksForUpgrade({ headers }: ServerRequest): boolean {
  return headers.upgrade !== undefined && upgradeWish.test(headers.connection ?? "");
}

const upgradeWish = /(?:^|,)[\t ]*upgrade[\t ]*(?:,|$)/i;

/** Whether a request without a body that asks for another protocol in vain can be answered as a simple one. */
export function canBeTakenBack(request: ServerRequest, connection: Connection): boolean {
  return request.httpVersionMinor === 1 && connection.headOf(request).kind === "head";
}

/**
 * Answers such a request on the socket that Node's HTTP server gave up for it, and reads on behind it: Node's parser would forget the
 * `rest`, which came in with it.
 */
export function takeBack(request: ServerRequest, connection: Connection, host: DirectHost, rest: Buffer): void {
  const head = connection.headOf(request);
  if (head.kind !== "head") throw new Error("canBeTakenBack was not asked");
  const { socket } = connection;
  socket.setTimeout(0).removeAllListeners("timeout"); // those of Node's HTTP server
  const direct = new DirectConnection(socket, connection, host);
  connection.direct = direct;
  direct.takeBack(new DirectRequest(request.method, request.url, head, null), rest);
}

/** Where it has a body or came behind others, it cannot be taken back: its client is told that nothing more is answered here. */
export function endBehind({ answer, connection }: Exchange): void {
  answer.closeAfter();
  connection.condemn();
}
