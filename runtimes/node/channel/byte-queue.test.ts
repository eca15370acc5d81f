import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { ByteQueue } from "./byte-queue.js";

const bytes = fc.integer({ min: 1, max: 200_000 }).map((length) => Buffer.alloc(length).map((_, i) => (i * 7) % 251));
const step = fc.oneof(
  fc.record({ push: bytes, isKept: fc.boolean() }),
  fc.record({ take: fc.integer({ min: 1, max: 100_000 }) }),
);

it("node: what waits comes out as it went in, whoever used the memory before and changes the bytes afterwards", () => {
  const others = new ByteQueue(); // shares the spare memory
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const queue = new ByteQueue();
      let expected = Buffer.alloc(0);
      for (const what of steps) {
        if ("push" in what) {
          expected = Buffer.concat([expected, what.push]);
          const given = Buffer.from(what.push);
          if (what.isKept) queue.pushKept(given, 0, given.length);
          else queue.push(given, 0, given.length);
          if (!what.isKept) given.fill(0);
        } else if (queue.length > 0) {
          const piece = queue.peek(what.take);
          assert.ok(piece.length > 0 && piece.length <= what.take);
          assert.deepEqual(piece, expected.subarray(0, piece.length));
          expected = expected.subarray(piece.length);
          queue.drop(piece.length);
          others.push(Buffer.alloc(70_000, 255), 0, 70_000);
        }
        assert.equal(queue.length, expected.length);
      }
      others.clear();
      queue.clear();
      assert.equal(queue.length, 0);
    }),
    { numRuns: 60 },
  );
});
