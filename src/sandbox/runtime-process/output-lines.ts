import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

const maxLineLength = 65_536;

/** Cuts a stream into lines without their newlines; what a line has beyond 64 KiB is dropped. The stream is always read on. */
export function onLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = decoder.write(chunk).split("\n");
    lines[0] = (rest + (lines[0] ?? "")).slice(0, maxLineLength);
    rest = (lines.pop() ?? "").slice(0, maxLineLength);
    for (const line of lines) onLine(line.slice(0, maxLineLength));
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
    rest = "";
  });
  stream.on("error", ignore); // the end of the process is what counts
}

function ignore(): void {}
