import assert from "node:assert/strict";
import { test } from "node:test";
import { startGateway } from "./testing/started-gateway.ts";

test("answers an HTTP function by its path, with the prefix in a header", async () => {
  await using started = await startGateway();
  const response = await fetch(`${started.url}/~default/hello/a%2Fb?q=1`, { headers: { "x-own": "1" } });
  const seen = (await response.json()) as { method: string; path: string; headers: string[]; body: string };
  assert.equal(response.status, 200);
  assert.equal(seen.path, "/a%2Fb?q=1");
  assert.equal(seen.headers[seen.headers.indexOf("x-forwarded-prefix") + 1], "/~default/hello");
  assert.equal(seen.headers[seen.headers.indexOf("x-scf-request-id") + 1], response.headers.get("x-scf-request-id"));
  assert.equal(seen.headers[seen.headers.indexOf("x-forwarded-for") + 1], "127.0.0.1");
  assert.equal(seen.headers.includes("connection"), false);
});
