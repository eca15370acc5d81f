// @ts-check
import { StringDecoder } from "node:string_decoder";
import { longestPiece } from "../node/channel/frames.js";

const linesKept = 20;
/** Unsent bytes at which the service waits with its output. */
const mostUnsent = 262_144;

/**
 * Passes a service's output on as log lines, no faster than the platform takes them, and remembers the last ones for
 * the sentence about its end.
 */
export class OutputLines {
  /** @type {string[]} */
  #last = [];
  #channel;
  /** @type {import("node:stream").Readable[]} */
  #sources = [];

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
    let begun = "";
    this.#sources.push(source);
    source.on("data", (/** @type {Buffer} */ chunk) => {
      const lines = (begun + decoder.write(chunk)).split("\n");
      begun = lines.pop() ?? "";
      if (begun.length > longestPiece) {
        lines.push(begun);
        begun = "";
      }
      for (const line of lines) this.#pass(stream, line);
      if (this.#channel.link.writer.used > mostUnsent) source.pause();
    });
    source.on("end", () => {
      if (begun !== "") this.#pass(stream, begun);
    });
    source.on("error", () => undefined); // the end of the process says more
  }

  /** @param {1 | 2} stream @param {string} line */
  #pass(stream, line) {
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    this.#channel.log(0, stream, text);
    this.#channel.link.schedule();
    this.#last.push(text);
    if (this.#last.length > linesKept) this.#last.shift();
  }
}
