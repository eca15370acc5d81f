import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AnswerReader } from "./answer-reader.ts";
import { MalformedAnswer, type UpstreamHead } from "./upstream-head.ts";

interface Seen {
  statuses: number[];
  body: string;
  trailers: string[] | null;
  isComplete: boolean;
}

function readerInto(seen: Seen): AnswerReader {
  const reader = new AnswerReader();
  const take = (bytes: Buffer): void => {
    seen.body += bytes.toString("latin1");
  };
  reader.expect(
    {
      onInformation: (head: UpstreamHead) => seen.statuses.push(head.status),
      onHead: (head: UpstreamHead, body: Buffer | null) => {
        seen.statuses.push(head.status);
        if (body !== null) take(body);
      },
      onData: take,
      onComplete: (trailers: string[] | null) => {
        seen.trailers = trailers;
        seen.isComplete = true;
      },
      onSwitched: () => assert.fail("nobody asked for another protocol"),
    },
    false,
  );
  return reader;
}

/** Feeds `text` cut at the given places. */
function readInPieces(text: string, cuts: readonly number[]): Seen {
  const seen: Seen = { statuses: [], body: "", trailers: null, isComplete: false };
  const reader = readerInto(seen);
  const bytes = Buffer.from(text, "latin1");
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  let from = 0;
  for (const to of places) {
    if (to > from) reader.feed(bytes.subarray(from, to));
    from = Math.max(from, to);
  }
  return seen;
}

const chunkedAnswer =
  "HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" +
  "5;x=y\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nx-sum: 1\r\nx-b: 2\r\n\r\n";

test("reads the same answer however it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(chunkedAnswer.length), { maxLength: 12 }), (cuts) => {
      assert.deepEqual(readInPieces(chunkedAnswer, cuts), {
        statuses: [103, 200],
        body: "hello0123456789abcdef",
        trailers: ["x-sum", "1", "x-b", "2"],
        isComplete: true,
      });
    }),
    { numRuns: 300 },
  );
  const bytewise = Array.from({ length: chunkedAnswer.length }, (_, index) => index);
  assert.equal(readInPieces(chunkedAnswer, bytewise).isComplete, true);
});

test("reads a body of one chunk however it is cut, whole answers included", () => {
  const answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n";
  fc.assert(
    fc.property(fc.array(fc.nat(answer.length), { maxLength: 4 }), (cuts) => {
      assert.deepEqual(readInPieces(answer, cuts), {
        statuses: [200],
        body: "0123456789",
        trailers: null,
        isComplete: true,
      });
      assert.throws(() => readInPieces(`${answer}x`, cuts), MalformedAnswer);
    }),
    { numRuns: 100 },
  );
});

test("reads an announced body however it is cut, and no byte more", () => {
  const answer = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789";
  fc.assert(
    fc.property(fc.array(fc.nat(answer.length), { maxLength: 6 }), (cuts) => {
      assert.equal(readInPieces(answer, cuts).body, "0123456789");
      assert.throws(() => readInPieces(`${answer}x`, cuts), MalformedAnswer);
    }),
    { numRuns: 100 },
  );
});

/** The heads of answers that one connection has, one after the other. */
function headsOf(values: readonly string[], cut: number): UpstreamHead[] {
  const reader = new AnswerReader();
  const heads: UpstreamHead[] = [];
  const noBug = (): void => assert.fail("an answer of no body, and no other");
  const listener = { onInformation: noBug, onData: noBug, onComplete: () => undefined, onSwitched: noBug };
  for (const value of values) {
    reader.expect({ ...listener, onHead: (head) => void heads.push(head) }, false);
    const bytes = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-a: ${value}\r\n\r\n`, "latin1");
    for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) if (piece.length > 0) reader.feed(piece);
  }
  return heads;
}

test("reads a head that repeats once, and takes no other for it", () => {
  const values = fc.array(fc.constantFrom("1", "2", "11", "1\r\nx-a: 1"), { maxLength: 8 });
  fc.assert(
    fc.property(values, fc.constantFrom(0, 0, 30), (sent, cut) => {
      const seen = headsOf(sent, cut).map(({ pairs }) => pairs.slice(2).join());
      assert.deepEqual(
        seen,
        sent.map((value) => `x-a,${value.replace("\r\nx-a: ", ",x-a,")}`),
      );
    }),
    { numRuns: 200 },
  );
  const [first, again, other] = headsOf(["1", "1", "2"], 0);
  assert.equal(first, again);
  assert.notEqual(first, other);
  assert.ok(Object.isFrozen(first?.pairs), "who screens it knows that it need not do so again");
});

test("throws nothing but MalformedAnswer, whatever a server sends", () => {
  const parts = [
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 404\r\n",
    "\r\n",
    "\n",
    "content-length: 3\r\n",
    "transfer-encoding: chunked\r\n",
    "connection: close\r\n",
    "3\r\nabc\r\n",
    "0\r\n\r\n",
    "ff",
    ":",
    "\0",
    "x: y\r\n",
    "abc",
    " ",
  ];
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...parts), { maxLength: 14 }),
      fc.array(fc.nat(200), { maxLength: 4 }),
      (pieces, cuts) => {
        try {
          readInPieces(pieces.join(""), cuts);
        } catch (error) {
          assert.ok(error instanceof MalformedAnswer, String(error));
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
