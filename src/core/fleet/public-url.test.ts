import assert from "node:assert/strict";
import { it } from "node:test";
import { publicUrlOf } from "./public-url.ts";

it("callers of a process that listens on all addresses are told the one that other hosts use", () => {
  const local = "http://127.0.0.1:4878";
  for (const [host, internalHost, told] of [
    ["127.0.0.1", "10.0.0.11", local],
    ["0.0.0.0", "127.0.0.1", local],
    ["0.0.0.0", "10.0.0.11", "http://10.0.0.11:4878"],
    ["::", "fd00::11", "http://[fd00::11]:4878"],
  ] as const) {
    const config = { host, internalHost, publicUrl: undefined };
    assert.equal(publicUrlOf(config, local), told);
    assert.equal(publicUrlOf({ ...config, publicUrl: "https://api.example.com" }, local), "https://api.example.com");
  }
});
