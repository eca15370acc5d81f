import assert from "node:assert/strict";
import { it } from "node:test";
import { closestWord } from "./closest-word.ts";

for (const [word, expected] of [
  ["Handlr", "Handler"],
  ["runtime", "Runtime"],
  ["TimeOut", "Timeout"],
  ["Environement", "Environment"],
  ["Layers", null],
  ["", null],
] as const) {
  it(`${JSON.stringify(word)} may mean ${expected ?? "nothing that is known"}`, () => {
    assert.equal(closestWord(word, ["Handler", "Runtime", "Timeout", "InitTimeout", "Environment"]), expected);
  });
}
