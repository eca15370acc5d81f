import assert from "node:assert/strict";
import { it } from "node:test";
import { EncodedLines } from "./encoded-lines.ts";
import type { LogLine } from "../../core/index.ts";

it("lines become the JSON array of them, short as text and long as bytes, with lines added in between", () => {
  const lines: LogLine[] = [];
  const encoded = new EncodedLines();
  assert.equal(encoded.json(), "[]");
  for (const text of ["", 'a "word"\0\ud800', "中文🙂".repeat(700), "x".repeat(20_000), "last"]) {
    const line: LogLine = { at: 1.5, stream: "stderr", text };
    lines.push(line);
    encoded.add(line);
    const json = encoded.json();
    assert.deepEqual(JSON.parse(json.toString()), lines);
    assert.equal(typeof json === "string", lines.length < 4);
  }
  assert.equal(encoded.count, 5);
  assert.ok(encoded.size > 20_000 + 700 * 10);
});
