import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import type { SocketChannel } from "../channel/socket-channel.ts";
import { HeapLimit } from "./heap-limit.ts";
import { onLines } from "./output-lines.ts";

/** Rest of the output and of the channel after the last process has gone. */
const drainMs = 500;
const keptErrorLines = 20;

/** What the processes of one box write past the runtime's own capture: handed on as log lines, and looked at for why they end. */
export class RuntimeOutput {
  readonly #channel: SocketChannel;
  readonly #streams: readonly Readable[];
  readonly #lastErrorLines: string[] = [];
  readonly #heapLimit = new HeapLimit();

  constructor(channel: SocketChannel, stdout: Readable, stderr: Readable) {
    this.#channel = channel;
    this.#streams = [stdout, stderr];
    onLines(stdout, (line) => channel.logFromOutside("stdout", line));
    onLines(stderr, (line) => this.#onErrorLine(line));
  }

  /** What was written to stderr last, for the sentence about a failed start. */
  get lastErrorLines(): readonly string[] {
    return this.#lastErrorLines;
  }

  /** Whether the runtime, which ended by `signal`, ended itself because it reached its own limit of memory. */
  isHeapLimit(signal: string | null): boolean {
    return this.#heapLimit.isWhyEnded(signal);
  }

  /** After the last process has gone: reads what is left, then closes everything. */
  async drain(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, drainMs);
    await Promise.race([Promise.all([...this.#streams.map(ended), this.#channel.closed]), late.promise]);
    clearTimeout(timer);
    this.#channel.close("the sandbox has ended");
    for (const stream of this.#streams) stream.destroy();
  }

  #onErrorLine(line: string): void {
    this.#heapLimit.onErrorLine(line);
    if (this.#lastErrorLines.push(line) > keptErrorLines) this.#lastErrorLines.shift();
    this.#channel.logFromOutside("stderr", line);
  }
}

function ended(stream: Readable): Promise<void> {
  return finished(stream, { writable: false }).catch(() => undefined); // broken is ended, too
}
