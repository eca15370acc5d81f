// @ts-check
import { inspect } from "node:util";
import { isNativeHeaders } from "./native-fetch.js";

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// eslint-disable-next-line no-control-regex -- what a header value must not have is exactly this
const forbidden = /[\0\r\n\u0100-\uffff]/;
const plainValue = /^[!-~](?:[ -~]*[!-~])?$/;
const edges = /^[\t\n\r ]+|[\t\n\r ]+$/g;

/** @typedef {Iterable<readonly [string, string]> | Record<string, string> | WebHeaders | Headers | undefined | null} HeadersLike */

/** `Headers` as the Fetch standard has it. Holds names and values in turn, and nothing of Node's own Fetch. */
export class WebHeaders {
  /** @type {string[]} lower-case names and values in turn */
  #pairs = [];

  /** @param {HeadersLike} [init] */
  constructor(init) {
    if (init === undefined || init === null) return;
    if (typeof init !== "object" && typeof init !== "function")
      throw new TypeError("Headers: the argument is no object");
    if (#pairs in init) this.#pairs = init.#pairs.slice();
    else if (Symbol.iterator in init) this.#takeEntries(/** @type {Iterable<readonly [string, string]>} */ (init));
    else for (const name of Object.keys(init)) this.append(name, Reflect.get(init, name));
  }

  /** Headers as received: names and values in turn, believed. @param {readonly string[]} pairs @param {number} start */
  static received(pairs, start) {
    const headers = new WebHeaders();
    for (let i = start; i + 1 < pairs.length; i += 2) {
      headers.#pairs.push(String(pairs[i]).toLowerCase(), String(pairs[i + 1]));
    }
    return headers;
  }

  /** Names and values in turn; not to be changed. @param {WebHeaders} headers @returns {readonly string[]} */
  static pairsOf(headers) {
    return headers.#pairs;
  }

  /** @param {unknown} value */
  static [Symbol.hasInstance](value) {
    if (this !== WebHeaders) return Function.prototype[Symbol.hasInstance].call(this, value);
    if (typeof value !== "object" || value === null) return false;
    return #pairs in value || isNativeHeaders(value);
  }

  /** @param {string} name @param {string} value */
  append(name, value) {
    this.#pairs.push(checkName(name), checkValue(name, value));
  }

  /** @param {string} name @param {string} value */
  set(name, value) {
    const key = checkName(name);
    const text = checkValue(name, value);
    const at = this.#indexOf(key, 0);
    if (at === -1) {
      this.#pairs.push(key, text);
      return;
    }
    this.#pairs[at + 1] = text;
    this.#removeFrom(key, at + 2);
  }

  /** @param {string} name */
  delete(name) {
    this.#removeFrom(checkName(name), 0);
  }

  /** @param {string} name @returns {string | null} */
  get(name) {
    const key = checkName(name);
    const pairs = this.#pairs;
    let at = this.#indexOf(key, 0);
    if (at === -1) return null;
    let value = pairs[at + 1] ?? "";
    while ((at = this.#indexOf(key, at + 2)) !== -1) value += `, ${pairs[at + 1]}`;
    return value;
  }

  /** @param {string} name */
  has(name) {
    return this.#indexOf(checkName(name), 0) !== -1;
  }

  /** @returns {string[]} */
  getSetCookie() {
    return this.#pairs.filter((_, i) => i % 2 === 1 && this.#pairs[i - 1] === "set-cookie");
  }

  /** @param {(value: string, name: string, headers: WebHeaders) => void} callback @param {unknown} [self] */
  forEach(callback, self) {
    for (const [name, value] of this.#sorted()) callback.call(self, value, name, this);
  }

  *keys() {
    for (const [name] of this.#sorted()) yield name;
  }

  *values() {
    for (const [, value] of this.#sorted()) yield value;
  }

  *entries() {
    yield* this.#sorted();
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  get [Symbol.toStringTag]() {
    return "Headers";
  }

  /** @param {number} _depth @param {import("node:util").InspectOptions} options */
  [inspect.custom](_depth, options) {
    return `Headers ${inspect(Object.fromEntries(this.#sorted()), options)}`;
  }

  /** Combined and sorted by name, cookies apart. @returns {[string, string][]} */
  #sorted() {
    const names = [...new Set(this.#pairs.filter((_, i) => i % 2 === 0))].sort();
    return names.flatMap((name) =>
      name === "set-cookie"
        ? this.getSetCookie().map((value) => /** @type {[string, string]} */ ([name, value]))
        : [/** @type {[string, string]} */ ([name, this.get(name) ?? ""])],
    );
  }

  /** @param {Iterable<readonly [string, string]>} entries */
  #takeEntries(entries) {
    for (const entry of entries) {
      const [name, value, ...rest] = entry;
      if (name === undefined || value === undefined || rest.length > 0) {
        throw new TypeError("Headers: every entry must be a name and a value");
      }
      this.append(name, value);
    }
  }

  /** @param {string} key @param {number} from */
  #indexOf(key, from) {
    const pairs = this.#pairs;
    for (let i = from; i < pairs.length; i += 2) {
      if (pairs[i] === key) return i;
    }
    return -1;
  }

  /** @param {string} key @param {number} from */
  #removeFrom(key, from) {
    for (let at = this.#indexOf(key, from); at !== -1; at = this.#indexOf(key, at)) this.#pairs.splice(at, 2);
  }
}

/** Names that were checked, as they were spelled: most programs use a few, again and again. @type {Map<string, string>} */
const checkedNames = new Map();
const mostNames = 1_024;

/** @param {string} name */
function checkName(name) {
  const known = checkedNames.get(name);
  if (known !== undefined) return known;
  const text = String(name);
  if (!token.test(text)) throw new TypeError(`Headers: ${JSON.stringify(text)} is not a header name`);
  const key = text.toLowerCase();
  if (checkedNames.size < mostNames) checkedNames.set(text, key);
  return key;
}

/** @param {string} name @param {string} value */
function checkValue(name, value) {
  if (typeof value === "string" && plainValue.test(value)) return value;
  const text = String(value).replace(edges, "");
  if (forbidden.test(text))
    throw new TypeError(`Headers: the value of ${String(name)} has characters that no header may have`);
  return text;
}
