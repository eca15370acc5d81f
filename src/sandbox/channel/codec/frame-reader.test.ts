import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { encodeFrame } from "../testing/runtime-peer.ts";
import { frame, ProtocolViolation } from "./frames.ts";
import { FrameReader } from "./frame-reader.ts";
import { makeStringList, readStringList, stringListBytes, writeStringList } from "./string-list.ts";

interface Seen {
  type: number;
  call: number;
  payload: Buffer;
}

/** Reads `chunks`; DATA pieces are glued, so that frames can be compared. */
function read(chunks: readonly Buffer[]): Seen[] {
  const seen: Seen[] = [];
  const reader = new FrameReader(
    {
      onFrame: (type, call, buffer, start, end) =>
        void seen.push({ type, call, payload: Buffer.from(buffer.subarray(start, end)) }),
      onDataStart: (call) => void seen.push({ type: frame.data, call, payload: Buffer.alloc(0) }),
      onData: (_call, chunk) => {
        const last = seen.at(-1);
        assert.ok(last !== undefined && last.type === frame.data, "DATA pieces follow their start");
        last.payload = Buffer.concat([last.payload, chunk]);
      },
    },
    Object.values(frame),
  );
  for (const chunk of chunks) reader.push(chunk);
  return seen;
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));
}

const anyFrame = fc
  .tuple(fc.constantFrom(...Object.values(frame)), fc.nat({ max: 0x7fff_ffff }), fc.uint8Array({ maxLength: 2_000 }))
  .map(([type, call, payload]) => ({ type, call, payload: Buffer.from(payload) }));

describe("the frame reader", () => {
  it("gives back what was written, over any split", () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 30 }), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(({ type, call, payload }) => encodeFrame(type, call, payload)));
        assert.deepEqual(read(split(bytes, cuts)), frames);
      }),
    );
  });

  it("gives back what was written, byte by byte", () => {
    const bytes = encodeFrame(frame.head, 7, Buffer.from("payload"));
    assert.deepEqual(
      read([...bytes].map((byte) => Buffer.from([byte]))).map(({ payload }) => payload.toString()),
      ["payload"],
    );
  });

  it("takes any garbage as a violation or as the start of a frame, and throws nothing else", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }), (chunks) => {
        try {
          read(chunks.map((chunk) => Buffer.from(chunk)));
        } catch (error) {
          assert.ok(error instanceof ProtocolViolation, String(error));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("refuses lengths, types and DATA sizes beyond the page", () => {
    const lengths = [0, 4, 1_048_577, 0xffff_ffff].map((length) => {
      const bytes = encodeFrame(frame.head, 1, Buffer.alloc(0));
      bytes.writeUInt32LE(length);
      return bytes;
    });
    const types = [0, 17, 31, 32, 33, 255].map((type) => encodeFrame(type, 1, Buffer.alloc(0)));
    const data = encodeFrame(frame.data, 1, Buffer.alloc(65_537));
    for (const bytes of [...lengths, ...types, data]) assert.throws(() => read([bytes]), ProtocolViolation);
  });
});

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 300,
});

describe("a string list", () => {
  it("comes back as it was written", () => {
    fc.assert(
      fc.property(fc.array(latin1, { maxLength: 40 }), (strings) => {
        const list = makeStringList(strings);
        assert.ok(list !== null);
        const buffer = Buffer.alloc(list.bytes + 5, 0xee);
        assert.equal(writeStringList(buffer, 3, list), list.bytes + 3);
        assert.equal(stringListBytes(buffer, 3, buffer.length), list.bytes);
        assert.deepEqual(readStringList(buffer, 3, list.bytes), strings);
      }),
    );
  });

  it("never reads beyond its frame", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        try {
          const size = stringListBytes(buffer, 0, buffer.length);
          assert.ok(size <= buffer.length);
          readStringList(buffer, 0, size);
        } catch (error) {
          assert.ok(error instanceof ProtocolViolation, String(error));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("has no place for strings over 64 KiB, or for more than 65,535", () => {
    assert.equal(makeStringList(["x".repeat(65_536)]), null);
    assert.equal(makeStringList(Array.from({ length: 65_536 }, () => "")), null);
  });
});
