import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TokenBuckets } from "./token-buckets.ts";

describe("token buckets", () => {
  it("give what drips in a second at once, then as it drips, each key for itself", () => {
    const buckets = new TokenBuckets();
    const take = (key: string, now: number): number => buckets.take(key, 2, now);
    assert.deepEqual([take("a", 0), take("a", 0), take("a", 0)], [0, 0, 0.5]);
    assert.equal(take("b", 0), 0);
    assert.ok(take("a", 499) > 0);
    assert.equal(take("a", 500), 0);
    assert.deepEqual([take("a", 60_000), take("a", 60_000), take("a", 60_000)], [0, 0, 0.5]);
  });

  it("give one after a while where less than one a second drips", () => {
    const buckets = new TokenBuckets();
    assert.deepEqual(
      [0, 0, 10_000].map((now) => buckets.take("a", 0.1, now)),
      [0, 10, 0],
    );
  });

  it("follow a rate that was changed, and take requests that waited for their turn as they come", () => {
    const buckets = new TokenBuckets();
    for (let n = 0; n < 100; n++) assert.equal(buckets.take("a", 100, 1_000), 0);
    assert.equal(buckets.take("a", 1, 900), 1);
    assert.equal(buckets.take("a", 1, 2_000), 0);
    assert.equal(buckets.take("a", 1, 2_000), 1);
  });

  it("remember so many keys and no more, those that come back among them", () => {
    const buckets = new TokenBuckets(100);
    for (let n = 0; n < 1_000; n++) {
      buckets.take("constant", 1, 0);
      buckets.take(`key-${n}`, 1, 0);
      assert.ok(buckets.size <= 100);
    }
    assert.ok(buckets.take("constant", 1, 0) > 0);
  });
});
