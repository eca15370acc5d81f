// @ts-check
import { inspect } from "node:util";
import { addBodyMethods } from "./body-methods.js";
import { isNativeResponse } from "./native-fetch.js";
import { extractBody, WebBody } from "./web-body.js";
import { WebHeaders } from "./web-headers.js";

const { stringify } = JSON;
const bodiless = new Set([101, 204, 205, 304]);
const redirects = new Set([301, 302, 303, 307, 308]);
/** @type {readonly string[]} */
const none = [];

/** @typedef {{ status?: number, statusText?: string, headers?: import("./web-headers.js").HeadersLike }} Init */
/**
 * What an answer is made of.
 * @typedef {object} Content
 * @property {number} status
 * @property {readonly string[]} pairs header names and values in turn
 * @property {string | Uint8Array | null | undefined} whole the body; undefined: it must be read from the stream
 * @property {() => ReadableStream<Uint8Array>} takeStream
 */

/** `Response` as the Fetch standard has it; makes its stream and its headers only for who asks for them. */
export class WebResponse {
  #status = 200;
  #statusText = "";
  /** @type {"default" | "error"} */
  #type = "default";
  /** @type {WebHeaders | null} */
  #headers = null;
  /** Content type that goes with the body, where there are no headers yet. @type {string | null} */
  #contentType = null;
  #body;

  static {
    addBodyMethods(this.prototype, (response) => response.#body);
  }

  /** @param {unknown} [body] @param {Init} [init] */
  constructor(body, init) {
    const { source, type } = extractBody(body);
    this.#body = new WebBody(source);
    this.#contentType = type;
    if (init === undefined || init === null) return;
    if (init.status !== undefined) this.#status = checkStatus(init.status);
    if (init.statusText !== undefined) this.#statusText = String(init.statusText);
    if (init.headers !== undefined && init.headers !== null) {
      this.#headers = new WebHeaders(init.headers);
      this.#nameType(this.#headers);
    }
    if (source !== null && bodiless.has(this.#status)) {
      throw new TypeError(`Response: Invalid response status code ${this.#status} for an answer with a body`);
    }
  }

  /** What is answered; takes the body away. Null: it is no response of ours. @param {unknown} response @returns {Content | null} */
  static contentOf(response) {
    if (typeof response !== "object" || response === null || !(#body in response)) return null;
    const body = response.#body;
    return {
      status: response.#status,
      pairs: response.#pairs(),
      whole: body.whole,
      takeStream: () => body.takeStream(),
    };
  }

  /** @param {unknown} value */
  static [Symbol.hasInstance](value) {
    if (this !== WebResponse) return Function.prototype[Symbol.hasInstance].call(this, value);
    if (typeof value !== "object" || value === null) return false;
    return #body in value || isNativeResponse(value);
  }

  static error() {
    const response = new WebResponse();
    response.#type = "error";
    response.#status = 0;
    return response;
  }

  /** @param {unknown} value @param {Init} [init] */
  static json(value, init) {
    const text = stringify(value);
    if (text === undefined) throw new TypeError("Response.json: the value is not JSON serializable");
    const response = new WebResponse(text, init);
    if (response.#headers === null) response.#contentType = "application/json";
    else if (new WebHeaders(init?.headers).get("content-type") === null)
      response.#headers.set("content-type", "application/json");
    return response;
  }

  /** @param {string | URL} url @param {number} [status] */
  static redirect(url, status = 302) {
    const location = new URL(String(url)).href;
    if (!redirects.has(status)) throw new RangeError(`Response.redirect: invalid status code ${status}`);
    return new WebResponse(null, { status, headers: { location } });
  }

  get status() {
    return this.#status;
  }

  get ok() {
    return this.#status >= 200 && this.#status <= 299;
  }

  get statusText() {
    return this.#statusText;
  }

  get type() {
    return this.#type;
  }

  get url() {
    return "";
  }

  get redirected() {
    return false;
  }

  get headers() {
    if (this.#headers !== null) return this.#headers;
    this.#headers = new WebHeaders();
    this.#nameType(this.#headers);
    return this.#headers;
  }

  get body() {
    return this.#body.stream;
  }

  get bodyUsed() {
    return this.#body.isUsed;
  }

  clone() {
    const copy = new WebResponse(null, { statusText: this.#statusText });
    copy.#body = this.#body.clone();
    copy.#status = this.#status;
    copy.#type = this.#type;
    copy.#contentType = this.#contentType;
    if (this.#headers !== null) copy.#headers = new WebHeaders(this.#headers);
    return copy;
  }

  get [Symbol.toStringTag]() {
    return "Response";
  }

  /** @param {number} _depth @param {import("node:util").InspectOptions} options */
  [inspect.custom](_depth, options) {
    const { status, statusText, ok, type, headers, bodyUsed } = this;
    return `Response ${inspect({ status, statusText, ok, type, headers, bodyUsed }, options)}`;
  }

  /** @returns {readonly string[]} */
  #pairs() {
    if (this.#headers !== null) return WebHeaders.pairsOf(this.#headers);
    return this.#contentType === null ? none : ["content-type", this.#contentType];
  }

  /** @param {WebHeaders} headers */
  #nameType(headers) {
    if (this.#contentType !== null && !headers.has("content-type")) headers.append("content-type", this.#contentType);
  }
}

/** @param {unknown} status */
function checkStatus(status) {
  const number = Number(status);
  if (Number.isInteger(number) && number >= 200 && number <= 599) return number;
  throw new RangeError(`Response: init["status"] must be in the range of 200 to 599, not ${String(status)}`);
}
