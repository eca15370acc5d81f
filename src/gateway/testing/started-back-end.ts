import { once } from "node:events";
import http from "node:http";
import { text } from "node:stream/consumers";
import type { PublishedApi } from "../../core/index.ts";
import type { HttpBackend } from "../api-gateway/backends/http/back-request.ts";
import { startApi } from "./started-api.ts";

/** A server, and a gateway whose API `a` has it as its back end. */
export async function startBackEnd(
  onRequest: http.RequestListener,
  api: Partial<PublishedApi> & { readonly back?: Partial<HttpBackend> } = {},
  backendAllow: readonly string[] = ["127.0.0.1"],
) {
  const parts = new AsyncDisposableStack();
  const server = parts.use(http.createServer(onRequest));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  parts.defer(() => server.closeAllConnections());
  const { back, ...settings } = api;
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const backend: HttpBackend = { kind: "http", url, path: "/back", method: "ANY", mapped: [], ...back };
  const started = parts.use(await startApi({ backend, ...settings }, { config: { backendAllow } }));
  return { port: started.port, server, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

/** Answers with what it was asked. */
export const echo: http.RequestListener = (request, response) => {
  void text(request).then((body) => {
    const { method, url, headers } = request;
    response.setHeader("set-cookie", ["a=1", "b=2"]);
    response.end(JSON.stringify({ method, url, headers, body }));
  });
};
