import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HostPaths } from "./host-paths.ts";
import { rewritePath } from "./rewrite-path.ts";
import { RouteTable } from "./route-table.ts";

const paths = (...matches: readonly string[]): { find(path: string): string | null } => {
  const entries = matches.map((match) => ({ match, target: match }));
  const table = RouteTable.empty<string>().with("a.example.com", new HostPaths(entries));
  return { find: (path) => table.find("a.example.com", path) };
};

describe("the paths of a host", () => {
  const cases: readonly (readonly [matches: readonly string[], path: string, found: string])[] = [
    [["/*"], "/", "/*"],
    [["/*"], "/any/thing", "/*"],
    [["/"], "/", "/"],
    [["/"], "/a", "no-path"],
    [["/a"], "/a", "/a"],
    [["/a"], "/a/", "no-path"],
    [["/a/*"], "/a", "/a/*"],
    [["/a/*"], "/a/", "/a/*"],
    [["/a/*"], "/ab", "no-path"],
    [["/a/*", "/a"], "/a", "/a"],
    [["/*", "/a/*", "/a/b/*"], "/a/b/c/d", "/a/b/*"],
    [["/*", "/a/*", "/a/b/*"], "/a/b", "/a/b/*"],
    [["/*", "/a/*", "/a/b/*"], "/a/bc/d", "/a/*"],
    [["/*", "/a/*", "/a/b/*"], "/b/a/b", "/*"],
    [["/a/*", "/a/b/c"], "/a/b/c", "/a/b/c"],
    [["/a/b/*"], "/a", "no-path"],
    [["/*"], "*", "no-path"],
  ];
  for (const [matches, path, found] of cases) {
    it(`${matches.join(" ")} at ${path}: ${found}`, () => {
      assert.equal(paths(...matches).find(path), found);
      const many = Array.from({ length: 20 }, (_, index) => `/other-${index}/*`);
      assert.equal(paths(...many, ...matches).find(path), found, "beside many others");
    });
  }

  it("cost no more for a path of very many segments", () => {
    const deep = "/x".repeat(100_000);
    const host = paths("/*", "/x/y/*", ...Array.from({ length: 20 }, (_, index) => `/p${index}/*`));
    const started = performance.now();
    for (let round = 0; round < 1_000; round++) assert.equal(host.find(deep), "/*");
    assert.ok(performance.now() - started < 1_000, "a lookup looks at each of the path's segments");
  });
});

describe("the route table", () => {
  it("prefers a host's own entry to a wildcard's, which stands for one label", () => {
    const table = RouteTable.empty<string>()
      .with("*.example.com", new HostPaths([{ match: "/*", target: "wild" }]))
      .with("www.example.com", new HostPaths([{ match: "/a", target: "own" }]));
    assert.equal(table.find("x.example.com", "/a"), "wild");
    assert.equal(table.find("www.example.com", "/a"), "own");
    assert.equal(table.find("www.example.com", "/b"), "no-path");
    assert.equal(table.find("a.b.example.com", "/a"), null);
    assert.equal(table.find("example.com", "/a"), null);
    assert.equal(table.without("*.example.com").find("x.example.com", "/a"), null);
    assert.equal(table.without("www.example.com").find("www.example.com", "/b"), "wild");
  });

  it("never changes: a change gives the next one, and whoever has the table before sees it whole", () => {
    const draft = RouteTable.draft<number>();
    const everywhere = (target: number): HostPaths<number> => new HostPaths([{ match: "/*", target }]);
    for (let index = 0; index < 5_000; index++) draft.add(`host-${index}.example.com`, everywhere(index));
    const before = draft.finish();
    const after = before.with("host-7.example.com", everywhere(-7)).without("host-8.example.com");
    assert.deepEqual([before.size, after.size], [5_000, 4_999]);
    assert.equal(before.find("host-7.example.com", "/"), 7);
    assert.equal(after.find("host-7.example.com", "/"), -7);
    assert.equal(before.find("host-8.example.com", "/"), 8);
    assert.equal(after.find("host-8.example.com", "/"), null);
    for (let index = 9; index < 5_000; index++) assert.equal(after.find(`host-${index}.example.com`, "/"), index);
    assert.equal(after.without("nowhere.example.com"), after);
  });
});

describe("rewriting", () => {
  const exact = (path: string, rewrite: string) => ({ kind: "exact", path, rewrite }) as const;
  const wildcard = (path: string, rewrite: string) => ({ kind: "wildcard", path, rewrite }) as const;
  const cases = [
    ["/a/b", [wildcard("/a/*", "/$1")], "/b", "/a"],
    ["/a/b", [wildcard("/a/*", "/$")], "/b", "/a"],
    ["/a", [wildcard("/a/*", "/$1")], "/", "/a"],
    ["/a/", [wildcard("/a/*", "/$1")], "/", "/a"],
    ["/ab", [wildcard("/a/*", "/$1")], "/ab", ""],
    ["/a/b", [wildcard("/a/*", "/c/$1")], "/c/b", ""],
    ["/a/b", [wildcard("/*", "/v2/$1")], "/v2/a/b", ""],
    ["/a/$&$1", [wildcard("/a/*", "/$1")], "/$&$1", "/a"],
    ["/a/b", [wildcard("/a/*", "/all")], "/all", ""],
    ["/a/b", [wildcard("/a/*", "/$1"), exact("/a/b", "/x")], "/x", ""],
    ["/a/b", [exact("/a", "/x")], "/a/b", ""],
    ["/a", [exact("/a", "/")], "/", "/a"],
    ["/a/b", [], "/a/b", ""],
  ] as const;
  for (const [from, rules, path, prefix] of cases) {
    it(`of ${from} by ${rules.map((rule) => `${rule.path} → ${rule.rewrite}`).join(", ") || "nothing"}`, () => {
      assert.deepEqual(rewritePath(from, rules), { path, prefix });
    });
  }
});
