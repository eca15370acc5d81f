import assert from "node:assert/strict";
import { test } from "node:test";
import { continueTrace, readTrace, sharedTrace, traceHeaders, traceVariables } from "./trace-context.ts";

const id = "12345678901234567890123456789012";
const parent = "1234567890123456";
const valid = `00-${id}-${parent}-01`;

/** The cases of the W3C's own test suite for Trace Context, with what each field of the header may not be. */
const notContinued = [
  "",
  `${valid}.`,
  `${valid}-what-the-future-will-be-like`,
  `cc-${id}-${parent}-01.what-the-future-will-be-like`,
  `ff-${id}-${parent}-01`,
  ...[".0", "0.", "000", "0000", "0", "C0"].map((version) => `${version}-${id}-${parent}-01`),
  ...["0".repeat(32), `.${id.slice(1)}`, `${id.slice(1)}.`, `${id}3`, id.slice(1), "A".repeat(32)].map(
    (traceId) => `00-${traceId}-${parent}-01`,
  ),
  ...["0".repeat(16), `.${parent.slice(1)}`, `${parent.slice(1)}.`, `${parent}7`, parent.slice(1)].map(
    (parentId) => `00-${id}-${parentId}-01`,
  ),
  ...[".0", "0.", "001", "1", "0A"].map((flags) => `00-${id}-${parent}-${flags}`),
  `${valid}, ${valid}`, // two headers, also the same twice
  `cc-${id}-${parent}-01-more, ${valid}`,
];

for (const traceparent of notContinued) {
  test(`does not continue ${traceparent || "nothing"}`, () => assert.equal(readTrace(traceparent, "foo=1"), null));
}

test("continues a trace, of later versions of the header as well, and keeps the flags that it knows", () => {
  const flagsOf = (traceparent: string): string | undefined => readTrace(traceparent, "")?.flags;
  assert.deepEqual(readTrace(valid, ""), { traceId: id, parentId: parent, flags: "01", state: "" });
  assert.equal(readTrace(`cc-${id}-${parent}-01`, "")?.traceId, id);
  assert.equal(readTrace(`cc-${id}-${parent}-01-what-the-future-will-be-like`, "")?.traceId, id);
  assert.deepEqual(
    ["00", "01", "02", "03", "fe", "ff"].map((flags) => flagsOf(`00-${id}-${parent}-${flags}`)),
    ["00", "01", "02", "03", "02", "03"],
  );
});

const numbered = (count: number): string => Array.from({ length: count }, (_, i) => `bar${i}=${i}`).join(",");
const values = String.fromCharCode(...Array.from({ length: 0x5f }, (_, i) => 0x20 + i)).replaceAll(/[,=]/g, "");
const keys = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";

const states: readonly (readonly [given: string, kept: string])[] = [
  ["foo=1,bar=2", "foo=1,bar=2"],
  ["foo=1, ", "foo=1"],
  [", foo=1", "foo=1"],
  [" \t", ""],
  ["foo=1,bar=2, rojo=1,congo=2, baz=3", "foo=1,bar=2,rojo=1,congo=2,baz=3"],
  ["foo=1 \t , \t bar=2, \t baz=3", "foo=1,bar=2,baz=3"],
  ["\t foo=1 \t", "foo=1"],
  [`${keys}=${values}`, `${keys}=${values}`],
  [`${keys}@a-z0-9_-*/=${values}`, `${keys}@a-z0-9_-*/=${values}`],
  [numbered(32), numbered(32)],
  [numbered(33), ""],
  ...["foo=1,foo=1", "foo=1,foo=2", "foo =1", "FOO=1", "foo.bar=1", "foo", "=1"].map((state) => [state, ""] as const),
  ...["foo@=1,bar=2", "@foo=1,bar=2", "foo@@bar=1,bar=2", "foo@bar@baz=1,bar=2"].map((state) => [state, ""] as const),
  ...["foo=bar=baz", "foo=,bar=3", "foo=\u00e9", "foo=a\u0000"].map((state) => [state, ""] as const),
  [`foo=1,${"z".repeat(256)}=1`, `foo=1,${"z".repeat(256)}=1`],
  [`foo=1,${"z".repeat(257)}=1`, ""],
  [`foo=1,${"t".repeat(241)}@${"v".repeat(14)}=1`, `foo=1,${"t".repeat(241)}@${"v".repeat(14)}=1`],
  [`foo=1,${"t".repeat(242)}@v=1`, ""],
  [`foo=1,t@${"v".repeat(15)}=1`, ""],
  [`foo=${"v".repeat(256)}`, `foo=${"v".repeat(256)}`],
  [`foo=${"v".repeat(257)}`, ""],
];

test("passes a state on that is right altogether, and nothing of any other", () => {
  for (const [given, kept] of states) assert.equal(readTrace(valid, given)?.state, kept, given);
});

test("a part of the platform's own stands between caller and callee", () => {
  const trace = continueTrace(readTrace(valid, "foo=1"));
  assert.equal(trace.parentId, parent);
  const own = trace.traceparent;
  assert.match(own, new RegExp(`^00-${id}-(?!${parent})[0-9a-f]{16}-01$`));
  assert.deepEqual(traceHeaders(trace), ["traceparent", own, "tracestate", "foo=1"]);
  assert.deepEqual(traceVariables(trace), { TRACEPARENT: own, TRACESTATE: "foo=1" });
});

test("begins traces that nobody else begins, each of which a next hop continues", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 2_000; i++) {
    const trace = continueTrace(null);
    const [, own = ""] = traceHeaders(trace);
    const read = readTrace(own, "");
    assert.equal(read?.flags, "03");
    seen.add(read.traceId).add(read.parentId);
  }
  assert.equal(seen.size, 4_000);
});

test("the platform's own processes share a part", () => {
  const from = readTrace(valid, "foo=1");
  assert.ok(from !== null);
  assert.deepEqual(sharedTrace(from), { traceparent: valid, parentId: "", state: "foo=1" });
});
