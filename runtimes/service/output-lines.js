// @ts-check
import { StringDecoder } from "node:string_decoder";
import { longestPiece } from "../node/channel/frames.js";

const linesKept = 20;
/** Unsent bytes at which the program waits with its output. */
const mostUnsent = 262_144;
/** More than what a program can have written before anything is read of it. */
const mostUnread = 1_048_576;

/**
 * Passes a program's output on as log lines, no faster than the platform takes them, and remembers the last ones for
 * the sentence about its end.
 */
export class OutputLines {
  /** The call that is under way; 0: none. */
  callId = () => 0;
  /** @type {string[]} */
  #last = [];
  #channel;
  /** @type {import("node:stream").Readable[]} */
  #sources = [];
  /** Lines begun: stdout, stderr. */
  #begun = ["", ""];
  #readBytes = 0;

  /** @param {import("../node/channel/channel.js").Channel} channel */
  constructor(channel) {
    this.#channel = channel;
    channel.link.onDrained = () => {
      for (const source of this.#sources) source.resume();
    };
  }

  /** The last lines of both streams. */
  get last() {
    return this.#last.join("\n");
  }

  /** @param {import("node:stream").Readable} source @param {1 | 2} stream */
  follow(source, stream) {
    const decoder = new StringDecoder("utf8");
    this.#sources.push(source);
    source.on("data", (/** @type {Buffer} */ chunk) => {
      this.#readBytes += chunk.length;
      const lines = (this.#begun[stream - 1] + decoder.write(chunk)).split("\n");
      let begun = lines.pop() ?? "";
      if (begun.length > longestPiece) {
        lines.push(begun);
        begun = "";
      }
      this.#begun[stream - 1] = begun;
      for (const line of lines) this.#pass(stream, line);
      if (this.#isBehind) source.pause();
    });
    source.on("end", () => {
      this.#sources = this.#sources.filter((other) => other !== source);
      this.#passBegun(stream);
    });
    source.on("error", () => undefined); // the end of the process says more
  }

  /**
   * Resolves when everything has been passed on that the program wrote before, a line begun included. It is in the
   * pipe by now, so one whole turn of the loop reads it, unless the platform is slow.
   */
  async settle() {
    const until = this.#readBytes + mostUnread;
    do {
      await nextTurn();
      await nextTurn();
    } while (this.#isBehind && this.#readBytes < until);
    this.#passBegun(1);
    this.#passBegun(2);
  }

  /** A line of the runtime's own about the program. @param {string} line */
  say(line) {
    this.#pass(2, line);
  }

  get #isBehind() {
    return this.#channel.link.writer.used > mostUnsent;
  }

  /** @param {1 | 2} stream */
  #passBegun(stream) {
    const begun = this.#begun[stream - 1] ?? "";
    this.#begun[stream - 1] = "";
    if (begun !== "") this.#pass(stream, begun);
  }

  /** @param {1 | 2} stream @param {string} line */
  #pass(stream, line) {
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    this.#channel.log(this.callId(), stream, text);
    this.#channel.link.schedule();
    this.#last.push(text);
    if (this.#last.length > linesKept) this.#last.shift();
  }
}

function nextTurn() {
  return new Promise((resolve) => setImmediate(resolve));
}
