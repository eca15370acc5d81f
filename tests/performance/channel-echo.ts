import { Socket } from "node:net";
import { frame, headerBytes } from "../../src/sandbox/channel/codec/frames.ts";
import { FrameReader } from "../../src/sandbox/channel/codec/frame-reader.ts";
import {
  makeStringList,
  stringListBytes,
  readStringList,
  writeStringList,
} from "../../src/sandbox/channel/codec/string-list.ts";

/** The other end for `channel.bench.ts`: reads every head whole and answers with its body, as lean as a runtime could. */
const socket = new Socket({ fd: 3 });
let buffer = Buffer.alloc(128 * 1024);
let filled = 0;
let isScheduled = false;
const answerHead = makeStringList(["content-type", "text/plain", "x-request", "0"]);
if (answerHead === null) throw new Error("no head");
const answerStrings = answerHead;

const reader = new FrameReader(
  {
    onFrame(type, call, bytes, start, end) {
      if (type === frame.init) json(frame.initialized, { handler: "http" });
      if (type !== frame.call) return;
      const listBytes = stringListBytes(bytes, start + 6, end);
      readStringList(bytes, start + 6, listBytes);
      const bodyStart = start + 6 + listBytes;
      const size = 3 + answerStrings.bytes + end - bodyStart;
      const at = begin(frame.head, call, size);
      buffer[at] = 1;
      buffer.writeUInt16LE(200, at + 1);
      bytes.copy(buffer, writeStringList(buffer, at + 3, answerStrings), bodyStart, end);
    },
    onDataStart() {},
    onData() {},
  },
  [frame.init, frame.call, frame.cancel, frame.stop],
);
socket.on("data", (chunk: Buffer) => reader.push(chunk));
socket.on("error", () => process.exit(0));
json(frame.ready, { protocol: 1, runtime: "echo", version: "1" });

function json(type: number, value: unknown): void {
  const text = Buffer.from(JSON.stringify(value));
  text.copy(buffer, begin(type, 0, text.length));
}

function begin(type: number, call: number, size: number): number {
  if (filled + headerBytes + size > buffer.length) flush();
  const at = filled;
  filled += headerBytes + size;
  buffer.writeUInt32LE(size + 5, at);
  buffer[at + 4] = type;
  buffer.writeUInt32LE(call, at + 5);
  if (!isScheduled) setImmediate(flush);
  isScheduled = true;
  return at + headerBytes;
}

function flush(): void {
  isScheduled = false;
  if (filled === 0) return;
  socket.write(buffer.subarray(0, filled));
  if (socket.writableLength > 0) buffer = Buffer.alloc(128 * 1024);
  filled = 0;
}
