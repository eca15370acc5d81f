import assert from "node:assert/strict";
import { it } from "node:test";
import { isPassOf, issuePass } from "./host-pass.ts";

it("a pass holds for the request that it was made for, from who has the key, for a while", () => {
  const key = Buffer.from("the key");
  const request = { method: "POST", url: "/a?b", requestId: "1", target: "default/f/$DEFAULT" };
  const pass = issuePass(key, request, 1_000_000);
  assert.ok(isPassOf(key, pass, request, 1_000_000));
  assert.ok(isPassOf(key, pass, request, 1_000_000 + 299_000));
  assert.ok(!isPassOf(key, pass, request, 1_000_000 + 301_000));
  assert.ok(!isPassOf(Buffer.from("another"), pass, request, 1_000_000));
  for (const change of [{ method: "GET" }, { url: "/a" }, { requestId: "2" }, { target: "" }]) {
    assert.ok(!isPassOf(key, pass, { ...request, ...change }, 1_000_000));
  }
  for (const forged of ["", "1000000.", pass.slice(0, -1), `${pass}x`, pass.replace("1000000", "1000001")]) {
    assert.ok(!isPassOf(key, forged, request, 1_000_000));
  }
});
