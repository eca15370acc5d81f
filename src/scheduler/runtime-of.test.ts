import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runtimeOf } from "./runtime-of.ts";

describe("the runtime of a function", () => {
  it("follows from its form and the name of its Runtime", () => {
    assert.equal(runtimeOf({ form: "event", runtime: "Nodejs18.15" }), "node");
    assert.equal(runtimeOf({ form: "http", runtime: "Nodejs18.15" }), "node");
    assert.equal(runtimeOf({ form: "http", runtime: "Python3.10" }), "python");
    assert.equal(runtimeOf({ form: "service", runtime: "Python3.10" }), "service");
    assert.equal(runtimeOf({ form: "event", runtime: "CustomRuntime" }), "custom");
    assert.equal(runtimeOf({ form: "event", runtime: "Go1" }), "custom");
    assert.equal(runtimeOf({ form: "service", runtime: "CustomRuntime" }), "service");
  });
});
