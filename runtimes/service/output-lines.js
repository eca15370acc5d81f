// @ts-check
import { StringDecoder } from "node:string_decoder";

const longestLine = 65_536;
const rememberedLines = 20;

/** Cuts what a server prints into lines, and remembers the last ones to explain its end. */
export class OutputLines {
  /** @type {string[]} */
  #last = [];
  #onLine;

  /** @param {(stream: 1 | 2, line: string) => void} onLine */
  constructor(onLine) {
    this.#onLine = onLine;
  }

  /** @param {1 | 2} stream @param {import("node:stream").Readable} source */
  read(stream, source) {
    const decoder = new StringDecoder("utf8");
    let rest = "";
    source.on("data", (chunk) => {
      const lines = (rest + decoder.write(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(stream, line);
      if (rest.length < longestLine) return;
      this.#take(stream, rest);
      rest = "";
    });
    source.on("close", () => {
      if (rest !== "") this.#take(stream, rest);
    });
  }

  /** A sentence with the last lines, oldest first. */
  explain() {
    return this.#last.length === 0 ? "It printed nothing" : `It printed:\n${this.#last.join("\n")}`;
  }

  get isPortTaken() {
    return /EADDRINUSE|Address already in use/i.test(this.#last.join("\n"));
  }

  /** @param {1 | 2} stream @param {string} line */
  #take(stream, line) {
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    this.#last.push(text.slice(0, 500));
    if (this.#last.length > rememberedLines) this.#last.shift();
    this.#onLine(stream, text);
  }
}
