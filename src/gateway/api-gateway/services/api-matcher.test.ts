import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ApiMethod } from "../../../core/index.ts";
import { ApiMatcher } from "./api-matcher.ts";

const api = (path: string, method: ApiMethod = "ANY") => ({
  method,
  path: path.replace(/^=/, ""),
  isExactPath: path.startsWith("="),
});

function found(apis: readonly ReturnType<typeof api>[], path: string, method = "GET") {
  const match = new ApiMatcher(apis).find(method, path);
  if (match === null) return null;
  return "api" in match ? [match.api.path, match.pathParameters] : match.allowed;
}

describe("ApiMatcher", () => {
  const apis = [api("/"), api("/a"), api("/a/b/"), api("=/a/b/c"), api("/u/{id}"), api("/u/{id}/posts/{post}")];

  it("takes the exact path first, then the one with variables, then the longest prefix", () => {
    assert.deepEqual(found(apis, "/a/b/c"), ["/a/b/c", {}]);
    assert.deepEqual(found(apis, "/a/b/d"), ["/a/b/", {}]);
    assert.deepEqual(found(apis, "/a/bc"), ["/a", {}], "a prefix ends where a segment does");
    assert.deepEqual(found(apis, "/ab"), ["/", {}]);
    assert.deepEqual(found(apis, "/"), ["/", {}]);
    assert.deepEqual(found([...apis, api("/u/me/{rest}")], "/u/me/x"), ["/u/me/{rest}", { rest: "x" }]);
  });

  it("takes a decoded segment for each variable, and the most segments", () => {
    assert.deepEqual(found(apis, "/u/a%20b"), ["/u/{id}", { id: "a b" }]);
    assert.deepEqual(found(apis, "/u/1/posts/2/edit"), ["/u/{id}/posts/{post}", { id: "1", post: "2" }]);
    assert.deepEqual(found(apis, "/u/%zz"), ["/u/{id}", { id: "%zz" }]);
    assert.deepEqual(found([api("=/u/{id}")], "/u/1/more"), null);
    assert.deepEqual(found([api("/u/{id}")], "/u//x"), null, "a variable takes something");
  });

  it("goes on to a shorter path for a method that the longer one has not, and tells which there are", () => {
    const some = [api("/a", "GET"), api("/a/b", "POST"), api("=/a/b", "PUT")];
    assert.deepEqual(found(some, "/a/b"), ["/a", {}]);
    assert.deepEqual(found(some, "/a/b", "DELETE"), ["PUT", "POST", "GET"]);
    assert.equal(found(some, "/b", "DELETE"), null);
  });

  it("finds one of 1,000 APIs without looking at the others", () => {
    const many = Array.from({ length: 1_000 }, (_, index) => api(`/v1/things${index}/{id}`));
    const matcher = new ApiMatcher(many);
    const find = () => matcher.find("GET", "/v1/things997/5");
    for (let i = 0; i < 2_000; i++) find();
    const start = process.cpuUsage().user;
    for (let i = 0; i < 10_000; i++) find();
    const eachUs = (process.cpuUsage().user - start) / 10_000;
    assert.deepEqual(Object(find()).pathParameters, { id: "5" });
    assert.ok(eachUs < 20, `a lookup took ${eachUs} µs`); // about 1 µs; one that tried all would take hundreds
  });

  it("is not kept busy by a path of very many slashes", () => {
    const matcher = new ApiMatcher([api("/a/b"), api("/{x}/{y}")]);
    assert.equal(Object(matcher.find("GET", `/a/b${"/".repeat(15_000)}`)).api.path, "/{x}/{y}");
  });
});
