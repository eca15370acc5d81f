import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readHmacClaim } from "./hmac-signature.ts";

describe("a signature of headers", () => {
  it("is not kept busy by what claims to be a signature", () => {
    const claim = (authorization: string) =>
      readHmacClaim({ endToEnd: ["authorization", authorization, "x", "1"] }, Date.now());
    const names = "x ".repeat(51);
    const { kind, ...refused } = claim(`hmac id="i", algorithm="hmac-sha1", headers="${names}", signature="s"`);
    assert.deepEqual([kind, Object(refused).message], ["api-refusal", "HMAC signs too many headers."]);
    const before = process.cpuUsage().user;
    for (const long of ["a".repeat(60_000), 'a="b'.repeat(15_000), `headers="${"x ".repeat(20_000)}"`]) {
      assert.equal(Object(claim(`hmac ${long}`)).message, "HMAC authorization format error.");
    }
    for (let i = 0; i < 100; i++) claim(`hmac ${"a".repeat(4_000)}`);
    const tookMs = (process.cpuUsage().user - before) / 1_000;
    assert.ok(tookMs < 250, `${tookMs} ms`); // a few; over a second where each letter begins anew
  });
});
