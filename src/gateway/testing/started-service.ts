import { once } from "node:events";
import http from "node:http";
import type { Server } from "node:net";
import { startGateway, type StartedGateway, type StartOptions } from "./started-gateway.ts";

/** A gateway, and a server of user code behind it: the service `site`. */
export interface StartedService extends AsyncDisposable {
  readonly started: StartedGateway;
  readonly server: Server;
}

export async function startService(server: Server, options: StartOptions = {}): Promise<StartedService> {
  await using parts = new AsyncDisposableStack();
  parts.defer(() => {
    server.close();
    if (server instanceof http.Server) server.closeAllConnections();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const servicePort = typeof address === "object" && address !== null ? address.port : 0;
  const started = parts.use(await startGateway({ ...options, servicePort }));
  const moved = parts.move();
  return { started, server, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}
