import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { boundOfShare, placeCall, rankHosts } from "./place-call.ts";

interface Member {
  readonly id: string;
  readonly capacity: number;
}

const host = (id: string, capacity = 10): Member => ({ id, capacity });
const keys = Array.from({ length: 4_000 }, (_, index) => `default/function-${index}`);
const ownerOf = (hosts: readonly Member[], key: string): string => rankHosts(hosts, key)[0]?.id ?? "";

describe("the hosts of a function", () => {
  it("are those with the largest shares of capacity, by their shares", () => {
    const hosts = [host("a", 10), host("b", 20), host("c", 70)];
    const counts = Map.groupBy(keys, (key) => ownerOf(hosts, key));
    for (const { id, capacity } of hosts) {
      const share = (counts.get(id)?.length ?? 0) / keys.length;
      assert.ok(Math.abs(share - capacity / 100) < 0.03, `${id} has ${share}`);
    }
  });

  it("change for those functions alone that a host had or gets", () => {
    const before = [host("a"), host("b"), host("c")];
    const after = [...before, host("d")];
    const moved = keys.filter((key) => ownerOf(before, key) !== ownerOf(after, key));
    assert.ok(moved.every((key) => ownerOf(after, key) === "d"));
    assert.ok(Math.abs(moved.length / keys.length - 1 / 4) < 0.03, `${moved.length} of ${keys.length} moved`);
    for (const key of keys.slice(0, 200)) {
      const order = rankHosts(after, key).filter(({ id }) => id !== "d");
      assert.deepEqual(order, rankHosts(before, key));
    }
  });
});

const fleet = fc.uniqueArray(
  fc.record({ id: fc.string({ minLength: 1, maxLength: 8 }), capacity: fc.integer({ min: 1, max: 200 }) }),
  { minLength: 1, maxLength: 12, selector: ({ id }) => id },
);

describe("placing a call", () => {
  it("leaves each host within the bound, whatever came before and whichever functions are called", () => {
    fc.assert(
      fc.property(fleet, fc.array(fc.nat(4), { maxLength: 60 }), (hosts, calls) => {
        const loads = new Map<string, number>();
        const capacity = hosts.reduce((sum, each) => sum + each.capacity, 0);
        for (const [placed, number] of calls.entries()) {
          const found = placeCall(rankHosts(hosts, `f${number}`), ({ id }) => loads.get(id) ?? 0);
          assert.ok(found);
          const load = (loads.get(found.id) ?? 0) + 1;
          loads.set(found.id, load);
          assert.ok(load <= Math.ceil((boundOfShare * (placed + 1) * found.capacity) / capacity));
        }
      }),
    );
  });

  it("takes the first host of the order while that has room, and the next one then", () => {
    const ranked = [host("a"), host("b")];
    const at = (a: number, b: number): string | undefined => placeCall(ranked, ({ id }) => (id === "a" ? a : b))?.id;
    assert.equal(at(0, 0), "a");
    assert.equal(at(1, 0), "a"); // 2 of 2 calls: the share is 1, the bound 1.25 rounded up
    assert.equal(at(2, 0), "b"); // 3 of 3 would be more than 1.875 rounded up
    assert.equal(at(2, 1), "a");
    assert.equal(
      placeCall([], () => 0),
      null,
    );
  });
});
