// @ts-check
import { inspect } from "node:util";
import { cancelError } from "../channel/call.js";
import { addBodyMethods } from "./body-methods.js";
import { extractBody, WebBody } from "./web-body.js";
import { WebHeaders } from "./web-headers.js";

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const plainHost = /^[a-z0-9.-]+(?::\d+)?$/;
/** Says that a request is made of a call. */
const received = Symbol("received");
/** Stands where the body is about to be. */
const noBody = new WebBody(null);
/** Targets that the URL parser would leave as they are. */
const plainTarget = /^\/(?:[\w~%?=&+,:;@!$()*-]|\/(?!\.)|\.(?!\.))*$/;
const normalized = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
/** What a request has that nothing here depends on, and what it is when nobody said. */
const rest = /** @type {const} */ ({
  cache: "default",
  credentials: "same-origin",
  integrity: "",
  keepalive: false,
  mode: "cors",
  redirect: "follow",
  referrer: "about:client",
  referrerPolicy: "",
});

/** @typedef {import("../channel/call.js").Call} Call */
/** @typedef {Omit<RequestInit, "body" | "headers"> & { body?: unknown, headers?: import("./web-headers.js").HeadersLike }} Init */

/** Position of the headers in the strings of an HTTP call. */
const headersAt = 3;

/** `Request` as the Fetch standard has it. One that came with a call is made of it piece by piece, as it is looked at. */
export class WebRequest {
  /** @type {Call | null} */
  #call = null;
  #method = "GET";
  #url = "";
  /** @type {WebHeaders | null} */
  #headers = null;
  #body;
  /** @type {AbortSignal | null} */
  #signal = null;
  /** @type {Readonly<Record<keyof typeof rest, unknown>>} */
  #rest = rest;

