// @ts-check
import { IncomingMessage } from "./node-http.js";

/** Position of method, target and headers in the strings of an HTTP call. */
const methodAt = 1;
const targetAt = 2;
const headersAt = 3;

/** @typedef {import("../channel/call.js").Call} Call */
/** @typedef {import("node:net").Socket} Socket */

/**
 * What Node's own parser fills in: underscore internals, the same from Node 18 to 26, pinned by the conformance tests.
 * @typedef {import("node:http").IncomingMessage & { _addHeaderLines(pairs: string[], count: number): void, _consumed: boolean,
 *   _dump(): void, _readableState: { readingMore: boolean } }} OpenMessage
 */

/**
 * Node's own IncomingMessage for a call, without a parser behind it. What differs are own properties: Express puts
 * another prototype under the object.
 * @param {Call} call @param {import("./call-socket.js").CallSocket} socket
 * @returns {OpenMessage}
 */
export function incomingMessage(call, socket) {
  const { strings, body } = call;
  const message = /** @type {OpenMessage} */ (
    new IncomingMessage(/** @type {Socket} */ (/** @type {unknown} */ (socket)))
  ); // stands for one
  message.httpVersionMajor = 1;
  message.httpVersionMinor = 1;
  message.httpVersion = "1.1";
  message.method = /** @type {string} */ (strings[methodAt]); // every HTTP call has one
  message.url = /** @type {string} */ (strings[targetAt]);
  message._addHeaderLines(strings.slice(headersAt), strings.length - headersAt);
  message.complete = body.isComplete;
  const flow = { isWanted: false, isOver: false };
  const pass = () => passBody(message, call, flow);
  message._read = () => {
    message._consumed = true;
    message._readableState.readingMore = false;
    flow.isWanted = true;
    body.onReadable = pass;
    pass();
  };
  message._destroy = (error, done) => {
    if (!message.readableEnded || !message.complete) {
      message.aborted = true;
      message.emit("aborted");
      socket.destroy();
    }
    // As Node does: an error nobody listens for is not thrown.
    process.nextTick(done, message.listenerCount("error") === 0 ? null : error);
  };
  return message;
}

/**
 * Passes on what has arrived, as far as it is wanted: what comes after a `push` that says no waits, without credit, for the next `_read`.
 * @param {OpenMessage} message @param {Call} call @param {{ isWanted: boolean, isOver: boolean }} flow
 */
function passBody(message, { body }, flow) {
  while (flow.isWanted) {
    const chunk = body.read();
    if (chunk === null) break;
    flow.isWanted = false; // `push` may ask for more by itself
    if (message.push(chunk)) flow.isWanted = true;
  }
  if (body.abortError !== null) message.destroy(body.abortError);
  else if (body.isEnded && !flow.isOver) {
    flow.isOver = true;
    body.onReadable = () => {};
    message.complete = true;
    if (body.trailers !== null) message._addHeaderLines(body.trailers, body.trailers.length);
    message.push(null);
  }
}
