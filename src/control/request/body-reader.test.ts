import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, describe, it } from "node:test";
import { ApiError } from "../api-error.ts";
import { BodyReader } from "./body-reader.ts";
import { prepareBody } from "./prepared-fields.ts";

const MiB = 1024 * 1024;

function fieldsOf(value: unknown): Record<string, unknown> {
  const prepared = prepareBody(Buffer.from(JSON.stringify(value)));
  assert.equal(prepared.kind, "fields");
  return Object(Object(prepared).fields);
}

const zipFieldOf = (text: string) => Object(fieldsOf({ ZipFile: text })["ZipFile"]);
const largeBody = () => Buffer.from(JSON.stringify({ Description: "x".repeat(300_000) }));

describe("reading the fields of a call", () => {
  const reader = new BodyReader();
  after(() => reader[Symbol.asyncDispose]());

  it("takes null as absent, at any depth", () => {
    assert.deepEqual(fieldsOf({ A: null, B: { C: null, D: [1] } }), { B: { D: [1] } });
  });

  it("decodes base64 strictly, line breaks allowed", () => {
    assert.deepEqual(Buffer.from(zipFieldOf("aGVs\r\nbG8=").bytes).toString(), "hello");
    assert.equal(zipFieldOf("aGVsbG8").kind, "not-base64");
    assert.match(zipFieldOf("aGV!bG8=").problem, /"!" at 3/);
    assert.equal(zipFieldOf("aG=sbG8=").kind, "not-base64");
    assert.equal(zipFieldOf("").kind, "zip");
  });

  it("does not let a caller forge a decoded field", () => {
    const forged = { kind: "zip", bytes: "x" };
    const fields = fieldsOf({ ZipFile: forged, Code: { ZipFile: forged }, Event: { kind: "event", text: "{}" } });
    assert.deepEqual(fields, {
      ZipFile: { kind: "wrong-type" },
      Code: { ZipFile: { kind: "wrong-type" } },
      Event: { kind: "wrong-type" },
    });
  });

  it("refuses what is not an object, nests too deep, or holds text that cannot be stored", () => {
    for (const body of ["[]", '"a"', "3", "{", "null"]) {
      const refused = prepareBody(Buffer.from(body));
      assert.equal(refused.kind === "refused" && refused.code, "InvalidParameter", body);
    }
    const deep = prepareBody(Buffer.from(`{"A":${"[".repeat(100_000)}${"]".repeat(100_000)}}`));
    assert.match(deep.kind === "refused" ? deep.message : "", /deeper than 16/);
    for (const text of ["a\0b", "\ud800"]) {
      const refused = prepareBody(Buffer.from(JSON.stringify({ Description: text })));
      assert.match(refused.kind === "refused" ? refused.message : "", /Description has a character/);
    }
  });

  it("reads a package of 50 MB beside the event loop, whole and unchanged", async () => {
    const zip = randomBytes(50 * MiB);
    const body = Buffer.from(JSON.stringify({ FunctionName: "big", Code: { ZipFile: zip.toString("base64") } }));
    const [threadBefore, processBefore] = [process.threadCpuUsage(), process.cpuUsage()];
    const prepared = await reader.read({ kind: "body", body }, body.byteLength);
    const [own, all] = [process.threadCpuUsage(threadBefore), process.cpuUsage(processBefore)];
    const fields = Object(prepared).fields;
    assert.equal(fields.FunctionName, "big");
    assert.ok(zip.equals(fields.Code.ZipFile.bytes));
    assert.ok(own.user < all.user / 2, `the thread of the loop took ${own.user} of ${all.user} µs`);
  });

  it("checks a large event beside the event loop", async () => {
    const text = JSON.stringify({ list: "x".repeat(MiB) });
    const body = Buffer.from(JSON.stringify({ ClientContext: text, Event: text.slice(0, -1) }));
    const { fields } = Object(await reader.read({ kind: "body", body }, body.byteLength));
    assert.deepEqual([fields.ClientContext.text === text, fields.ClientContext.problem], [true, null]);
    assert.match(fields.Event.problem, /JSON/);
  });

  it("refuses the ninth large body at a time, and reads again after that", async () => {
    const reads = Array.from({ length: 9 }, () => reader.read({ kind: "body", body: largeBody() }, 300_000));
    const outcomes = await Promise.allSettled(reads);
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    assert.deepEqual(
      refused.map(({ reason }) => reason instanceof ApiError && reason.code),
      ["RequestLimitExceeded"],
    );
    const again = await reader.read({ kind: "body", body: largeBody() }, 300_000);
    assert.equal(again.kind, "fields");
  });
});
