import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { isAlive } from "../../cli/installation/server-record.ts";
import { scfActions, type Action } from "../../src/control/index.ts";
import {
  assertDeclared,
  assertKnownError,
  fewStrangeFields,
  strangeFields,
  withGoodFields,
} from "../../src/control/strange-calls.suite.ts";
import { deploy } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { exchange, sendAndLeave, signedRequest, type WireAnswer, type WireRequest } from "./wire-request.ts";

type Reply = Parameters<typeof assertDeclared>[1];

/** Every answer of the API is HTTP 200 with exactly this type. */
function replyIn(answer: WireAnswer | null): Reply {
  assert.ok(answer !== null, "no answer");
  assert.equal(answer.status, 200, answer.body);
  const types = answer.headers.filter((line) => /^content-type:/i.test(line));
  assert.deepEqual(
    types.map((line) => line.toLowerCase()),
    ["content-type: application/json"],
  );
  const { Response: reply } = JSON.parse(answer.body);
  assert.match(reply.RequestId, /^[0-9a-f-]{36}$/);
  return reply;
}

/** The dotted names that a GET has for nested fields. */
function queryOf(fields: Readonly<Record<string, unknown>>): string {
  const pairs: [string, string][] = [];
  const add = (name: string, value: unknown): void => {
    if (typeof value !== "object" || value === null) pairs.push([name, String(value)]);
    else for (const [key, inner] of Object.entries(value)) add(`${name}.${key}`, inner);
  };
  for (const [name, value] of Object.entries(fields)) add(name, value);
  return new URLSearchParams(pairs).toString();
}

const form = "application/x-www-form-urlencoded";
const longestQuery = 16_000;

