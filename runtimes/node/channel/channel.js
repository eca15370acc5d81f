// @ts-check
import { failure } from "../process/failure.js";
import { Call } from "./call.js";
import { copyBytes, endOfStrings, frameType, packedStrings, readStrings, readU32, sliceUtf8 } from "./frames.js";
import { writeLogLine } from "./log-line.js";

/** @typedef {Pick<import("./link.js").Link, "writer" | "onDrained" | "schedule" | "schedulePatiently" | "flush" | "flushPatiently" | "flushLastWords" | "finish" | "ref" | "unref">} Link */

const { parse, stringify } = JSON;
const { now } = Date;

/** @typedef {import("./call.js").Failure} Failure */

/**
 * @typedef {object} InitMessage INIT of PROTOCOL.md
 * @property {"event" | "http" | "service"} form
 * @property {string} handler
 * @property {string} codeRoot
 * @property {string} [layersRoot]
 * @property {boolean} [isOverlaid]
 * @property {Record<string, string>} environment
 * @property {{ name: string, namespace: string, version: string, region: string, appId: string, uin: string, memoryMb: number, timeoutMs: number }} function
 * @property {number} maxResultBytes
 * @property {number} initTimeoutMs
 * @property {string} [host]
 * @property {number} [port]
 */

/**
 * @typedef {object} ChannelEvents What a runtime does with what the platform says; none of them may throw.
 * @property {(message: InitMessage) => void} [onPrepare] of a runtime whose READY says that it prepares
 * @property {(message: InitMessage) => void} onInit the same object as in onPrepare, if that came before
 * @property {(call: Call) => void} onCall
 * @property {(graceMs: number) => void} onStop
 * @property {(error: Error | null) => void} onClose The platform is gone.
 */

/**
 * The runtime's end of the channel.
 *
 * started → READY → (PREPARE) → (INIT) initializing → INITIALIZED | INIT_FAILED; CALLs any time after INITIALIZED. One that comes before, behind
 * INIT, waits for it.
 */
export class Channel {
  /** Calls under way, by the platform's id. @type {Map<number, Call>} */
  calls = new Map();
  link;
  /** User code is being loaded. */
  isInitializing = false;
  /** Called when the last of a call's own frames is about to be written: lines begun by it go out first. @type {(call: Call) => void} */
  beforeAnswer = () => {};
  /** Runs what may reach listeners of user code, as part of the call; must not throw. @type {(call: Call, what: (call: Call) => void) => void} */
  inCall = (call, what) => what(call);
  /** Called when a call is over. */
  onOver = () => {};
  #events;
  #isClosed = false;
  #isInitialized = false;
  /** CALLs that came before INITIALIZED, by id. @type {Map<number, { payload: Buffer, isCanceled: boolean }>} */
  #early = new Map();
  /** @type {InitMessage | null} */
  #initMessage = null;
  /** Calls that cannot go on without the platform. */
  #waitingCalls = 0;
  /** Calls that may send, when the link takes more. @type {Set<Call>} */
  #waitingForLink = new Set();
  #isRef = true;

  /**
   * @param {(sink: import("./link.js").LinkSink) => Link} connect
   * @param {ChannelEvents} events
   */
  constructor(connect, events) {
    this.#events = events;
    this.link = connect({
      onFrame: (type, id, buffer, start, end) => this.#dispatch(type, id, buffer, start, end),
      onData: (id, chunk) => this.#tell(id, (call) => call.body.push(chunk)),
      onClose: (error) => this.#close(error),
    });
    this.link.onDrained = () => this.#onDrained();
  }

  /** A frame with JSON in it. @param {number} type @param {number} id @param {object} message */
  send(type, id, message) {
    this.link.writer.textFrame(type, id, stringify(message));
    this.link.schedule();
  }

