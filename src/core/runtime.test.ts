import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { languageOf, runtimeSubstitution } from "./runtime.ts";

describe("runtimes", () => {
  it("have a language", () => {
    assert.equal(languageOf("Python3.10"), "python");
    assert.equal(languageOf("Nodejs18.15"), "node");
  });

  it("say when another Python runs than the one asked for", () => {
    assert.match(runtimeSubstitution("Python3.1", "3.11.7") ?? "", /^Python3\.1 runs on Python 3\.11\.7/);
    assert.match(runtimeSubstitution("Python3.6", "3.11.7") ?? "", /python3 of this host/);
    assert.equal(runtimeSubstitution("Python3.11", "3.11.7"), null);
    assert.equal(runtimeSubstitution("Nodejs12.16", "26.10.0"), null);
  });
});
