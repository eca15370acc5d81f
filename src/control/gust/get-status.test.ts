import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openControl } from "../opened-control.suite.ts";

describe("GetStatus of the product gust", () => {
  it("tells what runs now, and is no action of scf", async () => {
    await using opened = await openControl();
    const reply = await opened.call("GetStatus", {}, { version: "2026-11-24" });
    assert.deepEqual(reply["Status"], { functions: 0 });
    assert.equal(await opened.code("GetStatus"), "InvalidAction");
  });
});
