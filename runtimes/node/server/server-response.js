// @ts-check
import { ServerResponse, validateHeaderName, validateHeaderValue } from "./node-http.js";

/** @typedef {import("../channel/call.js").Call} Call */
/** @typedef {(error?: Error | null) => void} Callback */
/** @typedef {string | Uint8Array} Chunk */

/**
 * Node's own ServerResponse with its way out replaced: underscore internals, the same from Node 18 to 26, pinned by the
 * conformance tests.
 * @typedef {import("node:http").ServerResponse & { _header: string | null, _hasBody: boolean, _contentLength: number | null, _closed: boolean,
 *   _implicitHeader(): void, [callKey]: Call, [headKey]: string[] | null, [trailersKey]: string[] | null,
 *   [outHeadersKey]?: object }} OpenResponse
 */

const callKey = Symbol("call");
/** Header pairs that are settled and not sent. */
const headKey = Symbol("head");
const trailersKey = Symbol("trailers");
/** Under this Node keeps what setHeader() was given. */
const outHeadersKey = /** @type {symbol} */ (
  Object.getOwnPropertySymbols(new ServerResponse(/** @type {any} */ ({ method: "GET" }))).find(
    ({ description }) => description === "kOutHeaders",
  )
);
/** Headers of one connection, which a function cannot set. */
export const hopByHop = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);
const { from: bufferFrom } = Buffer;
const { nextTick } = process;

/**
 * Node's own ServerResponse for a call. What differs are own properties: Express puts another prototype under the object.
 * @param {import("./incoming-message.js").OpenMessage} request @param {Call} call @param {import("./call-socket.js").CallSocket} socket
 * @returns {OpenResponse}
 */
export function serverResponse(request, call, socket) {
  const response = /** @type {OpenResponse} */ (/** @type {unknown} */ (new ServerResponse(request))); // with what no type speaks of
  response[callKey] = call;
  response[headKey] = null;
  response[trailersKey] = null;
  Object.assign(response, ways, { socket });
  return response;
}

/** What replaces methods of the prototype. */
const ways = {
  /** @this {OpenResponse} @param {string} firstLine @param {unknown} headers */
  _storeHeader(firstLine, headers) {
    this[headKey] = headerPairs(headers, headers !== null && headers === this[outHeadersKey]);
    this._header = `${firstLine}\r\n`;
  },

  /** @this {OpenResponse} @param {Chunk} chunk @param {BufferEncoding | Callback} [encoding] @param {Callback} [callback] */
  write(chunk, encoding, callback) {
    const done = typeof encoding === "function" ? encoding : callback;
    const bytes = toBytes(chunk, typeof encoding === "function" ? undefined : encoding);
    if (this.finished) return refuse(this, writeError("ERR_STREAM_WRITE_AFTER_END", "write after end"), done, true);
    if (this.destroyed)
      return refuse(
        this,
        writeError("ERR_STREAM_DESTROYED", "Cannot call write after a stream was destroyed"),
        done,
        false,
      );
    if (this._header === null) this._implicitHeader();
    if (done !== undefined) nextTick(done, null);
    sendHead(this);
    return !this._hasBody || bytes.length === 0 || this[callKey].write(bytes);
  },

  /** @this {OpenResponse} @param {Chunk | Callback | null} [chunk] @param {BufferEncoding | Callback} [encoding] @param {Callback} [callback] */
  end(chunk, encoding, callback) {
    const done = typeof chunk === "function" ? chunk : typeof encoding === "function" ? encoding : callback;
    const body = typeof chunk === "function" || chunk === null || chunk === undefined ? null : chunk;
    if (this.finished) {
      const error = writeError(
        body === null ? "ERR_STREAM_ALREADY_FINISHED" : "ERR_STREAM_WRITE_AFTER_END",
        "Cannot call end after the answer was ended",
      );
      if (done !== undefined) nextTick(done, error);
      return this;
    }
    const bytes = body === null ? null : toBytes(body, typeof encoding === "string" ? encoding : undefined);
    if (this._header === null) {
      this._contentLength = bytes === null ? 0 : typeof bytes === "string" ? Buffer.byteLength(bytes) : bytes.length;
      this._implicitHeader();
    }
    if (done !== undefined) this.once("finish", done);
    this.finished = true;
    finish(this, this._hasBody ? bytes : null);
    return this;
  },

  /** @this {OpenResponse} */
  flushHeaders() {
    if (this._header === null) this._implicitHeader();
    sendHead(this);
  },

  /** @this {OpenResponse} @param {Callback} [callback] */
  writeContinue(callback) {
    this[callKey].inform(100, []);
    callback?.();
  },

  /** @this {OpenResponse} @param {Callback} [callback] */
  writeProcessing(callback) {
    this[callKey].inform(102, []);
    callback?.();
  },

  /** @this {OpenResponse} @param {Record<string, string | string[]>} hints @param {Callback} [callback] */
  writeEarlyHints(hints, callback) {
    const { link, ...others } = hints;
    if (link === undefined || link.length === 0) return;
    this[callKey].inform(103, headerPairs({ link: Array.isArray(link) ? link.join(", ") : link, ...others }, false));
    callback?.();
  },

  /** @this {OpenResponse} @param {import("node:http").OutgoingHttpHeaders | readonly [string, string][]} headers */
  addTrailers(headers) {
    this[trailersKey] = [...(this[trailersKey] ?? []), ...headerPairs(headers, false)];
  },

  assignSocket() {},

  detachSocket() {},
};