describe("the API of a running server under nonsense", () => {
  let server: RunningServer;

  before(async () => {
    server = await startServer();
    await deploy(server, "there", { "index.js": "exports.main_handler = async (event) => event;" });
  });
  after(() => server[Symbol.asyncDispose]());

  async function call(request: WireRequest): Promise<Reply> {
    return replyIn(await exchange(server, signedRequest(server, request)));
  }

  async function post(action: Action, fields: unknown): Promise<void> {
    assertDeclared(action, await call({ action: action.name, body: Buffer.from(JSON.stringify(fields)) }));
  }

  async function get(action: Action, fields: Readonly<Record<string, unknown>>): Promise<void> {
    const query = queryOf(fields);
    if (query.length > longestQuery) return;
    assertDeclared(action, await call({ action: action.name, method: "GET", query, contentType: form }));
  }

  for (const action of scfActions) {
    it(`${action.name} answers with a code that it declares, by POST and by GET`, async () => {
      await fc.assert(
        fc.asyncProperty(strangeFields(action), (fields) => post(action, fields)),
        { numRuns: 20 },
      );
      await fc.assert(
        fc.asyncProperty(fewStrangeFields(action), async (few) => post(action, await withGoodFields(action, few))),
        { numRuns: 30 },
      );
      await fc.assert(
        fc.asyncProperty(strangeFields(action), (fields) => get(action, fields)),
        { numRuns: 15 },
      );
    });
  }

  /** An envelope that is wrong in one place; the server has to say so and go on. */
  const envelopes: readonly (readonly [string, Omit<WireRequest, "action">, RegExp])[] = [
    ["no JSON", { body: Buffer.from("{FunctionName: there}") }, /^InvalidParameter/],
    ["JSON that ends early", { body: Buffer.from('{"FunctionName":"the') }, /^InvalidParameter/],
    ["JSON that is no object", { body: Buffer.from("[1, 2]") }, /^InvalidParameter/],
    ["no body", {}, /^(?:MissingParameter|InvalidParameter)/],
    ["JSON in UTF-16", { body: Buffer.from('{"FunctionName":"there"}', "utf16le") }, /^InvalidParameter/],
    ["bytes that are no UTF-8", { body: Buffer.from('{"FunctionName":"\xff\xfe"}', "latin1") }, /^InvalidParameter/],
    ["compressed JSON", { body: gzipSync('{"FunctionName":"there"}'), lines: ["Content-Encoding: gzip"] }, /^InvalidP/],
    ["100,000 arrays in one another", { body: Buffer.from("[".repeat(100_000) + "]".repeat(100_000)) }, /^InvalidP/],
    ["10 MB of text in a field", { body: Buffer.from(JSON.stringify({ FunctionName: "x".repeat(1e7) })) }, /^InvalidP/],
    ["10 MB of numbers", { body: Buffer.from(`{"FunctionName":[${"1,".repeat(5e6)}1]}`) }, /^InvalidParameter/],
    ["more than any package", { body: Buffer.from("{}"), claimedLength: 100_000_000 }, /^RequestSizeLimitExceeded$/],
    ["a text for Content-Type", { contentType: "text/plain", body: Buffer.from("{}") }, /^UnsupportedProtocol$/],
    ["no Content-Type", { contentType: "", body: Buffer.from("{}") }, /^(?:UnsupportedProtocol|AuthFailure.*)$/],
    ["a form that is none", { contentType: "multipart/form-data", body: Buffer.from("{}") }, /^UnsupportedProtocol$/],
    [
      "JSON that says it is a form",
      { contentType: form, body: Buffer.from('{"a":1}') },
      /^(?:Missing|Invalid|Unknown)/,
    ],
    ["nested names that clash", { method: "GET", contentType: form, query: "Code=1&Code.ZipFile=2" }, /^InvalidParam/],
    ["nested names without an end", { method: "GET", contentType: form, query: "Layers.0.".repeat(40) }, /^Inv/],
    ["names of prototypes", { method: "GET", contentType: form, query: "__proto__.a=1&constructor.b=2" }, /Parameter/],
    ["a broken percent sign", { method: "GET", contentType: form, query: "FunctionName=%E4%ZZ" }, /Parameter|Auth|Res/],
    ["two actions", { body: Buffer.from("{}"), lines: ["X-TC-Action: GetAccount"] }, /^InvalidAction$/],
    ["two versions", { body: Buffer.from("{}"), lines: ["X-TC-Version: 2018-04-16"] }, /^NoSuchVersion$/],
    ["two signatures", { body: Buffer.from("{}"), lines: ["Authorization: TC3-HMAC-SHA256 x"] }, /^(?:AuthF|Missing)/],
    ["two times", { body: Buffer.from("{}"), lines: ["X-TC-Timestamp: 1"] }, /^(?:AuthFailure|InvalidParameter)/],
  ];
  for (const [what, request, code] of envelopes) {
    it(`${what}: HTTP 200 with an error that says so`, async () => {
      const { Error: error } = await call({ action: "GetFunction", ...request });
      assert.ok(error !== undefined);
      assertKnownError(error);
      assert.match(error.Code, code);
    });
  }

  for (const [what, line] of [
    ["two hosts", "Host: elsewhere"],
    ["two lengths", "Content-Length: 3"],
    ["a length and chunks", "Transfer-Encoding: chunked"],
  ] as const) {
    it(`${what}: refused before it is a call`, async () => {
      const request = { action: "GetAccount", body: Buffer.from("{}"), lines: [line] };
      const answer = await exchange(server, signedRequest(server, request));
      assert.equal(answer?.status, 400);
    });
  }

  it("a client that sends less than it says and goes away gets nothing, and harms nothing", async () => {
    const body = Buffer.from('{"FunctionName":"there"}');
    const half = signedRequest(server, { action: "GetFunction", body, claimedLength: body.length + 1_000 });
    for (let client = 0; client < 20; client++) await sendAndLeave(server, half);
    assert.equal((await call({ action: "GetFunction", body }))["FunctionName"], "there");
  });

  it("after all of it, the same process answers and has nothing to report", async () => {
    const { Error: error } = await call({ action: "GetAccount", body: Buffer.from("{}") });
    assert.equal(error, undefined);
    assert.ok(isAlive(server.pid));
    const reports = server
      .output()
      .split("\n")
      .filter((line) => /"level":"(?:error|fatal)"|Uncaught|Unhandled/.test(line));
    assert.deepEqual(reports, []);
  });
});
