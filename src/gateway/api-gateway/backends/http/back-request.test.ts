import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ApiParameter, MappedParameter } from "../../../../core/index.ts";
import { askService as ask } from "../../../testing/ask-service.ts";
import { echo, startBackEnd as start } from "../../../testing/started-back-end.ts";

describe("a request as its HTTP back end gets it", () => {
  it("finds mapped parameters where they belong, and constants", async () => {
    const parameter = { type: "string", isRequired: true, presetValue: null } as const;
    await using started = await start(echo, {
      path: "/a/{id}",
      parameters: [
        { ...parameter, name: "id", place: "PATH" },
        { ...parameter, name: "lang", place: "QUERY", isRequired: false, presetValue: "en" },
      ],
      constants: [{ name: "X-Key", place: "HEADER", value: "secret" }],
      back: {
        path: "/users/{user}/all",
        method: "POST",
        mapped: [
          { from: { place: "PATH", name: "id" }, to: { place: "PATH", name: "user" }, presetValue: null },
          { from: { place: "QUERY", name: "q" }, to: { place: "HEADER", name: "X-Query" }, presetValue: null },
          { from: { place: "HEADER", name: "x-n" }, to: { place: "BODY", name: "n" }, presetValue: null },
        ],
      },
    });
    const form = { "content-type": "application/x-www-form-urlencoded", "x-key": "forged" };
    const headers = { ...form, "x-n": "5" };
    const answer = await ask(started.port, "/release/a/x%2Fy?q=find&z=1", { method: "POST", headers, body: "m=1" });
    const seen = JSON.parse(answer.body);
    assert.deepEqual([seen.method, seen.url, seen.body], ["POST", "/users/x%2Fy/all?z=1&lang=en", "m=1&n=5"]);
    assert.deepEqual(
      [seen.headers["x-query"], seen.headers["x-n"], seen.headers["x-key"]],
      ["find", undefined, "secret"],
    );
  });

  it("is asked for nothing above its path, whatever a variable holds", async () => {
    const mapped = [
      { from: { place: "QUERY", name: "u" }, to: { place: "PATH", name: "user" }, presetValue: null },
    ] as const;
    await using started = await start(echo, { back: { path: "/users/{user}/all", mapped } });
    const seen = async (value: string) => {
      const answer = await ask(started.port, `/release/a?u=${value}`);
      return answer.status === 200 ? JSON.parse(answer.body).url : answer.status;
    };
    assert.deepEqual(
      [await seen("a/b"), await seen("..%5Cb"), await seen(".."), await seen("a/../..")],
      ["/users/a%2Fb/all", 400, 400, 400],
    );
  });

  const mapping = (from: MappedParameter["from"], to: MappedParameter["to"], presetValue: string | null = null) => ({
    from,
    to,
    presetValue,
  });

  /** Type and body that the back end gets. */
  async function sendTo(port: number, type: string | null, body: string, path = "/release/a") {
    const headers = type === null ? {} : { "content-type": type };
    const { body: seen } = await ask(port, path, { method: "POST", headers, body });
    const { headers: got, body: changed } = JSON.parse(seen);
    assert.equal(got["content-length"], String(Buffer.byteLength(changed)));
    return [got["content-type"], changed];
  }

  it("has parameters of its body changed as its type has them, and all else as it was sent", async () => {
    const mapped = [
      mapping({ place: "BODY", name: "old" }, { place: "BODY", name: "new" }),
      mapping({ place: "BODY", name: "q" }, { place: "QUERY", name: "q" }),
    ];
    const constants = [{ name: "key", place: "BODY", value: 'a"b &' }] as const;
    await using started = await start(echo, { constants, back: { mapped } });
    const send = (type: string | null, body: string) => sendTo(started.port, type, body);
    const form = "application/x-www-form-urlencoded";
    assert.deepEqual(await send(form, "x=%B0&old=%41&q=1&key=0"), [form, "x=%B0&new=%41&key=a%22b+%26"]);
    assert.deepEqual(await send(`${form}; charset=UTF-8`, ""), [form, "key=a%22b+%26"]);
    assert.deepEqual(await send(null, ""), [form, "key=a%22b+%26"]);
    const json = "application/json; charset=utf-8";
    const sent =
      '{ "a,\\"}": [1.0, {"q": 2}], "big": 12345678901234567890, "q": "1", "old":  7.50 , "key": {"key": 0}}';
    const got = '{ "a,\\"}": [1.0, {"q": 2}], "big": 12345678901234567890,"new":  7.50 ,"key":"a\\"b &"}';
    assert.deepEqual(await send(json, sent), [json, got]);
    assert.deepEqual(await send("application/merge-patch+json", "{}"), [
      "application/merge-patch+json",
      '{"key":"a\\"b &"}',
    ]);
    for (const [type, body] of [
      ["application/json", '[{"old": 1}]'],
      ["application/json", '{"old": 1'],
      ["text/plain", "old=1&q=2"],
      ["multipart/form-data; boundary=b", "--b\r\n\r\nold=1\r\n--b--"],
    ] as const) {
      assert.deepEqual(await send(type, body), [type, body]);
    }
  });

  it("has a body that nothing is to be changed of as it was sent", async () => {
    const parameters: ApiParameter[] = [{ name: "n", place: "BODY", type: "int", isRequired: false, presetValue: "1" }];
    await using started = await start(echo, { parameters });
    const send = (body: string) => sendTo(started.port, "application/json", body);
    assert.deepEqual(await send('{ "n" : 2 }'), ["application/json", '{ "n" : 2 }']);
    assert.deepEqual(await send('{"m":2}'), ["application/json", '{"m":2,"n":"1"}']);
    const refused = await ask(started.port, "/release/a", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"n":"x"}',
    });
    assert.equal(refused.status, 403);
  });

  it("has what is preset of mapped parameters, by the mapping or by the API", async () => {
    const parameters: ApiParameter[] = [
      { name: "lang", place: "QUERY", type: "string", isRequired: false, presetValue: "en" },
      { name: "size", place: "HEADER", type: "int", isRequired: true, presetValue: "10" },
      { name: "n", place: "BODY", type: "int", isRequired: false, presetValue: "3" },
    ];
    const mapped = [
      mapping({ place: "QUERY", name: "lang" }, { place: "QUERY", name: "language" }),
      mapping({ place: "HEADER", name: "size" }, { place: "QUERY", name: "limit" }, "20"),
      mapping({ place: "QUERY", name: "page" }, { place: "QUERY", name: "offset" }, "0"),
      mapping({ place: "BODY", name: "n" }, { place: "QUERY", name: "n" }),
    ];
    await using started = await start(echo, { parameters, back: { mapped } });
    const urlOf = async (query: string) => JSON.parse((await ask(started.port, `/release/a${query}`)).body).url;
    assert.equal(await urlOf(""), "/back?language=en&limit=20&offset=0&n=3");
    assert.equal(await urlOf("?lang=zh&page=2"), "/back?language=zh&limit=20&offset=2&n=3");
  });
});
