// @ts-check
import { EventEmitter } from "node:events";

/**
 * What `req.socket` of a call is: there is no connection, so it knows the addresses and lets the call be given up.
 */
export class CallSocket extends EventEmitter {
  readable = true;
  writable = true;
  destroyed = false;
  connecting = false;
  readyState = "open";
  timeout = 0;
  bytesRead = 0;
  bytesWritten = 0;
  readableHighWaterMark = 65_536;
  writableHighWaterMark = 65_536;
  remoteFamily = "IPv4";
  localAddress = "127.0.0.1";
  #call;
  #request;

  /**
   * @param {import("../channel/call.js").Call} call
   * @param {() => import("node:http").IncomingMessage} request whose headers say where the call came from
   */
  constructor(call, request) {
    super();
    this.#call = call;
    this.#request = request;
  }

  /** The address that the gateway saw: what stands before it may be made up by the caller. */
  get remoteAddress() {
    const forwarded = this.#request().headers["x-forwarded-for"];
    const last = String(forwarded ?? "")
      .split(",")
      .at(-1)
      ?.trim();
    return last === undefined || last === "" ? "127.0.0.1" : last;
  }

  get remotePort() {
    return Number(this.#request().headers["x-forwarded-port"] ?? 0);
  }

  get localPort() {
    return this.encrypted ? 443 : 80;
  }

  get encrypted() {
    return this.#request().headers["x-forwarded-proto"] === "https";
  }

  get writableLength() {
    return this.#call.queuedBytes;
  }

  address() {
    return { address: this.localAddress, family: "IPv4", port: this.localPort };
  }

  /** Gives the call up, as closing a connection would. @param {Error} [error] */
  destroy(error) {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.readable = false;
    this.writable = false;
    this.readyState = "closed";
    this.onDestroy(error ?? null);
    process.nextTick(() => this.emit("close", error !== undefined));
    return this;
  }

  /** @type {(error: Error | null) => void} */
  onDestroy = () => {};

  destroySoon() {
    return this.destroy();
  }

  end() {
    return this;
  }

  /** Raw bytes have nowhere to go. */
  write() {
    return false;
  }

  cork() {}

  uncork() {}

  pause() {
    return this;
  }

  resume() {
    return this;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  setNoDelay() {
    return this;
  }

  setKeepAlive() {
    return this;
  }

  /** Time limits are the platform's. */
  setTimeout() {
    return this;
  }
}
