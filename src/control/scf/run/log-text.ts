import type { LogLine, UsageRecord } from "../../../core/index.ts";

/** What stands around a function's own lines, in the words of SCF. */
interface Ended {
  readonly record: UsageRecord;
  /** Lines of the function, as one text. */
  readonly text: string;
  readonly droppedLines: number;
  readonly returnMessage: string;
}

/** Log of one invocation: START, the function's lines, ERROR when it failed, END, and what it took. */
export function invocationLogText({ record, text, droppedLines, returnMessage }: Ended): string {
  const id = record.requestId;
  const memory = `Memory:${record.memoryMb}MB MemUsage:${megabytes(record.memoryBytes).toFixed(6)}MB`;
  const lines = [`START RequestId: ${id}`];
  if (record.isCold) {
    lines.push(
      `Init Report RequestId: ${id} Claim:${milliseconds(record.claimUs)}ms Mount:${milliseconds(record.mountUs)}ms InitDuration:${milliseconds(record.initUs)}ms`,
    );
  }
  if (text !== "") lines.push(text.replace(/\n$/, ""));
  if (droppedLines > 0)
    lines.push(`(${droppedLines} more lines were not kept: the log of one call is limited to 1 MB)`);
  if (record.status !== 200) lines.push(`ERROR RequestId: ${id} Result:${record.status} ${returnMessage}`.trimEnd());
  lines.push(`END RequestId: ${id}`);
  const thaw = record.thawUs === 0 ? "" : ` Thaw:${milliseconds(record.thawUs)}ms`;
  const phases = `Queue:${milliseconds(record.queueUs)}ms${thaw} Run:${milliseconds(record.runUs)}ms`;
  lines.push(`Report RequestId: ${id} Duration:${milliseconds(record.durationUs)}ms ${memory} ${phases}`);
  return `${lines.join("\n")}\n`;
}

export function linesText(lines: readonly LogLine[]): string {
  return lines.map((line) => line.text.replace(/\n$/, "")).join("\n");
}

/** The last `bytes` of a text, not beginning within a character. */
export function tailOf(text: string, bytes: number): string {
  const whole = Buffer.from(text);
  if (whole.length <= bytes) return text;
  let start = whole.length - bytes;
  while (((whole[start] ?? 0) & 0xc0) === 0x80) start++;
  return whole.toString("utf8", start);
}

/** Milliseconds with three digits, from microseconds. */
export function milliseconds(us: number): number {
  return Math.round(us) / 1_000;
}

export function megabytes(bytes: number): number {
  return bytes / (1024 * 1024);
}

/** Billed time: rounded up to 100 ms. */
export function billedMs(durationUs: number): number {
  return Math.ceil(durationUs / 100_000) * 100;
}
