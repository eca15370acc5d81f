import assert from "node:assert/strict";
import { it } from "node:test";
import { assert as check, constantFrom, double, integer, oneof, property, string } from "fast-check";
import { anyCharacter } from "../../../tests/any-character.ts";
import type { FunctionId, RequestId } from "../../core/index.ts";
import { usageRecord } from "../store-under-test.ts";
import { columnsOf, usageColumns, usageLine } from "./usage-line.ts";

const hostile = string({
  unit: oneof(
    constantFrom("\t", "\n", "\r", "\\", "\0", "\b", "\v", "\f", "N", ".", "\ud800"),
    string({ unit: anyCharacter, maxLength: 2 }),
  ),
});

it("gives every text back from COPY's format, as far as PostgreSQL can hold it", () => {
  check(
    property(hostile, hostile, hostile, (requestId, functionId, name) => {
      const ids = { requestId: requestId as RequestId, name }; // brands: hostile on purpose
      const line = usageLine(usageRecord(functionId as FunctionId, ids)); // brand: likewise
      const fields = readCopyLine(line);
      assert.equal(fields.length, usageColumns.length);
      assert.deepEqual([fields[0], fields[1], fields[3]], [requestId, functionId, name].map(storable));
    }),
  );
});

it("writes whole numbers that fit their columns, whatever it is given", () => {
  const number = oneof(double(), integer(), constantFrom(Number.NaN, Infinity, -Infinity, 1e300, 0.5, -0));
  check(
    property(number, number, (big, small) => {
      const record = usageRecord("lam-12345678" as FunctionId, { durationUs: big, status: small }); // brand: plausible
      const fields = readCopyLine(usageLine(record));
      assert.match(fields[9] ?? "", /^-?\d{1,16}$/);
      assert.match(fields[16] ?? "", /^-?\d{1,10}$/);
      assert.equal(Number(fields[16]), Number(fields[16]) | 0);
    }),
  );
});

it("tells the versions of a function apart, one after the other", () => {
  const id = "lam-12345678" as FunctionId; // brand: plausible
  const versions = ["1", "1", "2", "1"];
  const columns = versions.map((version) => readCopyLine(usageLine(usageRecord(id, { version })))[4]);
  assert.deepEqual(columns, versions);
});

it("finds the columns of lines that an earlier version wrote, which had fewer", () => {
  const lines = Array.from({ length: 2 }, () => usageLine(usageRecord("lam-12345678" as FunctionId))); // brand: plausible
  const shorter = lines.map((line) => `${line.split("\t").slice(0, 22).join("\t")}\n`);
  assert.deepEqual(columnsOf(Buffer.from(lines.join(""))), usageColumns);
  assert.deepEqual(columnsOf(Buffer.from(shorter.join(""))), usageColumns.slice(0, 22));
});

function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

/** COPY's text format, read independently: one line, tab-separated, backslash escapes. */
function readCopyLine(line: string): string[] {
  assert.equal(line.indexOf("\n"), line.length - 1);
  const plain: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\" };
  return line
    .slice(0, -1)
    .split("\t")
    .map((field) => field.replaceAll(/\\(.)/gsu, (_, escaped: string) => plain[escaped] ?? `unexpected \\${escaped}`));
}