  static {
    addBodyMethods(this.prototype, (request) => request.#body);
  }

  /** @param {unknown} input @param {Init} [init] */
  constructor(input, init = {}) {
    this.#body = noBody;
    if (input === received) return;
    const from = input instanceof WebRequest ? input : null;
    this.#url = from === null ? new URL(String(input)).href : from.url;
    this.#method = checkMethod(init.method ?? from?.method ?? "GET");
    this.#headers = new WebHeaders(init.headers ?? from?.headers);
    this.#signal = init.signal ?? from?.signal ?? new AbortController().signal;
    this.#rest = restOf(from, init);
    this.#body = new WebBody(this.#sourceOf(from, init));
  }

  /** The request of a call. @param {Call} call */
  static of(call) {
    const request = new WebRequest(received);
    request.#call = call;
    request.#method = call.method;
    request.#body = new WebBody(call.body);
    return request;
  }

  /** What `fetch` takes for it; its body is taken away. @param {WebRequest} request @returns {RequestInit} */
  static fetchInit(request) {
    const { method, headers, signal } = request;
    const body = request.#mayHaveBody() && request.body !== null ? toBodyInit(request.#body.take()) : null;
    /** @type {Record<string, unknown>} */
    const init = { method, headers: [...headers], signal, body, duplex: "half" };
    for (const name of Object.keys(rest)) init[name] = request.#rest[/** @type {keyof typeof rest} */ (name)];
    return init;
  }

  /** @param {unknown} value */
  static [Symbol.hasInstance](value) {
    if (this !== WebRequest) return Function.prototype[Symbol.hasInstance].call(this, value);
    if (typeof value !== "object" || value === null) return false;
    return #call in value;
  }

  get method() {
    return this.#method;
  }

  get url() {
    if (this.#url === "" && this.#call !== null) this.#url = receivedUrl(this.#call.target, this.headers);
    return this.#url;
  }

  get headers() {
    this.#headers ??= this.#call === null ? new WebHeaders() : WebHeaders.received(this.#call.strings, headersAt);
    return this.#headers;
  }

  get signal() {
    this.#signal ??= this.#call === null ? new AbortController().signal : signalOf(this.#call);
    return this.#signal;
  }

  get body() {
    return this.#mayHaveBody() ? this.#body.stream : null;
  }

  get bodyUsed() {
    return this.#body.isUsed;
  }

  get cache() {
    return this.#rest.cache;
  }

  get credentials() {
    return this.#rest.credentials;
  }

  get destination() {
    return "";
  }

  get duplex() {
    return "half";
  }

  get integrity() {
    return this.#rest.integrity;
  }

  get isHistoryNavigation() {
    return false;
  }

  get isReloadNavigation() {
    return false;
  }

  get keepalive() {
    return this.#rest.keepalive;
  }

  get mode() {
    return this.#rest.mode;
  }

  get redirect() {
    return this.#rest.redirect;
  }

  get referrer() {
    return this.#rest.referrer;
  }

  get referrerPolicy() {
    return this.#rest.referrerPolicy;
  }

  clone() {
    const { url, method, headers, signal } = this;
    const copy = new WebRequest(url, { method, headers, signal });
    copy.#rest = this.#rest;
    copy.#body = this.#body.clone();
    return copy;
  }

  get [Symbol.toStringTag]() {
    return "Request";
  }

  /** @param {number} _depth @param {import("node:util").InspectOptions} options */
  [inspect.custom](_depth, options) {
    const { method, url, headers, bodyUsed } = this;
    return `Request ${inspect({ method, url, headers, bodyUsed }, options)}`;
  }

  #mayHaveBody() {
    return this.#method !== "GET" && this.#method !== "HEAD";
  }

  /** @param {WebRequest | null} from @param {Init} init @returns {import("./web-body.js").Source} */
  #sourceOf(from, init) {
    if (init.body === undefined || init.body === null) {
      return from === null || init.body === null || from.body === null ? null : from.#body.take();
    }
    if (!this.#mayHaveBody()) throw new TypeError("Request with GET/HEAD method cannot have body.");
    const { source, type } = extractBody(init.body);
    if (source instanceof ReadableStream && init.duplex !== "half") {
      throw new TypeError("RequestInit: duplex option is required when sending a body.");
    }
    if (type !== null && !this.headers.has("content-type")) this.headers.append("content-type", type);
    return source;
  }
}

/** @param {unknown} method */
function checkMethod(method) {
  const text = String(method);
  if (!token.test(text)) throw new TypeError(`Request: ${JSON.stringify(text)} is not a method`);
  const upper = text.toUpperCase();
  if (upper === "CONNECT" || upper === "TRACE" || upper === "TRACK")
    throw new TypeError(`Request: ${upper} is not allowed`);
  return normalized.has(upper) ? upper : text;
}

/** @param {WebRequest | null} from @param {Init} init */
function restOf(from, init) {
  /** @type {Record<string, unknown>} */
  const values = {};
  for (const name of /** @type {(keyof typeof rest)[]} */ (Object.keys(rest))) {
    values[name] = init[name] ?? from?.[name] ?? rest[name];
  }
  return /** @type {Readonly<Record<keyof typeof rest, unknown>>} */ (values); // every name of `rest` was given one
}

/** Aborted when the platform cancels the call. @param {Call} call */
function signalOf(call) {
  const controller = new AbortController();
  if (call.cancelReason !== 0) controller.abort(cancelError(call.cancelReason));
  call.abort = controller;
  return controller.signal;
}

/** @param {string} target path and query as received, or `*` @param {WebHeaders} headers */
function receivedUrl(target, headers) {
  const host = headers.get("host") ?? "localhost";
  const protocol = headers.get("x-forwarded-proto") === "https" ? "https" : "http";
  const url = `${protocol}://${host}${target.startsWith("/") ? target : `/${target}`}`;
  if (plainTarget.test(target) && plainHost.test(host)) return url;
  return URL.canParse(url) ? new URL(url).href : `${protocol}://localhost/`;
}

/** @param {import("./web-body.js").Source} source */
function toBodyInit(source) {
  if (source === null || typeof source === "string" || source instanceof Uint8Array) return source;
  return source instanceof ReadableStream ? source : new WebBody(source).stream;
}
