import assert from "node:assert/strict";
import { it } from "node:test";
import { integratedAnswer } from "./integrated-answer.ts";

it("a result has at most 1,000 header lines", () => {
  const answer = (headers: object) => integratedAnswer(JSON.stringify({ statusCode: 200, headers, body: "b" }));
  assert.equal(answer({ a: Array(999).fill("1"), b: "2" }).status, 200);
  assert.equal(answer({ a: Array(999).fill("1"), b: ["2", "3"] }).status, 403);
  assert.equal(answer(Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`h${i}`, "1"]))).status, 403);
});
