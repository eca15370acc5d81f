import type { LogLine } from "../../core/index.ts";
import { ProtocolViolation } from "./codec/frames.ts";

/** What one channel may hand on in a second; a function that logs a line per call at full speed stays below. */
const linesPerSecond = 50_000;
const bytesPerSecond = 8 * 1024 * 1024;

/** Bounds the log of one sandbox by dropping lines, and counts what it drops. */
export class LogLimit {
  readonly #onDropped: (message: string) => void;
  #windowStart = 0;
  #lines = 0;
  #bytes = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(onDropped: (message: string) => void) {
    this.#onDropped = onDropped;
  }

  /** May a line of `bytes` be handed on at `now`? */
  allows(bytes: number, now: number): boolean {
    if (now - this.#windowStart >= 1000 || now < this.#windowStart) this.#startWindow(now);
    this.#lines += 1;
    this.#bytes += bytes;
    if (this.#lines <= linesPerSecond && this.#bytes <= bytesPerSecond) return true;
    this.#dropped += 1;
    this.#timer ??= setTimeout(this.report, 1000).unref();
    return false;
  }

  /** Says how many lines were dropped since the last report, in one line; nothing when none were. */
  readonly report = (): void => {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#dropped === 0) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#onDropped(
      `${dropped} log ${dropped === 1 ? "line was" : "lines were"} dropped: over ${linesPerSecond} lines or ${bytesPerSecond / 1024 / 1024} MiB in a second`,
    );
  };

  #startWindow(now: number): void {
    this.#windowStart = now;
    this.#lines = 0;
    this.#bytes = 0;
    this.report();
  }
}

const fixedBytes = 9;
const maxTextBytes = 65_536;
/** A sandbox's clock is ours; a time further off than this is made up. */
const believedDistanceMs = 600_000;

/** LOG. `now` takes the place of a time that nobody would believe. */
export function readLogLine(buffer: Buffer, start: number, end: number, now: number): LogLine {
  const at = buffer.readDoubleLE(start + 1);
  const text = buffer.toString("utf8", start + fixedBytes, end);
  if (text.includes("\n")) throw new ProtocolViolation("LOG has more than one line");
  return {
    at: Math.abs(at - now) <= believedDistanceMs ? at : now,
    stream: buffer.readUInt8(start) === 1 ? "stdout" : "stderr",
    text,
  };
}

/** What must hold before a LOG frame is read or dropped. */
export function checkLogFrame(buffer: Buffer, start: number, end: number): void {
  if (end - start < fixedBytes || end - start > fixedBytes + maxTextBytes) {
    throw new ProtocolViolation("LOG has a wrong length");
  }
  const stream = buffer.readUInt8(start);
  if (stream !== 1 && stream !== 2) throw new ProtocolViolation(`LOG names stream ${stream}`);
}
