import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeapLimit } from "./heap-limit.ts";

const report = [
  "",
  "<--- Last few GCs --->",
  "[26980:0x38618000]     1197 ms: Mark-Compact (reduce) 50.7 (52.5) -> 49.9 (51.5) MB",
  "",
  "FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory",
  "----- Native stack trace -----",
  "",
  " 1: 0x840e50  [node]",
  " 2: 0x8410bd node::OOMErrorHandler(char const*, v8::OOMDetails const&) [node]",
  "12: 0x7fabd3e7e9b6 ",
];
const abort = ["----- Native stack trace -----", " 1: 0x8410bd node::Abort() [node]", "11: 0x1ae5a76  [node]"];

function isHeapLimit(lines: readonly string[], signal: string | null): boolean {
  const limit = new HeapLimit();
  for (const line of lines) limit.onErrorLine(line);
  return limit.isWhyEnded(signal);
}

describe("the heap limit of an interpreter", () => {
  it("is why a runtime ended that said so last and aborted", () => {
    assert.equal(isHeapLimit(["before", ...report], "SIGABRT"), true);
    assert.equal(isHeapLimit(["Fatal process out of memory: Zone"], "SIGTRAP"), true);
  });

  it("is not why it ended when it exited, or was killed", () => {
    assert.equal(isHeapLimit(report, null), false);
    assert.equal(isHeapLimit(report, "SIGKILL"), false);
  });

  it("is not why it ended when another process said so, and this one went on", () => {
    assert.equal(isHeapLimit([...report, "the child ran out of memory"], "SIGABRT"), false);
    assert.equal(isHeapLimit([...report, ...abort], "SIGABRT"), false);
  });
});
