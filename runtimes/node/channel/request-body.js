// @ts-check
import { frameType } from "./frames.js";

/** Credit is given back in steps of so many bytes taken. */
const windowStep = 65_536;
// User code may replace the globals.
const { concat } = Buffer;
const nothing = () => {};

/**
 * The body of a call on its way in: what arrived waits here until it is read, and reading gives the platform leave to
 * send more.
 */
export class RequestBody {
  /** Called when something arrived or the end did. */
  onReadable = nothing;
  /** Everything has arrived. */
  isComplete;
  /** Why nothing more will come, when the call was cancelled first. @type {Error | null} */
  abortError = null;
  /** @type {string[] | null} */
  trailers = null;
  #call;
  #channel;
  /** @type {Buffer[]} */
  #chunks = [];
  #taken = 0;

  /**
   * @param {import("./call.js").Call} call @param {import("./channel.js").Channel} channel
   * @param {Buffer | null} whole the body, when all of it came with the call
   */
  constructor(call, channel, whole) {
    this.#call = call;
    this.#channel = channel;
    this.isComplete = whole !== null;
    if (whole !== null && whole.length > 0) this.#chunks.push(whole);
  }

  /** Nothing is left and nothing will come. */
  get isEnded() {
    return this.isComplete && this.#chunks.length === 0;
  }

  /** The next bytes; null: none at the moment. */
  read() {
    const chunk = this.#chunks.shift() ?? null;
    if (chunk === null || this.isComplete) return chunk;
    this.#taken += chunk.length;
    if (this.#taken >= windowStep) this.#giveCredit();
    return chunk;
  }

  /**
   * The whole body, once.
   * @returns {Promise<Buffer>}
   */
  whole() {
    if (this.isComplete) return Promise.resolve(this.wholeNow());
    return new Promise((resolve, reject) => {
      /** @type {Buffer[]} */
      const parts = [];
      const take = () => {
        for (let part = this.read(); part !== null; part = this.read()) parts.push(part);
        if (this.abortError !== null) reject(this.abortError);
        else if (this.isComplete) resolve(parts.length === 1 && parts[0] ? parts[0] : concat(parts));
      };
      this.onReadable = take;
      take();
    });
  }

  /** The whole body, if it is complete. */
  wholeNow() {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks.length === 1 && chunks[0] ? chunks[0] : concat(chunks);
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    this.#chunks.push(chunk);
    this.onReadable();
  }

  /** @param {Error} error */
  abort(error) {
    if (this.isComplete || this.abortError !== null) return;
    this.abortError = error;
    this.onReadable();
  }

  /** @param {string[] | null} trailers */
  end(trailers) {
    this.isComplete = true;
    this.trailers = trailers;
    this.#call.updateWaiting();
    this.onReadable();
  }

  #giveCredit() {
    if (this.#call.isOver) return;
    const { writer } = this.#channel.link;
    writer.begin(frameType.window, this.#call.id, 4);
    writer.u32(this.#taken);
    writer.finish();
    this.#channel.link.schedule();
    this.#taken = 0;
  }
}
