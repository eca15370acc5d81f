// @ts-check
import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { callHere } from "./current-call.js";

const { isBuffer, from: bufferFrom } = Buffer;
const { nextTick } = process;

/**
 * process.stdout or process.stderr of user code: every line becomes a log line of the call that printed it, at once.
 * Never ends, as the real ones do not.
 */
class CallOutput extends Writable {
  fd;
  #channel;
  #decoder = new StringDecoder("utf8");
  /** Lines begun outside any call. */
  #partial = "";

  /** @param {import("../channel/channel.js").Channel} channel @param {1 | 2} fd */
  constructor(channel, fd) {
    super({ decodeStrings: false, emitClose: false, autoDestroy: false });
    this.#channel = channel;
    this.fd = fd;
  }

  /**
   * @param {any} chunk as Writable has it
   * @param {any} [encoding]
   * @param {any} [callback]
   * @override
   */
  write(chunk, encoding, callback) {
    this.#print(typeof chunk === "string" && !isByteEncoding(encoding) ? chunk : this.#decode(chunk, encoding));
    const done = typeof encoding === "function" ? encoding : callback;
    if (typeof done === "function") nextTick(done, null);
    return true;
  }

  /** @param {any} [chunk] @param {any} [encoding] @param {any} [callback] @override */
  end(chunk, encoding, callback) {
    if (chunk !== undefined && chunk !== null && typeof chunk !== "function") this.write(chunk, encoding, callback);
    return this;
  }

  /** @override */
  destroy() {
    return this;
  }

  /** Line begun by a call that is about to be over, or (null) outside any. @param {import("../channel/call.js").Call | null} call */
  flushPartial(call) {
    const text = call === null ? this.#partial : (call.partialLines[this.fd - 1] ?? "");
    if (text === "") return;
    this.#setPartial(call, "");
    this.#channel.log(call?.id ?? 0, this.fd, text);
  }

  /** @param {unknown} chunk @param {unknown} encoding */
  #decode(chunk, encoding) {
    if (typeof chunk === "string")
      return this.#decoder.write(bufferFrom(chunk, /** @type {BufferEncoding} */ (encoding)));
    if (isBuffer(chunk)) return this.#decoder.write(chunk);
    if (chunk instanceof Uint8Array) return this.#decoder.write(bufferFrom(chunk));
    throw new TypeError("The first argument of write() must be a string, a Buffer or a Uint8Array");
  }

  /** @param {string} text */
  #print(text) {
    const call = callHere();
    const id = call === null ? 0 : call.id;
    const begun = call === null ? this.#partial : (call.partialLines[this.fd - 1] ?? "");
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const stop = end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
      this.#channel.log(id, this.fd, start === 0 ? begun + text.slice(0, stop) : text.slice(start, stop));
      start = end + 1;
    }
    if (start === 0) this.#setPartial(call, begun + text);
    else if (begun !== "" || start < text.length) this.#setPartial(call, text.slice(start));
    this.#send();
  }

  /**
   * A lone call may block the loop right after printing, so its lines leave now; among many they leave with the turn.
   */
  #send() {
    const { link, calls } = this.#channel;
    if (calls.size <= 1) link.flushPatiently();
    else link.schedulePatiently();
  }

  /** @param {import("../channel/call.js").Call | null} call @param {string} text */
  #setPartial(call, text) {
    if (call === null) this.#partial = text;
    else call.partialLines[this.fd - 1] = text;
  }
}

/** @param {unknown} encoding */
function isByteEncoding(encoding) {
  return typeof encoding === "string" && !/^utf-?8$/i.test(encoding);
}

/** Puts log lines in the place of the process's output. @param {import("../channel/channel.js").Channel} channel */
export function redirectOutput(channel) {
  const stdout = new CallOutput(channel, 1);
  const stderr = new CallOutput(channel, 2);
  Object.defineProperty(process, "stdout", { configurable: true, enumerable: true, get: () => stdout });
  Object.defineProperty(process, "stderr", { configurable: true, enumerable: true, get: () => stderr });
  channel.beforeAnswer = (call) => {
    if (call.partialLines[0] !== "") stdout.flushPartial(call);
    if (call.partialLines[1] !== "") stderr.flushPartial(call);
  };
  return {
    /** Lines begun outside any call. */
    flush() {
      stdout.flushPartial(null);
      stderr.flushPartial(null);
    },
  };
}
