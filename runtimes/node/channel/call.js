// @ts-check
import { ByteQueue } from "./byte-queue.js";
import { RequestBody } from "./request-body.js";
import {
  FrameLimitError,
  frameType,
  longestPiece,
  startCredit,
  stringListBytes,
  subarray,
  unpackStrings,
  utf8Length,
} from "./frames.js";

/** @typedef {{ kind: string, errorType: string, message: string, stackTrace: string }} Failure as PROTOCOL.md has it */
/** @typedef {Uint8Array | string} Bytes a string means its UTF-8 bytes */

// User code may replace the globals.
const { min } = Math;
const { from: bufferFrom } = Buffer;
const Abort = DOMException;
const mostInformational = 8;
/** Body bytes wait in their call while so many of all calls are on their way to a platform that takes no more. */
const crowdedBytes = 262_144;
const nothing = () => {};

/**
 * One call: what came with it, and the answer's way out.
 *
 * open → (end, fail) over. After that every method does nothing.
 */
export class Call {
  /** Called when more may be written after `write` returned false. */
  onDrain = nothing;
  /** Called when the call is over, whoever ended it. */
  onOver = nothing;
  /** Called at CANCEL. @type {(reason: number) => void} */
  onCancel = nothing;
  /** Made when user code asks for a signal. @type {AbortController | null} */
  abort = null;
  /** Called when the event loop is empty and only this call's user code could have moved it on. */
  onLoopEmpty = nothing;
  isOver = false;
  cancelReason = 0;
  /** Lines begun by user code: stdout, stderr. */
  partialLines = ["", ""];
  #channel;
  #packed;
  /** @type {readonly string[] | null} */
  #strings = null;
  #credit = startCredit;
  /** Made when something has to wait. @type {ByteQueue | null} */
  #queue = null;
  #informed = 0;
  #isEnding = false;
  #isWaiting = false;
  /** @type {readonly string[] | null} */
  #trailers = null;

  /**
   * @param {import("./channel.js").Channel} channel
   * @param {{ id: number, kind: "event" | "http", deadline: number, strings: string, body: Buffer | null }} head `strings`: packed
   */
  constructor(channel, head) {
    this.#channel = channel;
    this.id = head.id;
    this.kind = head.kind;
    /** Milliseconds since 1970; 0: none. */
    this.deadline = head.deadline;
    const first = unpackStrings(head.strings, 3);
    this.requestId = first[0] ?? "";
    /** http only. */
    this.method = first[1] ?? "";
    /** http only. */
    this.target = first[2] ?? "/";
    this.#packed = head.strings;
    this.body = new RequestBody(this, channel, head.body);
    this.updateWaiting();
  }

  /**
   * As PROTOCOL.md has them: after the request id, variables of an event; method, target and headers of http. Many calls are
   * answered without a look at them, so they are cut when they are asked for.
   * @type {readonly string[]}
   */
  get strings() {
    this.#strings ??= unpackStrings(this.#packed);
    return this.#strings;
  }

  /** Bytes written that have no leave to go yet. */
  get queuedBytes() {
    return this.#queue === null ? 0 : this.#queue.length;
  }

