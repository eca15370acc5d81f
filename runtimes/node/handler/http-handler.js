// @ts-check

/** @typedef {import("../channel/call.js").Call} Call */
/** @typedef {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => unknown} NodeHandler */
/** @typedef {(request: Request) => unknown} WebHandler */
/** @typedef {Pick<import("node:events").EventEmitter, "emit" | "listenerCount">} Upgradable a server that may listen for 'upgrade' */

/**
 * How calls of an HTTP function are answered, by what its handler is. null: it is nothing that takes requests.
 * @param {unknown} handler
 * @returns {Promise<((call: Call) => void) | null>}
 */
export async function httpHandler(handler) {
  const shape = shapeOf(handler);
  if (shape === null) return null;
  if (shape.kind === "node") {
    const { nodeAnswerer } = await import("../server/node-answerer.js");
    return nodeAnswerer(shape.handler, shape.server);
  }
  const { webAnswerer } = await import("../web/web-answerer.js");
  return webAnswerer(shape.handler);
}

/**
 * An Express application is a function with `handle`, a Koa application an object with `callback()`, a server of
 * node:http an emitter of requests; other functions of two or more parameters are `(req, res)`, of fewer Web-standard.
 * @param {unknown} handler
 * @returns {{ kind: "node", handler: NodeHandler, server: Upgradable | null } | { kind: "web", handler: WebHandler } | null}
 */
function shapeOf(handler) {
  if (handler === null || (typeof handler !== "object" && typeof handler !== "function")) return null;
  const app =
    /** @type {{ fetch?: WebHandler, handle?: unknown, callback?: () => NodeHandler, listen?: unknown, emit?: (name: string, ...args: unknown[]) => unknown }} */ (
      handler
    );
  if (typeof handler === "function") {
    const isNode = handler.length >= 2 || typeof app.handle === "function";
    const call = /** @type {any} */ (handler); // user code: any function
    return isNode ? { kind: "node", handler: call, server: null } : { kind: "web", handler: call };
  }
  if (typeof app.fetch === "function") return { kind: "web", handler: app.fetch.bind(handler) };
  if (typeof app.callback === "function") return { kind: "node", handler: app.callback(), server: null };
  const { emit } = app;
  if (typeof app.listen === "function" && typeof emit === "function") {
    const server = /** @type {Upgradable} */ (handler); // an emitter, by what it has
    return { kind: "node", handler: (request, response) => emit.call(handler, "request", request, response), server };
  }
  return null;
}
