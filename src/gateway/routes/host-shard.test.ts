import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { HostPaths } from "./host-paths.ts";
import { HostShard } from "./host-shard.ts";

const everywhere = (target: number): HostPaths<number> => new HostPaths([{ match: "/*", target }]);
const some = [...Array(40).keys()];
const nameOf = (host: number): string => `host-${host}.example.com`;

it("has what was added and not taken away, whatever the hashes, and copies that others change leave it alone", () => {
  const change = fc.record({ host: fc.nat(39), kind: fc.constantFrom("add", "add", "take") });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 120 }), fc.constantFrom(1, 3, 40), (changes, hashes) => {
      const hashOf = (host: number): number => -64 * ((host % hashes) + 1); // 1: the same for all; others from the last slot on
      const seen = (shard: HostShard<number>) => some.map((host) => shard.find(nameOf(host), hashOf(host), "/a"));
      const model = new Map<number, number>();
      let shard = new HostShard<number>();
      for (const [index, { host, kind }] of changes.entries()) {
        const before = seen(shard);
        shard.copy().add(nameOf(0), hashOf(0), everywhere(-1));
        const next = kind === "add" ? shard.copy() : shard.without(nameOf(host), hashOf(host));
        if (kind === "add") next.add(nameOf(host), hashOf(host), everywhere(index));
        if (kind === "add") model.set(host, index);
        else model.delete(host);
        assert.deepEqual(seen(shard), before);
        shard = next;
        assert.deepEqual(
          seen(shard),
          some.map((each) => model.get(each) ?? null),
        );
      }
    }),
    { numRuns: 60 },
  );
});
