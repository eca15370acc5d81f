import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FrameReader } from "./frame-reader.js";
import { frameType, FrameWriter, readStrings, stringListBytes } from "./frames.js";
import { writeLogLine } from "./log-line.js";

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 300,
});
const header = fc.array(latin1, { maxLength: 30 });
const written = fc.oneof(
  fc.record({ type: fc.constant(frameType.head), call: fc.nat(), list: header }, { noNullPrototype: true }),
  fc.record({ type: fc.constant(frameType.data), call: fc.nat(), bytes: fc.uint8Array({ maxLength: 20_000 }) }),
);

/** Everything a reader makes of bytes that arrive in pieces of these sizes; neighbouring pieces of one body are joined. */
function readInPieces(bytes: Buffer, sizes: readonly number[]): unknown[] {
  const seen: { type: number; call: number; list?: string[]; bytes?: Buffer }[] = [];
  const reader = new FrameReader({
    onFrame: (type, call, buffer, start) => seen.push({ type, call, list: readStrings(buffer, start) }),
    onData: (call, chunk) => seen.push({ type: frameType.data, call, bytes: chunk }),
  });
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const piece = Buffer.from(bytes.subarray(at, at + (sizes[i % sizes.length] ?? 1)));
    reader.push(piece, piece.length);
    piece.fill(0); // what the reader keeps must be its own
    at += piece.length;
  }
  return seen;
}

describe("node: frames", () => {
  it("reads what was written, however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(written, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1 }),
        (frames, sizes) => {
          const writer = new FrameWriter();
          for (const frame of frames) {
            writer.begin(frame.type, frame.call, "list" in frame ? stringListBytes(frame.list) : frame.bytes.length);
            if ("list" in frame) writer.strings(frame.list);
            else writer.bytes(frame.bytes);
            writer.finish();
          }
          const seen = readInPieces(Buffer.from(writer.buffer.subarray(0, writer.used)), sizes) as {
            bytes?: Buffer;
            list?: string[];
          }[]; // as made above
          const bodies = Buffer.concat(seen.flatMap(({ bytes }) => bytes ?? []));
          assert.deepEqual(bodies, Buffer.concat(frames.flatMap((frame) => ("bytes" in frame ? frame.bytes : []))));
          assert.deepEqual(
            seen.filter(({ list }) => list !== undefined),
            frames.filter((frame) => "list" in frame),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("writes log lines of any text to the end of the buffer, and cuts none in the middle of a character", () => {
    const writer = new FrameWriter();
    for (let length = 0; length < 400; length++) writeLogLine(writer, 1, 1, "你".repeat(length));
    writeLogLine(writer, 1, 2, "😀".repeat(30_000));
    assert.ok(!writer.buffer.toString("utf8", writer.used - 65_536, writer.used).includes("\ufffd"));
  });

  it("refuses frames that break the rules", () => {
    const reader = (): FrameReader => new FrameReader({ onFrame: () => undefined, onData: () => undefined });
    for (const head of [
      [4, 0, 0, 0],
      [0, 0, 32, 0],
      [5 + 1, 0, 1, 0],
    ]) {
      const bytes = Buffer.from([...head, frameType.data, 0, 0, 0, 0]);
      assert.throws(() => reader().push(bytes, bytes.length), /frame of \d+ bytes/);
    }
  });

  it("refuses headers that cannot be said", () => {
    assert.throws(() => stringListBytes(["a", "x".repeat(65_536)]), /longer than 65,535/);
    assert.throws(() => stringListBytes(Array.from({ length: 70_000 }, () => "a")), /more than the platform carries/);
    assert.throws(
      () => stringListBytes(Array.from({ length: 40 }, () => "a".repeat(30_000))),
      /more than the platform carries/,
    );
  });
});
