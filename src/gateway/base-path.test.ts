import assert from "node:assert/strict";
import { test } from "node:test";
import { restoreBasePath } from "./base-path.ts";
import type { Exchange } from "./listener/exchange.ts";

/** The headers that leave for a client that asked at `localhost:4878` by the path form. */
function shaped(pairs: readonly string[], prefix = "/~default/site"): readonly string[] {
  const exchange = { head: { authority: "localhost:4878" }, shapeHeaders: null };
  restoreBasePath(exchange as unknown as Exchange, prefix); // what it reads and sets of an exchange
  const shape = exchange.shapeHeaders as Exchange["shapeHeaders"];
  return shape?.(pairs, 200) ?? pairs;
}

const addresses: readonly (readonly [said: string, leaves: string])[] = [
  ["/landed?a=/b#c", "/~default/site/landed?a=/b#c"],
  ["/", "/~default/site/"],
  ["landed", "landed"],
  ["../landed", "../landed"],
  ["?page=2", "?page=2"],
  ["http://localhost:4878/landed", "http://localhost:4878/~default/site/landed"],
  ["http://LOCALHOST:4878", "http://LOCALHOST:4878/~default/site/"],
  ["https://localhost:4878?q", "https://localhost:4878/~default/site/?q"],
  ["//localhost:4878/landed", "//localhost:4878/~default/site/landed"],
  ["//localhost/landed", "//localhost/landed"],
  ["http://localhost:4878@elsewhere.test/landed", "http://localhost:4878@elsewhere.test/landed"],
  ["https://elsewhere.test/landed", "https://elsewhere.test/landed"],
  ["/~default/site/landed", "/~default/site/landed"],
  ["/~default/another", "/~default/another"],
  ["/~ada", "/~default/site/~ada"],
  ["http://localhost:4878/~default/site/landed", "http://localhost:4878/~default/site/landed"],
  ["mailto:ada@localhost", "mailto:ada@localhost"],
  ["", ""],
];

test("an address of the same site gets its base path back, any other stays", () => {
  for (const [said, leaves] of addresses) {
    assert.deepEqual(shaped(["location", said]), ["location", leaves]);
    assert.deepEqual(shaped(["x-own", said, "Content-Location", said]), ["x-own", said, "Content-Location", leaves]);
  }
});

test("cookies get it into their path, where they say one and may have another than /", () => {
  const cookies: readonly (readonly [said: string, leaves: string])[] = [
    ["a=1; Path=/", "a=1; Path=/~default/site/"],
    [
      "a=1;path = /deep; Expires=Thu, 01 Jan 2032 00:00:00 GMT",
      "a=1;path = /~default/site/deep; Expires=Thu, 01 Jan 2032 00:00:00 GMT",
    ],
    ["a=/x; HttpOnly", "a=/x; HttpOnly"],
    ["__Host-a=1; Secure; Path=/", "__Host-a=1; Secure; Path=/"],
    ["a=1; Path=/~default/site/x", "a=1; Path=/~default/site/x"],
    ["a=1; Path=relative", "a=1; Path=relative"],
  ];
  for (const [said, leaves] of cookies) {
    assert.deepEqual(shaped(["Set-Cookie", said, "set-cookie", "b=2"]), ["Set-Cookie", leaves, "set-cookie", "b=2"]);
  }
});

test("heads without addresses stay the same object; a custom domain's rewriting is left alone", () => {
  const pairs = Object.freeze(["content-type", "text/plain", "x-location", "/landed"]);
  assert.equal(shaped(pairs), pairs);
  assert.equal(shaped(pairs), pairs);
  const located = ["location", "/landed"];
  assert.equal(shaped(located, "/api"), located);
});
