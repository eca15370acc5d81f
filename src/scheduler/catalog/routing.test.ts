import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Alias, MatchedVersion } from "../../core/index.ts";
import { matches, pickVersion, resolveQualifier } from "./routing.ts";

function alias(changes: Partial<Alias>): Alias {
  return { name: "live", version: "1", weighted: [], matched: [], ...changes };
}

function rule(method: "exact" | "range", expression: string, key = "invoke.headers.User"): MatchedVersion {
  return { version: "2", key, method, expression };
}

describe("resolving a qualifier", () => {
  it("takes an alias by its routing and anything else for a version", () => {
    const aliases = new Map([["live", alias({})]]);
    assert.equal(resolveQualifier(aliases, "live", undefined, Math.random), "1");
    assert.equal(resolveQualifier(aliases, "7", undefined, Math.random), "7");
    assert.equal(resolveQualifier(aliases, "$DEFAULT", undefined, Math.random), "$LATEST");
    assert.equal(resolveQualifier(aliases, "$LATEST", undefined, Math.random), "$LATEST");
  });

  it("gives the second version its share of calls", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (weight) => {
        const split = alias({ weighted: [{ version: "2", weight }] });
        let second = 0;
        for (let step = 0; step < 1_000; step++) {
          if (pickVersion(split, undefined, () => step / 1_000) === "2") second++;
        }
        assert.ok(Math.abs(second / 1_000 - weight) <= 0.001);
      }),
    );
  });

  it("lets a matching rule win over weights", () => {
    const both = alias({ weighted: [{ version: "3", weight: 1 }], matched: [rule("exact", "ann")] });
    assert.equal(
      pickVersion(both, { User: "ann" }, () => 0),
      "2",
    );
    assert.equal(
      pickVersion(both, { User: "bob" }, () => 0),
      "3",
    );
  });
});

describe("matching a routing key", () => {
  it("holds ranges of any integers to their ends", () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), fc.bigInt(), (value, low, high) => {
        const key = { User: String(value) };
        assert.equal(matches(rule("range", `(${low},${high})`), key), value > low && value < high);
        assert.equal(matches(rule("range", `[${low}, ${high}]`), key), value >= low && value <= high);
      }),
    );
  });

  it("matches exactly the same text", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, expression) => {
        assert.equal(matches(rule("exact", expression), { User: value }), value === expression);
      }),
    );
  });

  it("matches nothing without the key, with another kind of key, or with what is no integer", () => {
    assert.equal(matches(rule("exact", "ann"), undefined), false);
    assert.equal(matches(rule("exact", "ann"), { Other: "ann" }), false);
    assert.equal(matches(rule("exact", "ann", "User"), { User: "ann" }), false);
    assert.equal(matches(rule("exact", "x", "invoke.headers.constructor"), {}), false);
    assert.equal(matches(rule("range", "(1,5)"), { User: "2.5" }), false);
    fc.assert(
      fc.property(fc.string(), (expression) => {
        if (!/^\s*[[(]/.test(expression)) assert.equal(matches(rule("range", expression), { User: "3" }), false);
      }),
    );
  });
});