/** @param {OpenResponse} response */
function sendHead(response) {
  const pairs = response[headKey];
  if (pairs === null) return;
  response[headKey] = null;
  response[callKey].head(response.statusCode, pairs);
}

/** @param {OpenResponse} response @param {Chunk | null} body */
function finish(response, body) {
  const call = response[callKey];
  const pairs = response[headKey];
  const trailers = response[trailersKey];
  if (pairs !== null && trailers === null) return call.answer(response.statusCode, pairs, body);
  sendHead(response);
  if (body !== null && body.length > 0) call.write(body);
  call.end(trailers);
}

/** @param {unknown} chunk @param {BufferEncoding | undefined} encoding @returns {Chunk} */
function toBytes(chunk, encoding) {
  if (typeof chunk === "string") {
    return encoding === undefined || encoding === "utf8" || encoding === "utf-8" ? chunk : bufferFrom(chunk, encoding);
  }
  if (chunk instanceof Uint8Array) return chunk;
  throw Object.assign(
    new TypeError('The "chunk" argument must be of type string or an instance of Buffer or Uint8Array.'),
    { code: chunk === null ? "ERR_STREAM_NULL_VALUES" : "ERR_INVALID_ARG_TYPE" },
  );
}

/** @param {OpenResponse} response @param {Error} error @param {Callback | undefined} done @param {boolean} isEmitted */
function refuse(response, error, done, isEmitted) {
  nextTick(() => {
    done?.(error);
    if (isEmitted && response.listenerCount("error") > 0) response.emit("error", error);
  });
  return false;
}

/** @param {string} code @param {string} message */
function writeError(code, message) {
  return Object.assign(new Error(message), { code });
}

/**
 * Header names and values in turn, from any of the forms that writeHead() takes.
 * @param {any} headers null, an object, a flat array, an array of pairs
 * @param {boolean} isKept they are what setHeader() kept: checked, and each with its name as written
 * @returns {string[]}
 */
function headerPairs(headers, isKept) {
  /** @type {string[]} */
  const pairs = [];
  if (headers === null || headers === undefined) return pairs;
  if (isKept) {
    for (const key in headers) put(pairs, headers[key][0], headers[key][1], false);
  } else if (!Array.isArray(headers)) {
    for (const name of Object.keys(headers)) put(pairs, name, headers[name], true);
  } else if (Array.isArray(headers[0])) {
    for (const [name, value] of headers) put(pairs, name, value, true);
  } else {
    for (let i = 0; i + 1 < headers.length; i += 2) put(pairs, headers[i], headers[i + 1], true);
  }
  return pairs;
}

/** @param {string[]} pairs @param {string} name @param {unknown} value @param {boolean} isNew */
function put(pairs, name, value, isNew) {
  if (isNew) validateHeaderName(name);
  if (hopByHop.has(name.toLowerCase())) return;
  for (const one of Array.isArray(value) ? value : [value]) {
    const text = String(one);
    if (isNew) validateHeaderValue(name, text);
    pairs.push(name, text);
  }
}
