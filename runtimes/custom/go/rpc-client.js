// @ts-check
import { connect } from "node:net";
import { GobReader, readUint } from "./gob-reader.js";
import { GobWriter } from "./gob-writer.js";

/** Description, headers and stack traces around a result. */
const mostBesideResult = 1_048_576;

/** @type {import("./gob-writer.js").GobStruct} */
const requestType = {
  id: 65,
  name: "Request",
  fields: [
    ["ServiceMethod", "string"],
    ["Seq", "uint"],
  ],
};

/**
 * What came of a remote call: its reply, the words with which it was refused, a reply too long to be taken, or the end of the connection.
 * @typedef {{ kind: "reply", value: Record<string, unknown> } | { kind: "refused", message: string }
 *   | { kind: "too-large" } | { kind: "broken", message: string }} RpcOutcome
 */

/** The client's side of Go's net/rpc on one connection, one call at a time. */
export class RpcClient {
  #socket;
  #writer = new GobWriter();
  #reader = new GobReader();
  #mostBytes;
  /** Bytes of a message begun. @type {Buffer[]} */
  #chunks = [];
  #bufferedBytes = 0;
  /** Bytes needed before anything more can be read. */
  #neededBytes = 1;
  /** Bytes of a message that is too long, still to come. */
  #skipBytes = 0;
  #seq = 0;
  /** The head of a reply whose value is still to come. @type {Record<string, unknown> | null} */
  #head = null;
  /** @type {((outcome: RpcOutcome) => void) | null} */
  #settle = null;
  /** Why the connection is of no use any more. @type {string | null} */
  #broken = null;

  /** @param {number} port @param {string} host @param {number} maxResultBytes */
  constructor(port, host, maxResultBytes) {
    this.#mostBytes = maxResultBytes + mostBesideResult;
    this.#socket = connect({ port, host, noDelay: true });
    this.#socket.on("data", (chunk) => this.#take(/** @type {Buffer} */ (chunk))); // no encoding is set
    this.#socket.on("error", (error) => this.#break(error.message));
    this.#socket.on("close", () => this.#break("it closed the connection"));
  }

  /**
   * @param {string} method @param {import("./gob-writer.js").GobStruct} type @param {Readonly<Record<string, unknown>>} argument
   * @returns {Promise<RpcOutcome>}
   */
  call(method, type, argument) {
    if (this.#broken !== null) return Promise.resolve({ kind: "broken", message: this.#broken });
    const head = this.#writer.message(requestType, { ServiceMethod: method, Seq: ++this.#seq });
    this.#socket.write(Buffer.concat([head, this.#writer.message(type, argument)]));
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  close() {
    this.#socket.destroy();
  }

  /** @param {Buffer} chunk */
  #take(chunk) {
    const skipped = Math.min(this.#skipBytes, chunk.length);
    this.#skipBytes -= skipped;
    if (skipped < chunk.length) this.#chunks.push(chunk.subarray(skipped));
    this.#bufferedBytes += chunk.length - skipped;
    if (this.#bufferedBytes < this.#neededBytes) return;
    const all = Buffer.concat(this.#chunks);
    try {
      this.#keep(all.subarray(this.#readMessages(all)));
    } catch (error) {
      this.#break(`what it says is not net/rpc: ${/** @type {Error} */ (error).message}`);
    }
  }

  /** @param {Buffer} rest */
  #keep(rest) {
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#bufferedBytes = rest.length;
  }

  /** Takes the complete messages; gives where the rest begins. @param {Buffer} bytes */
  #readMessages(bytes) {
    for (let at = 0; ;) {
      this.#neededBytes = bytes.length - at + 1;
      const length = readUint(bytes, at);
      if (length === null) return at;
      const end = length.end + length.value;
      if (length.value > this.#mostBytes) {
        this.#skipBytes = Math.max(0, end - bytes.length);
        this.#finish({ kind: "too-large" });
        this.#neededBytes = 1;
        if (end >= bytes.length) return bytes.length;
      } else if (end > bytes.length) {
        this.#neededBytes = end - at;
        return at;
      } else this.#read(this.#reader.message(bytes.subarray(length.end, end)));
      at = end;
    }
  }

  /** @param {unknown} value of a message; undefined: it described a type */
  #read(value) {
    if (value === undefined) return;
    if (typeof value !== "object" || value === null) throw new Error("a reply that is no struct");
    const fields = /** @type {Record<string, unknown>} */ (value); // checked above
    if (this.#head === null) {
      this.#head = fields;
      return;
    }
    const { Error: refusal } = this.#head;
    if (typeof refusal === "string" && refusal !== "") this.#finish({ kind: "refused", message: refusal });
    else this.#finish({ kind: "reply", value: fields });
  }

  /** @param {RpcOutcome} outcome */
  #finish(outcome) {
    const isOwn = this.#head === null || this.#head["Seq"] === this.#seq;
    this.#head = null;
    if (!isOwn) return this.#break("it answered a call that it was not given");
    const settle = this.#settle;
    this.#settle = null;
    settle?.(outcome);
  }

  /** @param {string} message */
  #break(message) {
    this.#broken ??= message;
    this.#socket.destroy();
    const settle = this.#settle;
    this.#settle = null;
    settle?.({ kind: "broken", message: this.#broken });
  }
}
