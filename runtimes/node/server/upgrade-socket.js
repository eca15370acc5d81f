// @ts-check
import { Duplex } from "node:stream";
import { failure, failureOf } from "../process/failure.js";
import { hopByHop } from "./server-response.js";

/** @typedef {import("../channel/call.js").Call} Call */
/** @typedef {(error?: Error | null) => void} Callback */

const endOfHead = "\r\n\r\n";
/** Bytes that a head may have. */
const longestHead = 65_536;
const switchingProtocols = 101;
const { nextTick } = process;

/**
 * The `socket` of an 'upgrade' event: what is read are the client's bytes after the protocol was changed, what is written is
 * an answer as HTTP/1.1 has it on the wire, and then, if that was 101, the new protocol.
 *
 * asked → (head 101) switched → (end, destroy, call over) closed;  asked → (another head) answering → closed
 */
export class UpgradeSocket extends Duplex {
  remoteFamily = "IPv4";
  localAddress = "127.0.0.1";
  connecting = false;
  #call;
  /** @type {Buffer | null} what was written of the head; null once it is sent */
  #head = Buffer.alloc(0);
  #isSwitched = false;
  /** More may be read. */
  #isWanted = false;
  /** @type {Callback | null} of a write that waits for leave */
  #written = null;

  /** @param {Call} call @param {import("./call-socket.js").CallSocket} addresses */
  constructor(call, addresses) {
    super({ allowHalfOpen: true, decodeStrings: true });
    this.#call = call;
    this.remoteAddress = addresses.remoteAddress;
    this.remotePort = addresses.remotePort;
    this.localPort = addresses.localPort;
    this.encrypted = addresses.encrypted;
    call.onDrain = () => this.#goOn();
    call.onCancel = () => this.destroy();
    call.onOver = () => nextTick(() => this.#leave());
  }

  address() {
    return { address: this.localAddress, family: "IPv4", port: this.localPort };
  }

  /** Time limits are the platform's. */
  setTimeout() {
    return this;
  }

  setNoDelay() {
    return this;
  }

  setKeepAlive() {
    return this;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  destroySoon() {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  /** @override */
  _read() {
    this.#isWanted = true;
    this.#pass();
  }

  /** @override @param {Buffer} chunk @param {BufferEncoding} _encoding @param {Callback} done */
  _write(chunk, _encoding, done) {
    try {
      const bytes = this.#head === null ? chunk : this.#takeHead(Buffer.concat([this.#head, chunk]));
      if (bytes.length === 0 || this.#call.write(bytes)) return done();
      this.#written = done;
    } catch (error) {
      this.#call.fail(failureOf("user", error));
      this.destroy();
      done();
    }
  }

  /** @override @param {Callback} done */
  _final(done) {
    if (this.#head === null) this.#call.end(null);
    else
      this.#call.fail(failure("bad-result", "BadAnswer", "The connection of an upgrade was ended without an answer"));
    done();
  }

  /** @override @param {Error | null} error @param {Callback} done */
  _destroy(error, done) {
    if (this.#isSwitched) this.#call.end(null);
    else {
      const message = error?.message ?? "The handler closed the connection of an upgrade";
      this.#call.fail(failure("user", error?.name ?? "Error", message));
    }
    done(error);
  }

  /** Sends the head when it is whole; gives what came behind it. @param {Buffer} bytes */
  #takeHead(bytes) {
    const end = bytes.indexOf(endOfHead);
    if (end === -1 && bytes.length <= longestHead) {
      this.#head = bytes;
      return bytes.subarray(0, 0);
    }
    const { status, pairs } = readHead(bytes.toString("latin1", 0, Math.max(0, end)));
    this.#head = null;
    this.#isSwitched = status === switchingProtocols;
    if (this.#isSwitched) this.#switch(pairs);
    else this.#call.head(status, pairs);
    return bytes.subarray(end + endOfHead.length);
  }

  /** @param {string[]} pairs */
  #switch(pairs) {
    this.#call.switch(pairs);
    this.#call.body.onReadable = () => this.#pass();
  }

  /** Passes on what has come, as far as it is wanted. */
  #pass() {
    const { body } = this.#call;
    while (this.#isSwitched && this.#isWanted) {
      const chunk = body.read();
      if (chunk === null) break;
      this.#isWanted = false; // `push` may ask for more by itself
      if (this.push(chunk)) this.#isWanted = true;
    }
    if (this.#isSwitched && body.isEnded) this.#endReading();
  }

  #goOn() {
    const written = this.#written;
    this.#written = null;
    written?.();
  }

  #endReading() {
    if (!this.readableEnded && !this.destroyed) this.push(null);
  }

  /** The call is over: nobody speaks or listens any more. */
  #leave() {
    this.#goOn();
    this.#endReading();
    if (!this.writableEnded) this.destroy();
    else if (this.readableFlowing !== true) this.resume();
  }
}

/** Status and headers of an answer, those of one connection left out. @param {string} text */
function readHead(text) {
  const [first = "", ...lines] = text.split("\r\n");
  const match = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first);
  if (match === null) throw new Error("What was written to the connection of an upgrade is no HTTP answer");
  /** @type {string[]} */
  const pairs = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error("An answer to an upgrade has a header without a colon");
    const name = line.slice(0, colon);
    if (!hopByHop.has(name.toLowerCase())) pairs.push(name, line.slice(colon + 1).trim());
  }
  return { status: Number(match[1]), pairs };
}