  /**
   * The handler is loaded. It is said at once, so that what a call does is not taken for loading; then the call that came meanwhile begins.
   * @param {{ handler: InitMessage["form"], port?: number }} message
   */
  initialized(message) {
    this.#isInitialized = true;
    this.send(frameType.initialized, 0, message);
    if (this.#early.size === 0) return;
    this.link.flush();
    for (const [id, { payload, isCanceled }] of this.#early) {
      if (isCanceled)
        this.send(frameType.error, id, failure("user", "Canceled", "the call was cancelled before it began"));
      else this.#startCall(id, payload, 0, payload.length);
    }
    this.#early.clear();
  }

  /** The whole runtime failed and is about to exit. @param {Failure} reason */
  fail(reason) {
    this.send(frameType.error, 0, reason);
  }

  /** One line of output. @param {number} id @param {1 | 2} stream @param {string} line */
  log(id, stream, line) {
    writeLogLine(this.link.writer, id, stream, line);
  }

  /** Called by a call that is over. @param {Call} call */
  forget(call) {
    this.calls.delete(call.id);
    this.updateRef();
    this.onOver();
  }

  /** Called by a call that begins or ceases to wait for the platform. @param {1 | -1} change */
  countWaiting(change) {
    this.#waitingCalls += change;
    this.updateRef();
  }

  /**
   * Waiting for the platform keeps the process alive, but not while all that runs is user code that no frame can move on:
   * then an empty event loop means that it will never answer.
   */
  updateRef() {
    const shouldRef = this.#waitingCalls > 0 || (this.calls.size === 0 && !this.isInitializing);
    if (shouldRef === this.#isRef) return;
    this.#isRef = shouldRef;
    if (shouldRef) this.link.ref();
    else this.link.unref();
  }

  /** Called by a call that has leave to send, but no room. @param {Call} call */
  waitForLink(call) {
    this.#waitingForLink.add(call);
  }

  #onDrained() {
    if (this.#waitingForLink.size === 0) return;
    const waiting = this.#waitingForLink;
    this.#waitingForLink = new Set(); // who finds no room again lines up behind the others
    for (const call of waiting) this.inCall(call, pump);
  }

  /** @param {number} type @param {number} id @param {Buffer} buffer @param {number} start @param {number} end */
  #dispatch(type, id, buffer, start, end) {
    switch (type) {
      case frameType.call:
        if (this.#isInitialized) return this.#startCall(id, buffer, start, end);
        this.#early.set(id, { payload: copyBytes(buffer, start, end), isCanceled: false });
        return;
      case frameType.window:
        return this.#tell(id, (call) => call.grant(readU32(buffer, start)));
      case frameType.end:
        return this.#tell(id, (call) => call.body.end(start === end ? null : readStrings(buffer, start)));
      case frameType.cancel:
        return this.#cancel(id, buffer[start] ?? 1);
      case frameType.ping:
        return this.#pong(readU32(buffer, start));
      case frameType.init:
        if (start !== end) this.#initMessage = parse(sliceUtf8(buffer, start, end));
        if (this.#initMessage === null) throw new Error("an INIT that says nothing, and no PREPARE before it");
        return this.#events.onInit(this.#initMessage);
      case frameType.prepare:
        this.#initMessage = /** @type {InitMessage} */ (parse(sliceUtf8(buffer, start, end)));
        return this.#events.onPrepare?.(this.#initMessage);
      case frameType.stop:
        return this.#events.onStop(readU32(buffer, start));
      default:
        throw new Error(`a frame of type ${type}`);
    }
  }

  /** Frames about calls that are over are dropped. @param {number} id @param {(call: Call) => void} what */
  #tell(id, what) {
    const call = this.calls.get(id);
    if (call !== undefined) this.inCall(call, what);
  }

  /** @param {number} id @param {number} reason */
  #cancel(id, reason) {
    const early = this.#early.get(id);
    if (early === undefined) return this.#tell(id, (call) => call.cancel(reason));
    early.isCanceled = true;
  }

  /** @param {number} id @param {Buffer} buffer @param {number} start @param {number} end */
  #startCall(id, buffer, start, end) {
    const untilDeadline = readU32(buffer, start + 2);
    const bodyStart = endOfStrings(buffer, start + 6);
    const call = new Call(this, {
      id,
      kind: buffer[start + 1] === 0 ? "event" : "http",
      deadline: untilDeadline === 0 ? 0 : now() + untilDeadline,
      strings: packedStrings(buffer, start + 6, bodyStart),
      body: (/** @type {number} */ (buffer[start]) & 1) === 1 ? copyBytes(buffer, bodyStart, end) : null,
    });
    this.calls.set(id, call);
    this.updateRef();
    this.#events.onCall(call);
  }

  /** @param {number} value */
  #pong(value) {
    const { writer } = this.link;
    writer.begin(frameType.pong, 0, 4);
    writer.u32(value);
    writer.finish();
    this.link.schedule();
  }

  /** @param {Error | null} error */
  #close(error) {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#events.onClose(error);
  }
}

/** @param {Call} call */
function pump(call) {
  call.pump();
}
