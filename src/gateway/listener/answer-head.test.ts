import assert from "node:assert/strict";
import { it } from "node:test";
import { screenAnswer, type AnswerHead } from "./answer-head.ts";

function screened(status: number, pairs: readonly string[]): AnswerHead {
  const head = screenAnswer(status, pairs, null);
  assert.ok(head.kind === "head");
  return head;
}

it("looks at a head that repeats once, and never takes it for one of another status or length", () => {
  const pairs = Object.freeze(["content-type", "text/plain"]);
  assert.equal(screened(200, pairs), screened(200, pairs));
  assert.equal(screened(200, pairs).start, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n");
  assert.equal(screened(404, pairs).status, 404);
  const counted = Object.freeze(["content-length", "2"]);
  assert.equal(screened(200, counted).announced, 2);
  assert.equal(screenAnswer(200, counted, 2).kind, "head");
  assert.equal(screenAnswer(200, counted, 3).kind, "problem");
});

it("looks again at a head that may have been changed", () => {
  const pairs = ["x-a", "1"];
  assert.equal(screened(200, pairs).start, "HTTP/1.1 200 OK\r\nx-a: 1\r\n");
  pairs[1] = "2";
  assert.equal(screened(200, pairs).start, "HTTP/1.1 200 OK\r\nx-a: 2\r\n");
});

it("drops what the gateway says itself, and what Connection names", () => {
  const own = ["X-Scf-Request-Id", "mine", "x-scf-status", "7", "connection", "x-hop", "x-hop", "1", "x-kept", "2"];
  assert.deepEqual(screened(200, own).pairs, ["x-kept", "2"]);
});

for (const length of ["1e1", "-1", "+1", "", "1, 1", "0x1"]) {
  it(`takes ${JSON.stringify(length)} for no length`, () => {
    assert.equal(screenAnswer(200, ["content-length", length], null).kind, "problem");
  });
}
