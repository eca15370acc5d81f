// @ts-check
import { currentCall } from "../process/current-call.js";
import { failure, failureOf } from "../process/failure.js";
import { CallSocket } from "./call-socket.js";
import { incomingMessage } from "./incoming-message.js";
import { serverResponse } from "./server-response.js";
import { UpgradeSocket } from "./upgrade-socket.js";

/** @typedef {import("../channel/call.js").Call} Call */
/** @typedef {import("./incoming-message.js").OpenMessage} OpenMessage */
/** @typedef {import("./server-response.js").OpenResponse} OpenResponse */

const { nextTick } = process;

/**
 * Answers calls with a `(req, res)` handler of node:http, and so with Express and Koa.
 *
 * handler called → res.end(): finish, close | cancelled, destroyed, failed: aborted, close
 * @param {import("../handler/http-handler.js").NodeHandler} handler
 * @param {import("../handler/http-handler.js").Upgradable | null} [server] that may listen for 'upgrade'
 * @returns {(call: Call) => void}
 */
export function nodeAnswerer(handler, server = null) {
  /** @param {Call} call */
  const start = (call) => {
    if (server !== null && server.listenerCount("upgrade") > 0 && upgrade(call, server)) return;
    const { request, response } = exchange(call);
    try {
      const result = /** @type {{ then?: unknown } | undefined} */ (handler(request, response));
      if (typeof result?.then === "function") void settle(call, result);
    } catch (error) {
      call.fail(failureOf("user", error));
    }
  };
  return (call) => currentCall.run(call, start, call);
}

/**
 * Tells the server of a call that asks for a change of protocol. False: it does not.
 * @param {Call} call @param {import("../handler/http-handler.js").Upgradable} server
 */
function upgrade(call, server) {
  if (!call.strings.includes("upgrade")) return false; // as the platform writes it
  const addresses = new CallSocket(call, () => request);
  /** @type {OpenMessage} */
  const request = incomingMessage(call, addresses);
  if (request.headers.upgrade === undefined) return false;
  const socket = new UpgradeSocket(call, addresses);
  request.socket = /** @type {import("node:net").Socket} */ (/** @type {unknown} */ (socket)); // stands for one
  try {
    server.emit("upgrade", request, socket, Buffer.alloc(0));
  } catch (error) {
    call.fail(failureOf("user", error));
  }
  return true;
}

/** Request and response of a call, bound to what becomes of it. @param {Call} call */
function exchange(call) {
  const socket = new CallSocket(call, () => request);
  /** @type {OpenMessage} */
  const request = incomingMessage(call, socket);
  const response = serverResponse(request, call, socket);
  call.onDrain = () => response.emit("drain");
  call.onCancel = () => call.fail(failure("user", "AbortError", "The call was cancelled"));
  call.onOver = () => nextTick(() => (response.finished ? close(request, response) : abort(request, response, socket)));
  socket.onDestroy = (error) => call.fail(failureOf("user", error ?? new Error("The handler closed its connection")));
  return { request, response };
}

/** The answer is on its way. @param {OpenMessage} request @param {OpenResponse} response */
function close(request, response) {
  response.emit("prefinish");
  response.emit("finish");
  if (request.complete && !request._consumed) request._dump();
  else if (!request.complete) request.destroy();
  nextTick(() => closeResponse(response));
}

/** Nobody takes an answer any more. @param {OpenMessage} request @param {OpenResponse} response @param {CallSocket} socket */
function abort(request, response, socket) {
  socket.destroy();
  if (!request.readableEnded) request.destroy(Object.assign(new Error("aborted"), { code: "ECONNRESET" }));
  closeResponse(response);
}

/** @param {OpenResponse} response */
function closeResponse(response) {
  if (response._closed) return;
  response.destroyed = true;
  response._closed = true;
  response.emit("close");
}

/** @param {Call} call @param {unknown} result */
async function settle(call, result) {
  try {
    await result;
  } catch (error) {
    call.fail(failureOf("user", error));
  }
}