  /** Informational answer; more of them than the platform passes on are left out. @param {number} status @param {readonly string[]} pairs */
  inform(status, pairs) {
    if (!this.isOver && status !== 101 && ++this.#informed <= mostInformational)
      this.#putHead(status, pairs, 0, null, 0);
  }

  /** The answer's head; its body follows. @param {number} status @param {readonly string[]} pairs */
  head(status, pairs) {
    if (!this.isOver) this.#putHead(checkStatus(status), pairs, 0, null, 0);
  }

  /** Changes the protocol (101): from here on both directions carry the new one's bytes. @param {readonly string[]} pairs */
  switch(pairs) {
    if (this.isOver) return;
    this.body = new RequestBody(this, this.#channel, null);
    this.#putHead(101, pairs, 0, null, 0);
  }

  /**
   * The whole answer.
   * @param {number} status @param {readonly string[]} pairs
   * @param {Bytes | null} body
   * @param {boolean} [isKept] nobody changes the body afterwards
   */
  answer(status, pairs, body, isKept = false) {
    if (this.isOver) return;
    const bytes = body === null ? 0 : typeof body === "string" ? utf8Length(body) : body.length;
    if (bytes > longestPiece) {
      this.head(status, pairs);
      this.write(body ?? "", isKept);
      this.end(null);
      return;
    }
    const listBytes = stringListBytes(pairs);
    checkStatus(status);
    this.#channel.beforeAnswer(this);
    this.#putHead(status, pairs, 1, body, bytes, listBytes);
    this.#over();
  }

  /**
   * Body bytes of the answer. Nothing is lost; false: wait for `onDrain` before writing more.
   * @param {Bytes} bytes
   * @param {boolean} [isKept] nobody changes them afterwards
   */
  write(bytes, isKept = false) {
    if (this.isOver) return true;
    const isText = typeof bytes === "string";
    const chunk = isText ? bufferFrom(bytes) : /** @type {Buffer} */ (bytes); // read only below
    const now = this.queuedBytes > 0 ? 0 : this.#putData(chunk);
    if (now < chunk.length) {
      this.#queue ??= new ByteQueue();
      if (isText || isKept) this.#queue.pushKept(chunk, now, chunk.length);
      else this.#queue.push(chunk, now, chunk.length);
      this.updateWaiting();
    }
    return this.queuedBytes === 0;
  }

  /** The answer is complete. @param {readonly string[] | null} trailers */
  end(trailers) {
    if (this.isOver || this.#isEnding) return;
    this.#isEnding = true;
    this.#trailers = trailers;
    if (this.queuedBytes === 0) this.#finish();
  }

  /** The call failed, whatever was said of its answer so far. @param {Failure} failure */
  fail(failure) {
    if (this.isOver) return;
    this.#channel.beforeAnswer(this);
    this.#channel.send(frameType.error, this.id, failure);
    this.#over();
  }

  /** More may be sent. @param {number} bytes */
  grant(bytes) {
    this.#credit += bytes;
    this.pump();
  }

  /** What waited goes on. */
  pump() {
    if (this.isOver) return;
    const wasFull = this.queuedBytes > 0;
    if (this.#queue !== null) this.#sendQueued(this.#queue);
    if (this.queuedBytes > 0) return;
    if (this.#isEnding) return this.#finish();
    this.updateWaiting();
    if (wasFull) this.onDrain();
  }

  /** @param {number} reason */
  cancel(reason) {
    if (this.cancelReason !== 0) return;
    this.cancelReason = reason;
    this.abort?.abort(cancelError(reason));
    this.onCancel(reason);
    if (!this.body.isComplete) this.body.abort(cancelError(reason));
  }

  /** @param {ByteQueue} queue */
  #sendQueued(queue) {
    for (let sent = -1; sent !== 0 && queue.length > 0;) {
      sent = this.#putData(queue.peek(this.#credit));
      queue.drop(sent);
    }
  }

  #finish() {
    this.#channel.beforeAnswer(this);
    const trailers = this.#trailers;
    const { writer } = this.#channel.link;
    writer.begin(frameType.end, this.id, trailers === null ? 0 : stringListBytes(trailers));
    if (trailers !== null) writer.strings(trailers);
    writer.finish();
    this.#channel.link.schedule();
    this.#over();
  }

  #over() {
    this.isOver = true;
    this.#queue?.clear();
    this.#queue = null;
    this.updateWaiting();
    this.#channel.forget(this);
    this.onOver();
  }

  /**
   * Tells the channel whether a frame of the platform may be what this call waits for. An HTTP call may always wait for
   * one: for the call that answers it (long polling), or for the caller to go.
   */
  updateWaiting() {
    const isWaiting = !this.isOver && (this.kind === "http" || !this.body.isComplete || this.queuedBytes > 0);
    if (isWaiting === this.#isWaiting) return;
    this.#isWaiting = isWaiting;
    this.#channel.countWaiting(isWaiting ? 1 : -1);
  }

  /**
   * @param {number} status @param {readonly string[]} pairs @param {0 | 1} flags
   * @param {Bytes | null} body @param {number} bodyBytes @param {number} [listBytes]
   */
  #putHead(status, pairs, flags, body, bodyBytes, listBytes = stringListBytes(pairs)) {
    const { writer } = this.#channel.link;
    writer.begin(frameType.head, this.id, 3 + listBytes + bodyBytes);
    writer.u8(flags);
    writer.u16(status);
    writer.strings(pairs);
    if (typeof body === "string") writer.utf8(body);
    else if (body !== null) writer.bytes(body);
    writer.finish();
    this.#channel.link.schedule();
  }

  /** Sends of these bytes what may leave now, and gives how many. @param {Buffer} chunk */
  #putData(chunk) {
    const { link } = this.#channel;
    const { writer } = link;
    const allowed = min(chunk.length, this.#credit);
    let at = 0;
    while (at < allowed && writer.unsent < crowdedBytes) {
      const stop = min(allowed, at + longestPiece);
      writer.begin(frameType.data, this.id, stop - at);
      writer.bytes(subarray(chunk, at, stop));
      writer.finish();
      link.schedule();
      at = stop;
    }
    this.#credit -= at;
    if (at < allowed) this.#channel.waitForLink(this);
    return at;
  }
}

/** @param {number} status */
function checkStatus(status) {
  if (status >= 200 && status <= 599) return status;
  throw new FrameLimitError(`an answer with status ${status}: it must be from 200 to 599`);
}

const cancelReasons = ["", "the caller is gone", "the time limit was reached", "the sandbox is stopping"];

/** What code that waits for a cancelled call is told. @param {number} reason */
export function cancelError(reason) {
  return new Abort(`The call was cancelled: ${cancelReasons[reason] ?? "no reason given"}`, "AbortError");
}
