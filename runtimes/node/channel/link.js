// @ts-check
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { FrameReader } from "./frame-reader.js";
import { FrameWriter } from "./frames.js";

const readBufferBytes = 262_144;
/** So much waiting is written without waiting for the end of the loop turn. */
const eagerBytes = 131_072;
/** Printing waits for the platform once so much is unsent: as writing to a full pipe would. */
const patientBytes = 1_048_576;
/** Turns of the loop in which a full socket is tried again at once, before a pause. */
const eagerTries = 4;
const pauseMs = 1;
const lastWordsMs = 500;

// User code may replace the globals.
const nextTurn = setImmediate;
const afterPause = setTimeout;
const { now } = Date;
const { wait } = Atomics;
const never = new Int32Array(new SharedArrayBuffer(4));
const pause = () => wait(never, 0, 0, pauseMs);

/** @typedef {import("./frame-reader.js").FrameSink & { onClose(error: Error | null): void }} LinkSink */

/**
 * The byte stream of the channel: frames of one loop turn leave in one write.
 *
 * Written straight to the descriptor, never through a stream: what the kernel does not take stays in the writer and is
 * tried again, so that a blocked or ending process can still say what it has to say, in order.
 */
export class Link {
  writer = new FrameWriter();
  /** Called when everything has been sent. */
  onDrained = () => {};
  #fd;
  #socket;
  #isScheduled = false;
  #isBroken = false;
  /** The kernel took no more when it was last asked. */
  #isFull = false;
  #tries = 0;
  #flush = () => {
    this.#isScheduled = false;
    this.flush();
    if (this.writer.unsent > 0) this.#tryAgain();
    else this.onDrained();
  };

  /**
   * @param {number} fd
   * @param {LinkSink} sink
   */
  constructor(fd, sink) {
    this.#fd = fd;
    const reader = new FrameReader(sink);
    const buffer = Buffer.allocUnsafeSlow(readBufferBytes);
    /** @param {number} bytes */
    const onRead = (bytes) => {
      try {
        reader.push(buffer, bytes);
      } catch (error) {
        sink.onClose(/** @type {Error} */ (error)); // only the reader throws here: the sink guards user code itself
      }
      if (this.#isFull) this.#goOn();
      return true;
    };
    // `onread` is an option of the constructor too, though only documented for connect().
    const options = /** @type {import("node:net").SocketConstructorOpts} */ ({
      fd,
      readable: true,
      writable: true, // for `finish` alone
      onread: { buffer, callback: onRead },
    });
    this.#socket = new Socket(options);
    this.#socket.on("error", (error) => sink.onClose(error));
    this.#socket.on("end", () => sink.onClose(null));
    this.#socket.on("close", () => sink.onClose(null));
    this.#socket.resume();
  }

  /** Has what was put into the writer sent at the end of this loop turn. */
  schedule() {
    if (this.writer.unsent > eagerBytes && !this.#isFull) this.flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    nextTurn(this.#flush);
  }

  /** Sends what is in the writer now, as far as the kernel takes it. */
  flush() {
    const taken = this.#write();
    if (taken > 0) this.#tries = 0;
    this.writer.leave(taken);
  }

  /** For log lines: sent at once, and not piled up in memory when the platform reads slower than user code prints. */
  flushPatiently() {
    this.flush();
    while (this.writer.unsent > patientBytes && !this.#isBroken) {
      pause();
      this.flush();
    }
    if (this.writer.unsent > 0) this.schedule();
  }

  /** The same with the rest of the loop turn. */
  schedulePatiently() {
    if (this.writer.unsent > patientBytes) this.flushPatiently();
    else this.schedule();
  }

  /** Sends everything, waiting for the platform as long as is decent: the process is about to end. */
  flushLastWords() {
    const until = now() + lastWordsMs;
    this.flush();
    while (this.writer.unsent > 0 && !this.#isBroken && now() < until) {
      pause();
      this.flush();
    }
  }

  /**
   * Says that nothing more comes, and waits, not long, until the platform has closed its end too. A process that ends
   * before would have the platform's next write fail, and with it what the platform has not read yet.
   * @param {() => void} onGone called once
   */
  finish(onGone) {
    this.flushLastWords();
    let isGone = false;
    const gone = () => {
      if (!isGone) onGone();
      isGone = true;
    };
    afterPause(gone, lastWordsMs);
    for (const event of ["error", "end", "close"]) this.#socket.removeAllListeners(event).on(event, gone);
    this.#socket.end();
  }

  /** Waiting for the platform keeps the process alive; `unref`: it does not. */
  ref() {
    this.#socket.ref();
  }

  unref() {
    this.#socket.unref();
  }

  /** A platform that says something reads, too: what was full may have room, before the pause is over. */
  #goOn() {
    this.flush();
    if (this.writer.unsent === 0) this.onDrained();
  }

  #tryAgain() {
    if (this.#isScheduled || this.#isBroken) return;
    this.#isScheduled = true;
    if (++this.#tries <= eagerTries) nextTurn(this.#flush);
    else afterPause(this.#flush, pauseMs);
  }

  /** Bytes that the kernel took. */
  #write() {
    const { buffer, sent, used } = this.writer;
    let at = sent;
    this.#isFull = false;
    try {
      while (at < used) at += writeSync(this.#fd, buffer, at, used - at);
    } catch (error) {
      // Full is a matter of time; anything else the reading end learns of as well, and ends the process.
      this.#isFull = /** @type {NodeJS.ErrnoException} */ (error).code === "EAGAIN";
      this.#isBroken = !this.#isFull;
    }
    return at - sent;
  }
}
